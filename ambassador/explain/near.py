"""Routes that would take a request elsewhere: on another host, or on another listener."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from ambassador.explain.explanation import NearMiss
from ambassador.explain.matching import first_failure, path_holds
from ambassador.explain.prepared import Neighbour, Prepared
from ambassador.explain.seen import Seen
from ambassador.ir.listener import Listener
from ambassador.ir.route import Route
from ambassador.ir.virtual_host import Domain, VirtualHost

_MOST = 5
_MOST_TRIED = 200


def on_other_hosts(
    prepared: Prepared, listener: Listener, table: str, seen: Seen, own: VirtualHost | None, winner: Route | None
) -> tuple[NearMiss, ...]:
    """Routes of other hosts of a listener that would take the request there, the longest paths first.

    Where a route takes it, only those with a longer path: the shorter ones would be as little asked here.
    """
    found: dict[str, NearMiss] = {}
    for one in _fitting(prepared, table, seen.path, winner):
        if len(found) == _MOST:
            break
        if one.host is not own and one.route.name not in found and _would_take(one.route, seen):
            domain = _nearest(one.host.domains, seen.host)
            why = f"It would take this request, but it is on host {domain.pattern}."
            found[one.route.name] = NearMiss(listener, domain, one.route, why)
    return tuple(found.values())


def _fitting(prepared: Prepared, table: str, path: str, winner: Route | None) -> list[Neighbour]:
    known = prepared.neighbours(table)
    if known is None:
        return []
    shortest = len(winner.match.path.value) if winner else -1
    name = winner.name if winner else ""
    near = (one for one in known.routes.near(path) if len(one.route.match.path.value) > shortest)
    # The longest texts come last; thousands of hosts may have the same path.
    last = deque((one for one in near if one.route.name != name), maxlen=_MOST_TRIED)
    fits = [one for one in last if path_holds(one.route.match.path, path)]
    return sorted(fits, key=lambda one: -len(one.route.match.path.value))


def _would_take(route: Route, seen: Seen) -> bool:
    """All conditions hold but that on the host."""
    match = replace(
        route.match,
        authority="",
        headers=tuple(one for one in route.match.headers if one.name != ":authority"),
    )
    return first_failure(replace(route, match=match), seen) is None


def _nearest(domains: tuple[Domain, ...], host: str) -> Domain:
    """The domain that shares the most of its end with the host that was asked for."""
    return max(domains, key=lambda domain: _common_end(domain.pattern, host))


def _common_end(one: str, other: str) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
