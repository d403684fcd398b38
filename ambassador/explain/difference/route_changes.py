"""Routes that were added, removed or changed, each told once for all hosts of which the same is to be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ambassador.explain.difference.answers import is_of_object
from ambassador.explain.difference.changes import Change, Detail, Part, Sign
from ambassador.explain.difference.details import route_details, route_words
from ambassador.explain.difference.host_lists import HostPair, ListPair, ListPairs
from ambassador.ir.gateway import Gateway
from ambassador.ir.route import Route

Hosts = dict[str, None]
Told = tuple[str, tuple[Detail, ...]]


@dataclass(frozen=True, slots=True)
class _Only:
    """A route that some hosts have on one side only; `kept` are those of them that are there on both sides."""

    route: Route
    hosts: Hosts = field(default_factory=dict)
    kept: Hosts = field(default_factory=dict)


def route_changes(
    old: Gateway, new: Gateway, pairs: Iterable[HostPair], lists: ListPairs, telling: frozenset[str]
) -> Iterator[Change]:
    """`telling`: names of routes whose place in the order decides requests."""
    listed = [(pair, lists.of(pair)) for pair in pairs]
    changed = _changed(listed, old, new, telling)
    for (name, details), hosts in changed.items():
        route = next(one for one in (_named(both, name) for _, both in listed) if one)
        yield Change(Part.ROUTE, Sign.CHANGED, name, route.source, details, tuple(sorted(hosts)))
    known = {name for name, _ in changed}
    before, after = routes_by_name(old), routes_by_name(new)
    gone, come = _only(listed, old, new)
    for name in sorted({*gone, *come}):
        if name not in before:
            yield _whole(Sign.ADDED, come[name])
        elif name not in after:
            yield _whole(Sign.REMOVED, gone[name])
        elif name not in known:
            yield from _elsewhere(before[name], after[name], gone.get(name), come.get(name), (old, new))


def routes_by_name(gateway: Gateway) -> Mapping[str, Route]:
    """One route of each name."""
    lists = {
        id(part): part
        for table in gateway.route_tables.values()
        for host in table.virtual_hosts
        for part in (*host.ported, host.shared)
    }
    return {route.name: route for part in lists.values() for route in part.routes if is_of_object(route)}


def _named(lists: ListPair, name: str) -> Route | None:
    return lists.new.get((name, 0))


def _changed(
    listed: Iterable[tuple[HostPair, ListPair]], old: Gateway, new: Gateway, telling: frozenset[str]
) -> Mapping[Told, Hosts]:
    found: dict[Told, Hosts] = {}
    known: dict[int, list[Told]] = {}
    for pair, lists in listed:
        if pair.old is None or pair.new is None:
            continue
        if id(lists) not in known:
            known[id(lists)] = list(_told(lists, old, new, telling))
        for told in known[id(lists)]:
            found.setdefault(told, {})[pair.id.pattern] = None
    return found


def _told(lists: ListPair, old: Gateway, new: Gateway, telling: frozenset[str]) -> Iterator[Told]:
    details: dict[str, tuple[Detail, ...]] = {}
    for place in lists.changed:
        if is_of_object(lists.new[place]) and place[0] not in details:
            found = route_details(lists.old[place], lists.new[place], old, new)
            details[place[0]] = found or (Detail("settings", "", "changed"),)
    decisive = [place for place in lists.only_moved if place[0] in telling]
    if decisive:
        was, now = ({place: order for order, place in enumerate(side, 1)} for side in (lists.old, lists.new))
        for place in sorted(decisive):
            order = Detail("order", f"asked as number {was[place]}", f"asked as number {now[place]}")
            details[place[0]] = (*details.get(place[0], ()), order)
    yield from details.items()


def _only(
    listed: Iterable[tuple[HostPair, ListPair]], old: Gateway, new: Gateway
) -> tuple[Mapping[str, _Only], Mapping[str, _Only]]:
    """Routes by name that hosts have on the old side only, and on the new one only."""
    gone: dict[str, _Only] = {}
    come: dict[str, _Only] = {}
    for pair, lists in listed:
        kept = pair.old is not None and pair.new is not None
        for found, ids, side in ((gone, lists.removed, lists.old), (come, lists.added, lists.new)):
            for place in ids:
                _note(found, side[place], pair.id.pattern, kept=kept)
    for found, side_of, other in ((gone, old, new), (come, new, old)):
        shared = {one.name for one in other.listeners}
        for pattern, route in _of_listeners(side_of, shared):
            _note(found, route, pattern, kept=False)
    return gone, come


def _note(found: dict[str, _Only], route: Route, pattern: str, *, kept: bool) -> None:
    if not is_of_object(route):
        return
    entry = found.setdefault(route.name, _Only(route))
    entry.hosts[pattern] = None
    if kept:
        entry.kept[pattern] = None


def _of_listeners(gateway: Gateway, others: set[str]) -> Iterator[tuple[str, Route]]:
    """Routes of listeners that the other side has not, each with one of its hosts."""
    listeners = [one for one in gateway.listeners if one.name not in others]
    names = {chain.route_table for one in listeners for chain in one.chains}
    for name in sorted(names & gateway.route_tables.keys()):
        for host in gateway.route_tables[name].virtual_hosts:
            yield from ((host.domains[0].pattern, route) for route in host.routes)


def _whole(sign: Sign, only: _Only) -> Change:
    words = route_words(only.route)
    detail = Detail("", "", words) if sign is Sign.ADDED else Detail("", words, "")
    return Change(Part.ROUTE, sign, only.route.name, only.route.source, (detail,), tuple(sorted(only.hosts)))


def _elsewhere(
    old: Route, new: Route, gone: _Only | None, come: _Only | None, sides: tuple[Gateway, Gateway]
) -> Iterator[Change]:
    """A route that is there on both sides, at other hosts. Hosts that came or went themselves tell it already."""
    details = route_details(gone.route if gone else old, come.route if come else new, *sides)
    lost, won = (tuple(sorted(one.kept)) if one else () for one in (gone, come))
    if not details and (lost or won):
        details = (Detail("hosts", ", ".join(lost), ", ".join(won)),)
    if details:
        hosts = tuple(sorted({*(come.hosts if come else ()), *(() if come else gone.hosts if gone else ())}))
        yield Change(Part.ROUTE, Sign.CHANGED, new.name, new.source, details, hosts)
