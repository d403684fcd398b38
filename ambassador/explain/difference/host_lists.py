"""The routing tables of two gateways side by side: hosts by listener and name, and each pair of route lists once.

Thousands of hosts may share one list of thousands of routes, so nothing here is done per host and route.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ambassador.explain.difference.order import moved
from ambassador.ir.gateway import Gateway
from ambassador.ir.listener import Listener
from ambassador.ir.route import Route
from ambassador.ir.virtual_host import Domain, Routes, VirtualHost

RouteId = tuple[str, int]
"""Name of a route, and how many of that name stand before it in its list."""


@dataclass(frozen=True, slots=True, order=True)
class HostId:
    """A host of a listener. `table` is empty for the routes of cleartext connections and whoever shares them."""

    pattern: str
    listener: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class HostEntry:
    """A host with its routes."""

    listener: Listener
    domain: Domain
    host: VirtualHost


@dataclass(frozen=True, slots=True)
class HostPair:
    """A host on both sides; None where it is not there."""

    id: HostId
    old: HostEntry | None
    new: HostEntry | None


@dataclass(frozen=True, slots=True)
class ListPair:
    """Two lists of routes that differ. `moved` are routes of both that are asked in another order."""

    old: Mapping[RouteId, Route]
    new: Mapping[RouteId, Route]
    moved: frozenset[RouteId] = frozenset()

    @property
    def added(self) -> Iterator[RouteId]:
        return (one for one in self.new if one not in self.old)

    @property
    def removed(self) -> Iterator[RouteId]:
        return (one for one in self.old if one not in self.new)

    @property
    def only_moved(self) -> list[RouteId]:
        """Moved routes that match what they matched before: of others the new place is a matter of course."""
        return [one for one in sorted(self.moved) if self.old[one].match == self.new[one].match]

    @property
    def changed(self) -> Iterator[RouteId]:
        """Routes on both sides that are not equal."""
        return (one for one, route in self.new.items() if one in self.old and self.old[one] != route)


def host_pairs(old: Gateway, new: Gateway) -> list[HostPair]:
    """All hosts of listeners that are there on both sides, sorted; unchanged ones are left out."""
    listeners = {one.name for one in old.listeners} & {one.name for one in new.listeners}
    before, after = (dict(_hosts(gateway, listeners)) for gateway in (old, new))
    pairs = (HostPair(one, before.get(one), after.get(one)) for one in sorted({*before, *after}))
    return [pair for pair in pairs if not _untouched(pair)]


def listeners_by_host(old: Gateway, new: Gateway) -> Mapping[str, frozenset[str]]:
    """By host pattern, the listeners of both sides that have it on one of them."""
    both = {one.name for one in old.listeners} & {one.name for one in new.listeners}
    found: dict[str, set[str]] = {}
    for gateway in (old, new):
        for place, _ in _hosts(gateway, both):
            found.setdefault(place.pattern, set()).add(place.listener)
    return {pattern: frozenset(listeners) for pattern, listeners in found.items()}


def _untouched(pair: HostPair) -> bool:
    if pair.old is None or pair.new is None:
        return False
    old, new = pair.old.host, pair.new.host
    same_lists = old.shared is new.shared and len(old.ported) == len(new.ported)
    same = same_lists and all(one is other for one, other in zip(old.ported, new.ported, strict=True))
    return same and pair.old.domain == pair.new.domain


def _hosts(gateway: Gateway, listeners: set[str]) -> Iterator[tuple[HostId, HostEntry]]:
    for listener in gateway.listeners:
        if listener.name in listeners:
            plain = {chain.route_table for chain in listener.chains if not chain.certificates}
            for name in dict.fromkeys(chain.route_table for chain in listener.chains):
                yield from _of_table(gateway, listener, name, is_plain=name in plain)


def _of_table(gateway: Gateway, listener: Listener, name: str, *, is_plain: bool) -> Iterator[tuple[HostId, HostEntry]]:
    table = gateway.route_tables.get(name)
    for host in table.virtual_hosts if table else ():
        for domain in host.domains:
            yield HostId(domain.pattern, listener.name, "" if is_plain else name), HostEntry(listener, domain, host)


@dataclass(frozen=True, slots=True)
class ListPairs:
    """Pairs of lists, each compared once however many hosts have it."""

    known: dict[tuple[tuple[int, ...], tuple[int, ...]], ListPair] = field(default_factory=dict)
    kept: list[tuple[Routes, ...]] = field(default_factory=list)

    def of(self, pair: HostPair) -> ListPair:
        """The lists of one host."""
        old, new = _lists(pair.old), _lists(pair.new)
        place = (tuple(map(id, old)), tuple(map(id, new)))
        if place not in self.known:
            # Kept, so that no other list can get the id of one that is gone.
            self.kept.extend((old, new))
            self.known[place] = _compared(_named(old), _named(new))
        return self.known[place]


def _lists(entry: HostEntry | None) -> tuple[Routes, ...]:
    return (*entry.host.ported, entry.host.shared) if entry else ()


def _named(lists: tuple[Routes, ...]) -> Mapping[RouteId, Route]:
    found: dict[RouteId, Route] = {}
    for route in (route for one in lists for route in one.routes):
        number = 0
        while (route.name, number) in found:
            number += 1
        found[route.name, number] = route
    return found


def _compared(old: Mapping[RouteId, Route], new: Mapping[RouteId, Route]) -> ListPair:
    return ListPair(old, new, moved(tuple(old), tuple(new)))
