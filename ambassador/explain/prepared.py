"""What is kept of a revision, so that a question costs little: virtual hosts by name, and routes by their paths.

Built when first asked for, and taken over from the revision before where nothing changed. Two threads may build one
thing twice; both get the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from os.path import commonprefix

from ambassador.explain.by_path import ByPath, by_path, patched
from ambassador.explain.matching import path_holds
from ambassador.ir.gateway import Gateway
from ambassador.ir.route import Route
from ambassador.ir.route_table import RouteTable
from ambassador.ir.virtual_host import Domain, VirtualHost
from ambassador.model.values import ANY_HOST

_MOST_INDEXES = 256
"""Virtual hosts whose routes are kept ready; a large installation has thousands of hosts that share their routes."""


@dataclass(frozen=True, slots=True)
class Served:
    """A domain with its virtual host."""

    domain: Domain
    host: VirtualHost


@dataclass(frozen=True, slots=True)
class HostIndex:
    """Domains of a route table, with the places of their virtual hosts in it. Of wildcards the longest comes first.

    `backwards` are all patterns spelled backwards, sorted: names of one zone stand beside each other.
    """

    table: RouteTable
    backwards: tuple[tuple[str, tuple[int, Domain]], ...]
    exact: Mapping[str, tuple[int, Domain]]
    suffixes: tuple[tuple[str, tuple[int, Domain]], ...]
    prefixes: tuple[tuple[str, tuple[int, Domain]], ...]
    any: tuple[int, Domain] | None

    def find(self, host: str) -> Served | None:
        """The virtual host of a name in lower case (RouteMatcher::findVirtualHost): exact, longest `*.x`, longest
        `x.*`, `*`. A star stands for one character at least."""
        found = self.exact.get(host)
        if found is None:
            longer = (one for text, one in self.suffixes if host.endswith(text) and len(host) > len(text))
            wider = (one for text, one in self.prefixes if host.startswith(text) and len(host) > len(text))
            found = next(longer, None) or next(wider, None) or self.any
        return self._served(found) if found else None

    def closest(self, host: str) -> Iterator[Served]:
        """All domains, those first that share the most of their end with a name."""
        wanted = host[::-1]
        after = bisect_left(self.backwards, wanted, key=_spelled)
        before = after - 1
        while before >= 0 or after < len(self.backwards):
            down = _common(self.backwards[before][0], wanted) if before >= 0 else -1
            up = _common(self.backwards[after][0], wanted) if after < len(self.backwards) else -1
            yield self._served(self.backwards[before if down > up else after][1])
            before, after = (before - 1, after) if down > up else (before, after + 1)

    def _served(self, place: tuple[int, Domain]) -> Served:
        return Served(place[1], self.table.virtual_hosts[place[0]])


def _spelled(one: tuple[str, tuple[int, Domain]]) -> str:
    return one[0]


def _common(one: str, other: str) -> int:
    return len(commonprefix((one, other)))


def host_index(table: RouteTable, previous: HostIndex | None = None) -> HostIndex:
    """The domains of a table, ready to be looked up. Routes may have changed since `previous` where hosts did not."""
    if previous is not None and _same_domains(previous.table, table):
        return replace(previous, table=table)
    hosts = enumerate(table.virtual_hosts)
    found = {domain.pattern: (place, domain) for place, host in hosts for domain in host.domains}
    backwards = tuple(sorted((pattern[::-1], place) for pattern, place in found.items()))
    default = found.pop(ANY_HOST, None)
    wild = sorted((pattern for pattern in found if "*" in pattern), key=lambda pattern: -len(pattern))
    suffixes = tuple((pattern[1:], found[pattern]) for pattern in wild if pattern.startswith("*"))
    prefixes = tuple((pattern[:-1], found[pattern]) for pattern in wild if pattern.endswith("*"))
    for pattern in wild:
        del found[pattern]
    return HostIndex(table, backwards, found, suffixes, prefixes, default)


def _same_domains(old: RouteTable, new: RouteTable) -> bool:
    hosts = zip(old.virtual_hosts, new.virtual_hosts, strict=False)
    return len(old.virtual_hosts) == len(new.virtual_hosts) and all(a.domains is b.domains for a, b in hosts)


@dataclass(frozen=True, slots=True)
class RouteIndex:
    """Routes in evaluation order: `places` by their identity, and themselves by path."""

    routes: tuple[Route, ...]
    places: Mapping[int, int]
    filed: ByPath[Route]

    def on_path(self, path: str) -> list[int]:
        """Places of all routes whose path condition holds, in order."""
        fits = [route for route in self.filed.near(path) if path_holds(route.match.path, path)]
        return sorted(self.places[id(route)] for route in fits)


def route_index(routes: tuple[Route, ...], previous: RouteIndex | None = None) -> RouteIndex:
    """Routes, ready to be looked up. Those that `previous` has as well are taken over."""
    places = {id(route): place for place, route in enumerate(routes)}
    if previous is None:
        return RouteIndex(routes, places, _routes_by_path(routes))
    gone = [route for route in previous.routes if id(route) not in places]
    came = [route for route in routes if id(route) not in previous.places]
    if len(gone) + len(came) > len(routes) // 4:
        return RouteIndex(routes, places, _routes_by_path(routes))
    return RouteIndex(routes, places, patched(previous.filed, _routes_by_path(gone), _routes_by_path(came)))


def _routes_by_path(routes: Iterable[Route]) -> ByPath[Route]:
    return by_path((route.match.path, route) for route in routes)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A gateway with what has been looked up in it so far; `earlier`: what had been in the revision before."""

    gateway: Gateway
    hosts: dict[str, HostIndex] = field(default_factory=dict)
    routes: dict[int, tuple[VirtualHost, RouteIndex]] = field(default_factory=dict)
    earlier_hosts: Mapping[str, HostIndex] = field(default_factory=dict)
    earlier_routes: Mapping[str, RouteIndex] = field(default_factory=dict)

    def table(self, name: str) -> HostIndex | None:
        """The domains of a route table."""
        if name not in self.hosts:
            table = self.gateway.route_tables.get(name)
            if table is None:
                return None
            self.hosts[name] = host_index(table, self.earlier_hosts.get(name))
        return self.hosts[name]

    def routes_of(self, host: VirtualHost) -> RouteIndex:
        """The routes of a virtual host. By identity: comparing lists of thousands of routes would take milliseconds."""
        found = self.routes.get(id(host))
        if found is not None and found[0] is host:
            return found[1]
        index = route_index(host.routes, self.earlier_routes.get(host.name))
        if len(self.routes) >= _MOST_INDEXES:
            self.routes.pop(next(iter(list(self.routes))), None)
        self.routes[id(host)] = (host, index)
        return index


def prepare(gateway: Gateway, previous: Prepared | None = None) -> Prepared:
    """Ready for questions on a gateway. What `previous` had of an earlier one is taken over where nothing changed."""
    if previous is None:
        return Prepared(gateway)
    if previous.gateway is gateway:
        return previous
    hosts = [host for table in gateway.route_tables.values() for host in table.virtual_hosts]
    alive = {id(host): host for host in hosts}
    known = list(previous.routes.items())
    routes = {place: one for place, one in known if alive.get(place) is one[0]}
    # Of a virtual host that changed, most routes did not.
    changed = {host.name: index for place, (host, index) in known if place not in routes}
    names = {host.name for host in hosts} if changed or previous.earlier_routes else set()
    earlier = {name: one for name, one in {**previous.earlier_routes, **changed}.items() if name in names}
    return Prepared(gateway, {}, routes, {**previous.earlier_hosts, **previous.hosts}, earlier)
