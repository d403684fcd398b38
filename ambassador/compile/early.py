"""Clusters first: what Envoy can begin with while everything that depends on it is still being compiled.

Envoy takes 0.2 ms for each new cluster. Among thousands of them at a start, it works on one part while the next is
compiled. Everything found here is remembered, so the compile that follows repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ambassador.compile.group import ROUTE_KINDS, filing
from ambassador.compile.index import IndexState
from ambassador.compile.memo import Memo
from ambassador.compile.tables import assignment, cluster
from ambassador.ir.cluster import Address, Cluster
from ambassador.model.keys import ObjectKey
from ambassador.wire.resource import EnvoyResources

_LARGE = 4
_MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class Early:
    """Who is told of clusters, and after how many objects first. Less than four times as many are not worth it."""

    tell: Callable[[EnvoyResources], object]
    part: int = 250


@dataclass(frozen=True, slots=True)
class Told:
    """What Envoy was told so far, and the objects that it was found in."""

    resources: EnvoyResources = field(default_factory=EnvoyResources)
    objects: frozenset[ObjectKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Head:
    """The part of a compiler that finds clusters. `known` are all objects that there are."""

    memo: Memo
    indexes: Sequence[IndexState[Any]]
    known: frozenset[ObjectKey]


def clusters_first(head: Head, changed: Iterable[ObjectKey], early: Early, told: Told) -> None:
    """Files changed objects part by part; after each, all clusters so far are told, with their endpoints."""
    keys = [key for key in changed if key.kind in ROUTE_KINDS and key in head.known and key not in told.objects]
    for part in _parts(keys, early.part):
        told = _with(head, part, told, _any_cluster)
        early.tell(told.resources)


def clusters_ahead(head: Head, keys: Iterable[ObjectKey], early: Early, told: Told) -> Told:
    """The same for objects that others are still to follow: only what does not depend on these is told."""
    known = len(told.resources.clusters)
    told = _with(head, [key for key in keys if key.kind in ROUTE_KINDS], told, _at_an_address)
    if len(told.resources.clusters) > known:
        early.tell(told.resources)
    return told


def _with(head: Head, part: Sequence[ObjectKey], told: Told, fit: Callable[[Cluster], bool]) -> Told:
    memo = head.memo
    for index in head.indexes:
        # Others come whole, with the first part: which Service has which slices must be known.
        index.refresh(head.known.__contains__, part if index.kinds >= ROUTE_KINDS else None)
    clusters, endpoints = dict(told.resources.clusters), dict(told.resources.endpoints)
    found = {key: [name for name, one in memo.get(filing, key).by_cluster if fit(one)] for key in part}
    for name in sorted({name for names in found.values() for name in names} - clusters.keys()):
        pair = memo.get(cluster, name)
        # Which certificates there are is known at the end only.
        if pair is not None and not pair.encoded.references.secrets:
            clusters[name] = pair.encoded
            needed = [memo.get(assignment, one) for one in pair.encoded.references.endpoints]
            endpoints.update((one.encoded.name, one.encoded) for one in needed if one is not None)
    objects = told.objects.union(key for key, names in found.items() if names)
    return Told(EnvoyResources(clusters=clusters, endpoints=endpoints), objects)


def _any_cluster(_: Cluster) -> bool:
    return True


def _at_an_address(one: Cluster) -> bool:
    return isinstance(one.backend, Address)


def _parts(keys: Sequence[ObjectKey], first: int) -> Iterable[Sequence[ObjectKey]]:
    """A small one first, so that Envoy has something to do; then larger ones, since each is told with all before it."""
    if len(keys) < _LARGE * first:
        return
    start, size, most = 0, first, max(_LARGE * first, len(keys) // _MOST_PARTS)
    while start < len(keys):
        yield keys[start : start + size]
        start, size = start + size, min(2 * size, most)
