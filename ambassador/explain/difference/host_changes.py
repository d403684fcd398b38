"""Hosts that come and go, and what stands before their routes: redirects to HTTPS, refusals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ambassador.explain.difference.answers import is_of_object
from ambassador.explain.difference.changes import Change, Detail, Part, Sign
from ambassador.explain.difference.details import action_words
from ambassador.explain.difference.host_lists import HostEntry, HostPair, ListPair, ListPairs, RouteId
from ambassador.ir.route import Route, Scheme
from ambassador.model.keys import ObjectKey


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of a host on one listener."""

    sign: Sign
    source: ObjectKey | None
    details: tuple[Detail, ...]


def host_changes(
    pairs: Iterable[HostPair], lists: ListPairs, everywhere: Mapping[str, frozenset[str]]
) -> Iterator[Change]:
    """Each host once where all listeners say the same of it. `everywhere`: the listeners of each host."""
    found: dict[str, dict[_Told, list[str]]] = {}
    for pair in pairs:
        told = _told(pair, lists.of(pair))
        if told is not None:
            found.setdefault(pair.id.pattern, {}).setdefault(told, []).append(pair.id.listener)
    for pattern, by_told in found.items():
        for told, listeners in by_told.items():
            where = () if set(listeners) == everywhere[pattern] else tuple(sorted(set(listeners)))
            details = (*told.details, *((Detail("", "", f"only on {', '.join(where)}"),) if where else ()))
            yield Change(Part.HOST, told.sign, pattern, told.source, details)


def _told(pair: HostPair, lists: ListPair) -> _Told | None:
    old, new = pair.old, pair.new
    if old is None or new is None:
        sign, entry, routes = (Sign.ADDED, new, lists.new) if new else (Sign.REMOVED, old, lists.old)
        return None if entry is None else _whole(sign, entry, routes)
    details = list(_fronts(lists))
    if old.domain.host != new.domain.host:
        details.insert(0, Detail("governed by", _governor(old), _governor(new)))
    return _Told(Sign.CHANGED, new.domain.host, tuple(details)) if details else None


def _whole(sign: Sign, entry: HostEntry, routes: Mapping[RouteId, Route]) -> _Told:
    count = sum(is_of_object(route) for route in routes.values())
    fronts = [_front(route) for route in routes.values() if not is_of_object(route)]
    told = [f"{count} route{'' if count == 1 else 's'}", *fronts]
    words = tuple(("", one) if sign is Sign.ADDED else (one, "") for one in told)
    return _Told(sign, entry.domain.host, tuple(Detail("", was, now) for was, now in words))


def _governor(entry: HostEntry) -> str:
    return str(entry.domain.host) if entry.domain.host else "the default Host"


def _fronts(lists: ListPair) -> Iterator[Detail]:
    """What requests meet before any route."""
    old, new = (
        [_front(route) for route in side.values() if not is_of_object(route)] for side in (lists.old, lists.new)
    )
    gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
    if gone or come:
        yield Detail("before any route", ", ".join(gone), ", ".join(come))


def _front(route: Route) -> str:
    whose = {Scheme.ANY: "all requests", Scheme.INSECURE: "cleartext", Scheme.SECURE: "HTTPS"}
    port = " that names a port" if route.name == "https-redirect-port" else ""
    return f"{whose[route.scheme]}{port}: {action_words(route)}"
