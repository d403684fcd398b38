"""Who takes a request: listener, filter chain, virtual host, routes in order. `evaluate.py` tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ambassador.explain.arrival import Arrival, arrive
from ambassador.explain.http2 import over_http2, speaks_http2
from ambassador.explain.matching import Failure, first_failure
from ambassador.explain.prepared import Prepared, RouteIndex, Served
from ambassador.explain.request import Request
from ambassador.explain.seen import Refused, Seen, see
from ambassador.ir.listener import Listener
from ambassador.ir.route import Route
from ambassador.ir.virtual_host import Domain


@dataclass(frozen=True, slots=True)
class Taker:
    """A route that takes a request in `share` percent of cases. `order` counts from 0 within the host."""

    order: int
    route: Route
    share: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking routes in order. `failures`: of those whose path fits. `rest`: percent that none takes."""

    takers: tuple[Taker, ...] = ()
    failures: Mapping[int, Failure] = field(default_factory=dict)
    rest: int = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """How far a request comes: `seen` None: it is not read at all; `served` None: no host covers it."""

    arrival: Arrival
    seen: Seen | Refused | None = None
    served: Served | None = None
    asked: Asked = Asked()

    @property
    def listener(self) -> Listener | None:
        return self.arrival.listener

    @property
    def domain(self) -> Domain | None:
        return self.served.domain if self.served else None

    @property
    def takers(self) -> tuple[Taker, ...]:
        return self.asked.takers

    @property
    def rest(self) -> int:
        return self.asked.rest if self.served else 0

    @property
    def status(self) -> int:
        """What Envoy itself answers where no route takes the request; 0: it closes the connection."""
        if self.seen is None:
            return 0
        return self.seen.status if isinstance(self.seen, Refused) else 404


def taken(prepared: Prepared, request: Request) -> Taken:
    """The way of a request up to the routes that take it, with their shares."""
    arrival = arrive(prepared.gateway.listeners, request)
    if arrival.listener is None or arrival.chain is None:
        return Taken(arrival)
    sent = over_http2(request) if speaks_http2(request, arrival.chain) else request
    seen = see(sent, arrival.listener, tls=bool(arrival.chain.certificates))
    if isinstance(seen, Refused):
        return Taken(arrival, seen)
    table = prepared.table(arrival.chain.route_table)
    served = table.find(seen.host) if table else None
    if served is None:
        return Taken(arrival, seen)
    return Taken(arrival, seen, served, asked_in_order(prepared.routes_of(served.host), seen))


def asked_in_order(index: RouteIndex, seen: Seen) -> Asked:
    """Asks the routes of a host in order.

    Envoy draws one number a request and compares it with each share, so a later share only takes what exceeds the
    largest before it.
    """
    found: list[Taker] = []
    failures: dict[int, Failure] = {}
    upto = 0
    for order in index.on_path(seen.path):
        route = index.routes[order]
        failure = first_failure(route, seen)
        if failure:
            failures[order] = failure
            continue
        limit = route.share.upto if route.share else 100
        if limit > upto:
            found.append(Taker(order, route, limit - upto))
            upto = limit
    return Asked(tuple(found), failures, 100 - upto)
