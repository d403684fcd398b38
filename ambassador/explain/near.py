"""Routes that would take a request on another host of the same listener."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ambassador.explain.explanation import NearMiss
from ambassador.explain.matching import first_failure, path_holds
from ambassador.explain.prepared import Prepared, Served
from ambassador.explain.seen import Seen
from ambassador.ir.listener import Listener
from ambassador.ir.route import Route
from ambassador.ir.virtual_host import VirtualHost
from ambassador.model.values import ANY_HOST

_MOST = 5
_MOST_HOSTS, _MOST_ROUTES = 300, 10_000
"""How many are looked at; where there are more, those whose names are the nearest."""


def on_other_hosts(
    prepared: Prepared, listener: Listener, table: str, seen: Seen, own: VirtualHost | None, winner: Route | None
) -> tuple[NearMiss, ...]:
    """Of each other host the route that would take the request there, the longest paths first.

    Where a route takes it, only those with a longer path: the shorter ones would be as little asked here.
    """
    found: dict[str, NearMiss] = {}
    for served in _others(prepared, table, seen.host, own):
        route = _taker(served, seen)
        if route is not None and _is_news(route, winner):
            why = f"It would take this request, but it is on host {served.domain.pattern}."
            found.setdefault(route.name, NearMiss(listener, served.domain, route, why))
    longest_first = sorted(found.values(), key=lambda one: -len(one.route.match.path.value))
    return tuple(longest_first[:_MOST])


def _is_news(route: Route, winner: Route | None) -> bool:
    if winner is None:
        return True
    return route.name != winner.name and len(route.match.path.value) > len(winner.match.path.value)


def _others(prepared: Prepared, table: str, host: str, own: VirtualHost | None) -> Iterator[Served]:
    """Each other virtual host once, the nearest names first, until enough routes have been looked at."""
    index = prepared.table(table)
    met, left = {id(own)}, _MOST_ROUTES
    for served in index.closest(host) if index else ():
        if id(served.host) in met:
            continue
        met.add(id(served.host))
        left -= served.host.size // max(1, len(served.host.domains)) + 1
        if left < 0 or len(met) > _MOST_HOSTS:
            return
        yield served


def _taker(served: Served, seen: Seen) -> Route | None:
    """The first route of a host that takes the request, when it is sent to that host. Front routes have no path."""
    there = _sent_to(served.domain.pattern, seen)
    fits = (one for one in served.host.routes if one.source is not None and path_holds(one.match.path, seen.path))
    return next((one for one in fits if first_failure(one, there) is None), None)


def _sent_to(pattern: str, seen: Seen) -> Seen:
    """The same request for a name of a pattern."""
    name = seen.host if pattern == ANY_HOST else pattern.replace("*", "www")
    return replace(seen, host=name, authority=name, headers={**seen.headers, ":authority": (name,)})
