"""What is kept of a revision, so that a question costs little: virtual hosts by name, and routes by their paths.

Built when first asked for, and taken over from the revision before where nothing changed. Two threads may build one
thing twice; both get the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ambassador.explain.by_path import ByPath, by_path, patched
from ambassador.explain.matching import path_holds
from ambassador.ir.gateway import Gateway
from ambassador.ir.route import Route
from ambassador.ir.route_table import RouteTable
from ambassador.ir.virtual_host import Domain, VirtualHost
from ambassador.model.values import ANY_HOST


@dataclass(frozen=True, slots=True)
class Served:
    """A domain with its virtual host."""

    domain: Domain
    host: VirtualHost


@dataclass(frozen=True, slots=True)
class HostIndex:
    """Domains of a route table, with the places of their virtual hosts in it. Of wildcards the longest comes first."""

    table: RouteTable
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
        return Served(found[1], self.table.virtual_hosts[found[0]]) if found else None


def host_index(table: RouteTable, previous: HostIndex | None = None) -> HostIndex:
    """The domains of a table, ready to be looked up. Routes may have changed since `previous` where hosts did not."""
    if previous is not None and _same_domains(previous.table, table):
        return HostIndex(table, previous.exact, previous.suffixes, previous.prefixes, previous.any)
    hosts = enumerate(table.virtual_hosts)
    found = {domain.pattern: (place, domain) for place, host in hosts for domain in host.domains}
    default = found.pop(ANY_HOST, None)
    wild = sorted((pattern for pattern in found if "*" in pattern), key=lambda pattern: -len(pattern))
    suffixes = tuple((pattern[1:], found[pattern]) for pattern in wild if pattern.startswith("*"))
    prefixes = tuple((pattern[:-1], found[pattern]) for pattern in wild if pattern.endswith("*"))
    for pattern in wild:
        del found[pattern]
    return HostIndex(table, found, suffixes, prefixes, default)


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
class Neighbour:
    """A route with the virtual host that has it."""

    host: VirtualHost
    route: Route


@dataclass(frozen=True, slots=True)
class Neighbours:
    """All routes of a table by path: for routes that another host has. `of_host` are those of each, by its identity."""

    table: RouteTable
    routes: ByPath[Neighbour]
    of_host: Mapping[int, tuple[Neighbour, ...]]


def neighbours(table: RouteTable, previous: Neighbours | None = None) -> Neighbours:
    """Routes of a table; those of hosts that did not change since `previous` are taken over."""
    known = previous.of_host if previous else {}
    hosts = {id(host): host for host in table.virtual_hosts}
    came = {place: _routes(host) for place, host in hosts.items() if place not in known}
    gone = {place: found for place, found in known.items() if place not in hosts}
    of_host = {**{place: found for place, found in known.items() if place in hosts}, **came}
    if previous is None or len(gone) + len(came) > _FEW:
        return Neighbours(table, _filed(of_host), of_host)
    return Neighbours(table, patched(previous.routes, _filed(gone), _filed(came)), of_host)


_FEW = 100
_TWO = 2


def _routes(host: VirtualHost) -> tuple[Neighbour, ...]:
    # Routes before all others are of each host its own.
    return tuple(Neighbour(host, route) for route in host.routes if route.source is not None)


def _filed(of_host: Mapping[int, tuple[Neighbour, ...]]) -> ByPath[Neighbour]:
    return by_path((one.route.match.path, one) for found in of_host.values() for one in found)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A gateway with what has been looked up in it so far; `earlier`: what had been in the revision before."""

    gateway: Gateway
    hosts: dict[str, HostIndex] = field(default_factory=dict)
    routes: dict[int, tuple[VirtualHost, RouteIndex]] = field(default_factory=dict)
    near: dict[str, Neighbours] = field(default_factory=dict)
    earlier_hosts: Mapping[str, HostIndex] = field(default_factory=dict)
    earlier_near: Mapping[str, Neighbours] = field(default_factory=dict)
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
        if found is None or found[0] is not host:
            known = self.earlier_routes.get(host.name)
            found = self.routes[id(host)] = (host, route_index(host.routes, known))
        return found[1]

    def neighbours(self, name: str) -> Neighbours | None:
        """All routes of a route table."""
        if name not in self.near:
            table = self.gateway.route_tables.get(name)
            if table is None or len(table.virtual_hosts) < _TWO:
                return None
            self.near[name] = neighbours(table, self.earlier_near.get(name))
        return self.near[name]


def prepare(gateway: Gateway, previous: Prepared | None = None) -> Prepared:
    """Ready for questions on a gateway. What `previous` had of an earlier one is taken over where nothing changed."""
    if previous is None:
        return Prepared(gateway)
    if previous.gateway is gateway:
        return previous
    alive = {id(host): host for table in gateway.route_tables.values() for host in table.virtual_hosts}
    routes = {place: one for place, one in previous.routes.items() if alive.get(place) is one[0]}
    hosts = {**previous.earlier_hosts, **previous.hosts}
    near = {**previous.earlier_near, **previous.near}
    # Of a virtual host that changed, most routes did not.
    changed = {host.name: index for host, index in previous.routes.values() if id(host) not in routes}
    return Prepared(gateway, {}, routes, {}, hosts, near, {**previous.earlier_routes, **changed})
