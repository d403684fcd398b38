"""Route tables in shards: an edit of one host costs Envoy what its shard costs, not what the whole table does.

Envoy builds a route configuration anew when one virtual host in it changes. Here a table is cut by a hash of the host
(`host_shards.py`) into several, and scopes say which hash belongs to which. Only bytes know of it: the table of the IR
stays whole. Names with a wildcard are in every part, so that Envoy's own matching decides between them and exact names.

What every part holds is paid as often as there are parts. How many there are follows from the content: as many as the
setting says, or fewer, so that all of them together have at most twice the routes of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ambassador.compile.domains import TableKey, VirtualHostKey
from ambassador.compile.encoded_hosts import virtual_host
from ambassador.compile.host_shards import HEADER, shard_of
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.memo import Patch, Read, patched, rule
from ambassador.compile.routes import encode_route_configuration
from ambassador.compile.scopes import scopes
from ambassador.compile.virtual_hosts import virtual_hosts
from ambassador.wire.encode import resource
from ambassador.wire.resource import EncodedResource, References

_FREE = 64
"""Copies of routes that are no matter."""
_ALL = -1

Shards = tuple[int, ...]
"""The shard of each domain of a virtual host."""
Placement = tuple[tuple[VirtualHostKey, Shards], ...]


class PartKey(NamedTuple):
    """One of the `parts` that a route table is cut into."""

    table: TableKey
    parts: int
    part: int = 0


@dataclass(frozen=True, slots=True)
class Sharded:
    """A route table as Envoy gets it. `names` are the route configurations of the shards, in the order of the hash."""

    names: tuple[str, ...]
    routes: Mapping[str, EncodedResource]
    scopes: Mapping[str, EncodedResource]


@rule
def sharded(read: Read, key: TableKey) -> Sharded:
    """A route table's parts, and the scopes that lead to them."""
    parts = read(parts_of, key)
    found = [read(part, PartKey(key, parts, number)) for number in range(parts)]
    names = tuple(one.name for one in found)
    given = read(scopes_of, PartKey(key, parts))
    shards = read(OPTIONS, None).host_shards
    by_hash = tuple(names[shard % parts] for shard in range(shards))
    return Sharded(by_hash, {one.name: one for one in found}, given)


@rule
def scopes_of(read: Read, key: PartKey) -> Mapping[str, EncodedResource]:
    """The scopes of a table; they depend on nothing but the number of its parts."""
    names = tuple(_name(key._replace(part=number)) for number in range(key.parts))
    return scopes(key.table.name, read(OPTIONS, None).host_shards, names)


def _name(key: PartKey) -> str:
    return f"{key.table.name}/{key.parts}/{key.part}"


@rule
def part(read: Read, key: PartKey) -> EncodedResource:
    """One part of a table, with the virtual hosts of its shards."""
    hosts = [read(virtual_host, one) for one in read(hosts_of_part, key)]
    body = encode_route_configuration(_name(key), [host.body for host in hosts], (HEADER,))
    clusters: frozenset[str] = frozenset().union(*[host.clusters for host in hosts])
    return resource(_name(key), body, References(clusters=clusters))


@rule
def hosts_of_part(read: Read, key: PartKey) -> tuple[VirtualHostKey, ...]:
    """So that a part depends on its own hosts alone."""
    return read(hosts_by_part, key._replace(part=0))[key.part]


@rule
def hosts_by_part(read: Read, key: PartKey) -> tuple[tuple[VirtualHostKey, ...], ...]:
    """The virtual hosts of each part. One whose domains are in several is in each, with the domains of that part."""
    found: list[list[VirtualHostKey]] = [[] for _ in range(key.parts)]
    for host, shards in read(placement, key.table):
        for number in _parts(shards, key.parts):
            found[number].append(_within(host, shards, key._replace(part=number)))
    return tuple(map(tuple, found))


def _parts(shards: Shards, parts: int) -> Sequence[int]:
    """The parts that a virtual host stands in."""
    return range(parts) if _ALL in shards else sorted({shard % parts for shard in shards})


def _within(host: VirtualHostKey, shards: Shards, key: PartKey) -> VirtualHostKey:
    if len(shards) == 1:
        return host
    domains = [
        domain
        for domain, shard in zip(host.domains, shards, strict=True)
        if shard in (_ALL, key.part) or shard % key.parts == key.part
    ]
    return host if len(domains) == len(shards) else VirtualHostKey(tuple(domains), host.routes, host.ported)


def _patch_placement(read: Read, key: TableKey, patch: Patch[Placement]) -> Placement:
    return _placed(read, key, dict(patch.old))


@patched(_patch_placement)
def placement(read: Read, key: TableKey) -> Placement:
    """The shards of each virtual host of a table."""
    return _placed(read, key, {})


def _placed(read: Read, key: TableKey, known: Mapping[VirtualHostKey, Shards]) -> Placement:
    shards = read(OPTIONS, None).host_shards
    return tuple([(host, known.get(host) or _shards_of(host, shards)) for host in read(virtual_hosts, key)])


def _shards_of(host: VirtualHostKey, shards: int) -> Shards:
    return tuple(_ALL if "*" in one.pattern else shard_of(one.pattern, shards) for one in host.domains)


class Weight(NamedTuple):
    """Of a virtual host: its routes, and in how many parts it stands when the table has 1, 2, 4 … of them."""

    routes: int
    spread: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """What decides how many parts a table has. `totals`: the routes of 1, 2, 4 … parts together."""

    hosts: Mapping[VirtualHostKey, Weight]
    totals: tuple[int, ...]


def _patch_weights(read: Read, key: TableKey, patch: Patch[Weights]) -> Weights:
    before = patch.old.hosts
    touched = {host for node, host in patch.changed if node is virtual_host and host in before}
    gone, new = set[VirtualHostKey](), dict[VirtualHostKey, Weight]()
    if any(node is placement for node, _ in patch.changed):
        placed = read(placement, key)
        gone = before.keys() - {host for host, _ in placed}
        new = {host: _weight(read, host, shards) for host, shards in placed if host not in before}
        for host in gone:
            patch.forget(virtual_host, host)
    renewed = {host: before[host]._replace(routes=_routes(read, host)) for host in touched - gone}
    if not (gone or new) and all(before[host] == weight for host, weight in renewed.items()):
        return patch.old
    left = {host: weight for host, weight in before.items() if host not in gone} if gone else before
    taken = [before[host] for host in (*gone, *renewed)]
    given = [*new.values(), *renewed.values()]
    moved = zip(patch.old.totals, _totals(read, given), _totals(read, taken), strict=True)
    return Weights({**left, **renewed, **new}, tuple([total + plus - minus for total, plus, minus in moved]))


@patched(_patch_weights)
def weights(read: Read, key: TableKey) -> Weights:
    """The routes of each virtual host, and of all parts together."""
    hosts = {host: _weight(read, host, shards) for host, shards in read(placement, key)}
    return Weights(hosts, _totals(read, hosts.values()))


def _weight(read: Read, host: VirtualHostKey, shards: Shards) -> Weight:
    return Weight(_routes(read, host), tuple([len(_parts(shards, parts)) for parts in _choices(read)]))


def _routes(read: Read, host: VirtualHostKey) -> int:
    view = read(virtual_host, host).view
    return sum([one.size for one in (*view.ported, view.shared)])


def _totals(read: Read, given: Iterable[Weight]) -> tuple[int, ...]:
    found = [(one.routes, one.spread) for one in given]
    return tuple([sum([routes * spread[bit] for routes, spread in found]) for bit, _ in enumerate(_choices(read))])


def _choices(read: Read) -> Sequence[int]:
    """The numbers of parts that a table may have."""
    return [2**bit for bit in range(read(OPTIONS, None).host_shards.bit_length())]


@rule
def parts_of(read: Read, key: TableKey) -> int:
    """How many parts a table has: a power of two."""
    found = read(weights, key)
    most = 2 * found.totals[0] + _FREE
    fitting = (parts for parts, total in zip(_choices(read), found.totals, strict=True) if total <= most)
    return max(parts for parts in fitting if parts <= max(1, len(found.hosts)))
