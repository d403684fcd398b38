"""Resolvers: whether Envoy spreads a Mapping's requests over pods itself, or sends them to the Service's address."""

from __future__ import annotations

from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import keys_of, module, spec_as
from ambassador.ir.cluster import Routing
from ambassador.kinds.resolver import BUILT_IN, ResolverSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason

_KINDS = {"KubernetesServiceResolver": Routing.SERVICE, "KubernetesEndpointResolver": Routing.ENDPOINTS}


@rule
def routing(read: Read, name: str) -> Routing:
    """What a resolver's name means; the empty one and unknown ones mean the Module's, else `kubernetes-service`."""
    known = _known(read, name)
    return known or _known(read, read(module, None).resolver) or Routing.SERVICE


def _known(read: Read, name: str) -> Routing | None:
    if name in BUILT_IN:
        return BUILT_IN[name]
    found = (way for kind, way in _KINDS.items() if any(_is_named(read, key, name) for key in read(keys_of, kind)))
    return next(found, None) if name else None


def _is_named(read: Read, key: ObjectKey, name: str) -> bool:
    return key.name == name and spec_as(read, key, ResolverSpec) is not None


def unknown_resolver(read: Read, at: Cursor, name: str) -> tuple[Problem, ...]:
    """A warning where a resolver is named that does not exist."""
    if not name or _known(read, name):
        return ()
    message = f"there is no resolver {name}; the default one is used"
    return (at.warning(Reason.UNKNOWN_REFERENCE, message),)
