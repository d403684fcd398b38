"""The unit that compile hands to xds: one Envoy resource as bytes, with what it refers to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class References:
    """Names of other resources that a resource needs to work."""

    clusters: frozenset[str] = _NOTHING
    endpoints: frozenset[str] = _NOTHING
    routes: frozenset[str] = _NOTHING
    scopes: frozenset[str] = _NOTHING
    secrets: frozenset[str] = _NOTHING


NO_REFERENCES = References()


@dataclass(frozen=True, slots=True)
class EncodedResource:
    """One resource: `body` is its serialized message (without the `Any` around it), `version` a digest of it.

    A `sealed` one has no body: an Envoy that holds this version keeps it, and nobody can send it.
    """

    name: str
    version: str
    body: bytes = field(repr=False)
    references: References = NO_REFERENCES
    sealed: bool = False


Table = Mapping[str, EncodedResource]


def _empty() -> Table:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EnvoyResources:
    """Everything one compile produces for Envoy, by resource name."""

    clusters: Table = field(default_factory=_empty)
    endpoints: Table = field(default_factory=_empty)
    listeners: Table = field(default_factory=_empty)
    routes: Table = field(default_factory=_empty)
    scopes: Table = field(default_factory=_empty)
    secrets: Table = field(default_factory=_empty)
