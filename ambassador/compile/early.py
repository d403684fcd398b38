"""Clusters first: what Envoy can begin with while everything that depends on it is still being compiled.

Envoy takes 0.2 ms for each new cluster. Among thousands of them at a start, it works on one part while the next is
compiled. Everything found here is remembered, so the compile that follows repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ambassador.compile.group import ROUTE_KINDS, filing
from ambassador.compile.index import IndexState
from ambassador.compile.memo import Memo
from ambassador.compile.tables import assignment, cluster
from ambassador.model.keys import ObjectKey
from ambassador.wire.resource import EncodedResource, EnvoyResources

_LARGE = 4
_MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class Early:
    """Who is told of clusters, and after how many objects first. Less than four times as many are not worth it."""

    tell: Callable[[EnvoyResources], object]
    part: int = 250


def clusters_first(
    memo: Memo,
    indexes: Iterable[IndexState[Any]],
    changed: Iterable[ObjectKey],
    known: frozenset[ObjectKey],
    early: Early,
) -> None:
    """Files changed objects part by part; after each, all clusters so far are told, with their endpoints.

    `known` are all objects that there are.
    """
    keys = [key for key in changed if key.kind in ROUTE_KINDS and key in known]
    clusters: dict[str, EncodedResource] = {}
    endpoints: dict[str, EncodedResource] = {}
    for part in _parts(keys, early.part):
        for index in indexes:
            # Others come whole, with the first part: which Service has which slices must be known.
            index.refresh(known.__contains__, part if index.kinds >= ROUTE_KINDS else None)
        found = {name for key in part for name, _ in memo.get(filing, key).by_cluster}
        for name in sorted(found - clusters.keys()):
            pair = memo.get(cluster, name)
            # Which certificates there are is known at the end only.
            if pair is not None and not pair.encoded.references.secrets:
                clusters[name] = pair.encoded
                needed = [memo.get(assignment, one) for one in pair.encoded.references.endpoints]
                endpoints.update((one.encoded.name, one.encoded) for one in needed if one is not None)
        early.tell(EnvoyResources(clusters=dict(clusters), endpoints=dict(endpoints)))


def _parts(keys: Sequence[ObjectKey], first: int) -> Iterable[Sequence[ObjectKey]]:
    """A small one first, so that Envoy has something to do; then larger ones, since each is told with all before it."""
    if len(keys) < _LARGE * first:
        return
    start, size, most = 0, first, max(_LARGE * first, len(keys) // _MOST_PARTS)
    while start < len(keys):
        yield keys[start : start + size]
        start, size = start + size, min(2 * size, most)
