"""What is called unreachable gets no request. The evaluator is asked; others hold it equal to Envoy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.explain.evaluate import prepare
from ambassador.explain.examples.drafts import path_examples, requests_for
from ambassador.explain.matching import path_holds
from ambassador.explain.request import Request
from ambassador.explain.taken import taken
from ambassador.ir.listener import Listener
from ambassador.ir.route import PathKind, PathMatch, Route
from ambassador.ir.virtual_host import Domain, VirtualHost
from ambassador.model.problems import Reason
from tests.agreement.draw_around import hosts
from tests.agreement.draw_requests import requests
from tests.agreement.draw_worlds import worlds
from tests.agreement.hints import hints
from tests.agreement.world import BACKEND, PORTS, World, manifest

_PLACES = {port: port for port in (*PORTS, BACKEND)}
_MOST = 20
_relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def _specs(draw: st.DrawFn) -> dict[str, Any]:
    """Mappings that are much in each other's way."""
    plain = ("/", "/a", "/a/", "/a/b", "/A", "/a/b/c", "/a.b", "/ab", "/a/../b", "/a//", "/{a}")
    patterns = ("/a.*", "/a/.*", "(?i)/A/.*", "/a(/.*)?", "/[ab]/.*", ".*", "/a/[a-z]+", r"/a\.b", "/a/b|/ab", "/")
    regex = draw(st.sampled_from((False, False, True)))
    conditions: tuple[dict[str, Any], ...] = (
        {},
        {},
        {"headers": {"x-a": "1"}},
        {"headers": {"x-a": True}},
        {"headers": {"x-a": "1", "x-b": "2"}},
        {"regex_headers": {"x-a": "1|2"}},
        {"headers": {"x-a": "1"}, "regex_headers": {"x-a": "[2-9]"}},
        {"headers": {"X-A": "1", "x-a": "2"}},
        {"headers": {"accept": "1"}, "regex_headers": {"accept": "[2-9]"}},
        {"query_parameters": {"q": "1"}},
        {"regex_query_parameters": {"q": "[0-9]"}},
        {"method": "GET"},
        {"method": "GET|POST", "method_regex": True},
    )
    exact = {} if regex else draw(st.sampled_from(({}, {}, {"prefix_exact": True}, {"case_sensitive": False})))
    spec = {"prefix": draw(st.sampled_from(patterns if regex else plain)), "prefix_regex": regex, **exact}
    named = draw(st.sampled_from(("*", "*", "a.test", "*.test", "b.a.test", "a.*", "a.test:8080", None)))
    more = {"hostname": named} if named else {}
    weight = draw(st.sampled_from(({}, {}, {}, {"weight": 30}, {"weight": 100})))
    precedence = draw(st.sampled_from((0, 0, 0, 1, -1, 2)))
    service = {"service": "127.0.0.1:9000", "precedence": precedence}
    return {**spec, **more, **draw(st.sampled_from(conditions)), **weight, **service}


@st.composite
def _tables(draw: st.DrawFn, most_hosts: int = 3) -> World:
    labels = st.sampled_from(({}, {}, {"labels": {"team": "one"}}))
    specs = draw(st.lists(_specs(), min_size=2, max_size=9))
    made = [manifest("Mapping", f"m{number}", spec, **draw(labels)) for number, spec in enumerate(specs)]
    governed = [draw(hosts(number)) for number in range(draw(st.integers(0, most_hosts)))]
    module = manifest("Module", "ambassador", {"config": {"merge_slashes": draw(st.booleans())}})
    return World((*made, *governed, module))


def _compiled(world: World) -> Compiled:
    return Compiler().compile(world.objects(_PLACES))


def _reached(compiled: Compiled, asked: Iterable[Request]) -> frozenset[str]:
    """Names of the routes that take any of these requests."""
    prepared = prepare(compiled.gateway)
    return frozenset(one.route.name for request in asked for one in taken(prepared, request).takers)


def _called(compiled: Compiled) -> frozenset[str]:
    found = [
        (report, problem)
        for report in compiled.reports.values()
        for problem in report.problems
        if problem.reason is Reason.UNREACHABLE
    ]
    names = {name for report, problem in found if problem.source.kind == "Mapping" for name in report.routes}
    # Of Ingresses only a default backend is ever called so; it has a route for each of its hosts.
    ingresses = [report for report, problem in found if problem.source.kind == "Ingress"]
    return frozenset(names | {name for report in ingresses for name in report.routes if name.endswith(":default")})


def _hosts(compiled: Compiled) -> Iterator[tuple[Listener, Domain, VirtualHost]]:
    for listener in compiled.gateway.listeners:
        for table in {chain.route_table for chain in listener.chains}:
            for host in compiled.gateway.route_tables[table].virtual_hosts:
                yield from ((listener, domain, host) for domain in host.domains)


def _near(compiled: Compiled, names: Collection[str]) -> Iterator[Request]:
    """Requests with all that these routes ask for, on paths of their own and those where others begin."""
    for listener, domain, host in _hosts(compiled):
        paths = dict.fromkeys(path for route in host.routes for path in _paths(route))
        for route in (one for one in host.routes if one.name in names):
            for path in (one for one in paths if path_holds(route.match.path, one)):
                match = replace(route.match, path=PathMatch(PathKind.EXACT, path))
                yield from islice(requests_for(listener, domain, replace(route, match=match)), _MOST)
                yield from _with_lines(listener, domain, replace(route, match=match))


def _with_lines(listener: Listener, domain: Domain, route: Route) -> Iterator[Request]:
    """A request with a line for each condition on headers, also where several are on one header."""
    alone = (replace(route, match=replace(route.match, headers=(one,))) for one in route.match.headers)
    found = [request for one in alone for request in islice(requests_for(listener, domain, one), 1)]
    if len(found) > 1 and len(found) == len(route.match.headers):
        yield replace(found[0], headers=tuple(dict.fromkeys(line for one in found for line in one.headers)))


def _paths(route: Route) -> Iterator[str]:
    for path in path_examples(route.match.path):
        yield from (path, f"{path}x", f"{path}/", f"{path}/x", path.swapcase(), path[:-1] or "/")


def _drawn(data: st.DataObject, world: World, count: int) -> list[Request]:
    near = hints(world)
    return [data.draw(requests(near)) for _ in range(count)]


@settings(_relaxed, max_examples=80)
@given(_tables())
def test_given_mappings_in_each_others_way_when_one_is_called_unreachable_then_no_request_gets_it(world: World) -> None:
    compiled = _compiled(world)
    called = _called(compiled)
    assert not called & _reached(compiled, _near(compiled, called))


@settings(_relaxed, max_examples=60)
@given(worlds(), st.data())
def test_given_any_world_when_a_route_is_called_unreachable_then_no_request_gets_it(
    world: World, data: st.DataObject
) -> None:
    compiled = _compiled(world)
    called = _called(compiled)
    asked = (*_near(compiled, called), *_drawn(data, world, 10 if called else 0))
    assert not called & _reached(compiled, asked)


def test_given_mappings_in_each_others_way_then_some_are_called_unreachable() -> None:
    """Or the tests above could hold because nothing is ever called so."""
    called: list[str] = []

    @seed(1)
    @settings(_relaxed, max_examples=40, database=None)
    @given(_tables(most_hosts=0))
    def compile_it(world: World) -> None:
        called.extend(_called(_compiled(world)))

    compile_it()
    assert len(called) > 5
