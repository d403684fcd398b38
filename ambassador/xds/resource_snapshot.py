"""A consistent set of Envoy resources with its revision number, and what differs between two tables of resources.

Runs on each publication over tables of up to 50,000 resources, so the comparisons stay in C where they can.
Must not know protocol state: what one Envoy holds is the business of `delta` and `stream`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count, islice
from operator import is_not
from types import MappingProxyType

from ambassador.wire.resource import EnvoyResources, Table
from ambassador.xds.types import ResourceType

EMPTY_TABLE: Table = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ResourceSnapshot:
    """Everything that Envoy shall hold at one revision. Its tables are never changed after publication.

    One that is not `whole` has clusters and endpoints only, perhaps not all of them: what Envoy can begin with before
    the first revision is there. What is not in it may well be in that one.
    """

    revision: int
    resources: EnvoyResources
    whole: bool = True

    def table(self, kind: ResourceType) -> Table:
        """The resources of one type, by name."""
        match kind:
            case ResourceType.CLUSTER:
                return self.resources.clusters
            case ResourceType.ENDPOINT:
                return self.resources.endpoints
            case ResourceType.LISTENER:
                return self.resources.listeners
            case ResourceType.SCOPE:
                return self.resources.scopes
            case ResourceType.ROUTE:
                return self.resources.routes
            case ResourceType.SECRET:
                return self.resources.secrets


@dataclass(frozen=True, slots=True)
class TableDiff:
    """Names to send (new or with another version) and names that are gone, in table order."""

    upserts: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.upserts or self.removed)


NO_DIFF = TableDiff()


def diff_tables(old: Table, new: Table) -> TableDiff:
    """What has to be sent to someone who holds `old` so that they hold `new`.

    Same table → nothing. What both tables share at their beginnings and ends is skipped by identity in C; only the
    rest is looked up by name and compared by version.
    """
    if old is new:
        return NO_DIFF
    gone: Iterable[str]
    names: Iterable[str]
    before, after = tuple(old.values()), tuple(new.values())
    if len(before) == len(after):
        moved = tuple(map(is_not, before, after))
        gone, names = compress(old, moved), compress(new, moved)
    else:
        start, stop = _shared_ends(before, after)
        gone, names = islice(old, start, len(before) - stop), islice(new, start, len(after) - stop)
    upserts = tuple(
        name
        for name in names
        if (held := old.get(name)) is not (wanted := new[name]) and (held is None or held.version != wanted.version)
    )
    removed = tuple(name for name in gone if name not in new)
    return TableDiff(upserts, removed) if upserts or removed else NO_DIFF


def _shared_ends(before: Sequence[object], after: Sequence[object]) -> tuple[int, int]:
    """How many identical elements both start with, and how many both end with, without overlap."""
    shorter = min(len(before), len(after))
    start = next(compress(count(), map(is_not, before, after)), shorter)
    stop = next(compress(count(), map(is_not, reversed(before), reversed(after))), shorter)
    return start, min(stop, shorter - start)


def diff(old: ResourceSnapshot | None, new: ResourceSnapshot) -> Mapping[ResourceType, TableDiff]:
    """Per type what differs between two publications; every type has an entry."""
    return {
        kind: diff_tables(EMPTY_TABLE if old is None else old.table(kind), new.table(kind)) for kind in ResourceType
    }
