"""The routing table where many hosts share their routes: a million rows are counted and searched, not made."""

from __future__ import annotations

import pytest

from ambassador.ir.listener import FilterChain, Listener, ListenerIdentity
from ambassador.ir.route import DirectResponse, PathKind, PathMatch, Route, RouteMatch
from ambassador.ir.virtual_host import Domain
from ambassador.model.keys import ObjectKey
from ambassador.report.revision import Revision
from ambassador.report.route_view import RouteView, Section, window

HOSTS = ROUTES = 1000


@pytest.fixture(scope="module")
def view() -> RouteView:
    listener = Listener(ListenerIdentity("0.0.0.0", 80), None, (FilterChain("cleartext", (), "table"),))
    routes = tuple(_route(f"r{number}") for number in range(ROUTES))
    domains = [Domain(f"h{number}.test", None) for number in range(HOSTS)]
    return RouteView(Revision(), tuple(Section(listener, None, domain, routes) for domain in domains))


def _route(name: str) -> Route:
    match = RouteMatch("*", PathMatch(PathKind.PREFIX, f"/{name}/"))
    return Route(f"mapping/default/{name}", ObjectKey("Mapping", "default", name), match, DirectResponse(500))


def _shown(view: RouteView, q: str, limit: int, offset: int) -> tuple[int, list[tuple[str, str]]]:
    found = window(view, q, "", limit, offset)
    hosts = [host for listener in found["listeners"] for host in listener["hosts"]]
    return found["total"], [(host["hostname"], route["name"]) for host in hosts for route in host["routes"]]


def test_a_window_may_begin_in_one_host_and_end_in_the_next(view: RouteView) -> None:
    total, rows = _shown(view, "", 2, ROUTES - 1)
    assert total == HOSTS * ROUTES
    assert rows == [("h0.test", "mapping/default/r999"), ("h1.test", "mapping/default/r0")]


def test_words_may_be_of_the_host_and_of_the_route(view: RouteView) -> None:
    assert _shown(view, "h7.test /r42/", 10, 0) == (1, [("h7.test", "mapping/default/r42")])


def test_words_of_the_route_are_found_under_every_host(view: RouteView) -> None:
    total, rows = _shown(view, "/r42/", 2, 998)
    assert total == HOSTS
    assert rows == [("h998.test", "mapping/default/r42"), ("h999.test", "mapping/default/r42")]


def test_beyond_the_end_there_is_nothing(view: RouteView) -> None:
    assert _shown(view, "", 5, HOSTS * ROUTES) == (HOSTS * ROUTES, [])
