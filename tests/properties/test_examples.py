"""Every example request that is given reaches the route that it is given for, by the evaluator's whole answer."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.compile.pipeline import Compiler
from ambassador.explain.asking.curl import from_curl
from ambassador.explain.asking.to_curl import to_curl
from ambassador.explain.asking.understand import understand
from ambassador.explain.evaluate import explain, prepare
from ambassador.explain.examples.find import example
from ambassador.ir.gateway import Gateway
from ambassador.model.objects import SourceObject
from ambassador.report.places import Place, of_name, tables_of
from tests.properties import manifests

worlds = st.lists(manifests.objects, min_size=1, max_size=8)


def gateway(objects: list[SourceObject]) -> Gateway:
    return Compiler().compile({one.key: one for one in objects}).gateway


def places(found: Gateway) -> Iterator[Place]:
    tables = (table for listener in found.listeners for table in tables_of(found, listener))
    names = {route.name for table in tables for host in table.virtual_hosts for route in host.routes}
    for name in sorted(names):
        yield from of_name(found, name)


@settings(max_examples=40, deadline=None)
@given(worlds)
def test_an_example_reaches_its_route(objects: list[SourceObject]) -> None:
    found = gateway(objects)
    prepared = prepare(found)
    for place in places(found):
        request = example(prepared, place.listener, place.domain, place.route)
        if request is None:
            continue
        answer = explain(prepared, request)
        assert answer.winner is not None
        takers = [answer.winner.route, *(one.route for one in answer.alternatives)]
        assert place.route in takers
        assert (answer.listener, answer.domain) == (place.listener, place.domain)


@settings(max_examples=20, deadline=None)
@given(worlds)
def test_the_curl_line_of_an_example_asks_the_same(objects: list[SourceObject]) -> None:
    found = gateway(objects)
    prepared = prepare(found)
    for place in places(found):
        request = example(prepared, place.listener, place.domain, place.route)
        if request is not None:
            assert understand(from_curl(to_curl(request)).question) == request
