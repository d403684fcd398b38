"""Where the routes of one object stand in the routing table. Lists that many hosts share are looked through once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ambassador.ir.gateway import Gateway
from ambassador.ir.listener import Listener
from ambassador.ir.route import Route
from ambassador.ir.route_table import RouteTable
from ambassador.ir.virtual_host import Domain, Routes, VirtualHost
from ambassador.model.keys import ObjectKey


@dataclass(frozen=True, slots=True)
class Place:
    """One route under one host of one listener. `order` counts from 0 within the host."""

    listener: Listener
    table: str
    domain: Domain
    order: int
    route: Route


def of_object(gateway: Gateway, key: ObjectKey) -> Iterator[Place]:
    """The routes that an object became; of a Host, what stands before the routes of its names."""

    def wanted(route: Route) -> bool:
        return route.source == key or route.source is None

    for place in _found(gateway, wanted):
        if (place.route.source or place.domain.host) == key:
            yield place


def of_name(gateway: Gateway, name: str) -> Iterator[Place]:
    """The routes of one name, wherever they stand."""
    return _found(gateway, lambda route: route.name == name)


def tables_of(gateway: Gateway, listener: Listener) -> Iterator[RouteTable]:
    """The route tables of a listener's chains, each once."""
    for name in dict.fromkeys(chain.route_table for chain in listener.chains):
        if name in gateway.route_tables:
            yield gateway.route_tables[name]


@dataclass(frozen=True, slots=True)
class _Lists:
    wanted: Callable[[Route], bool]
    known: dict[int, list[tuple[int, Route]]] = field(default_factory=dict)

    def of(self, host: VirtualHost) -> list[tuple[int, Route]]:
        """Wanted routes of a virtual host with their places."""
        found: list[tuple[int, Route]] = []
        before = 0
        for part in (*host.ported, host.shared):
            found += [(before + order, route) for order, route in self._of_list(part)]
            before += part.size
        return found

    def _of_list(self, part: Routes) -> list[tuple[int, Route]]:
        if id(part) not in self.known:
            self.known[id(part)] = [(order, one) for order, one in enumerate(part.routes) if self.wanted(one)]
        return self.known[id(part)]


def _found(gateway: Gateway, wanted: Callable[[Route], bool]) -> Iterator[Place]:
    lists = _Lists(wanted)
    for listener in gateway.listeners:
        hosts = ((table.name, host) for table in tables_of(gateway, listener) for host in table.virtual_hosts)
        for table, host in hosts:
            for order, route in lists.of(host):
                yield from (Place(listener, table, domain, order, route) for domain in host.domains)
