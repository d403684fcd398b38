"""`diff` on random worlds: nothing differs from itself, order does not matter, and what is called the same is so."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.compile.pipeline import Compiler
from ambassador.explain.difference.answers import answer
from ambassador.explain.difference.changes import Difference
from ambassador.explain.difference.compare import World, difference
from ambassador.explain.evaluate import prepare
from ambassador.explain.examples.drafts import requests_for
from ambassador.explain.request import Request
from ambassador.ir.gateway import Gateway
from ambassador.model.config_snapshot import ConfigSnapshot, diff
from ambassador.model.objects import SourceObject
from ambassador.report.difference_view import Side, difference_view
from ambassador.report.places import tables_of
from ambassador.report.revision import Revision
from tests.properties import manifests

Objects = list[SourceObject]

worlds = st.lists(manifests.objects, max_size=8)


def world(objects: Objects) -> World:
    gateway = Compiler().compile({one.key: one for one in objects}).gateway
    return World(gateway, prepare(gateway))


def compared(old: Objects, new: Objects) -> Difference:
    return difference(world(old), world(new))


def told(old: Objects, new: Objects) -> dict[str, object]:
    sides = []
    for number, objects in enumerate((old, new)):
        config = ConfigSnapshot({one.key: one for one in objects})
        sides.append(Side(Revision(number, config, Compiler().compile(config.objects)), "root"))
    return difference_view(*sides)


def requests(gateway: Gateway) -> Iterator[Request]:
    for listener in gateway.listeners:
        hosts = [host for table in tables_of(gateway, listener) for host in table.virtual_hosts]
        rows = [(domain, route) for host in hosts for domain in host.domains for route in host.routes]
        for domain, route in rows:
            yield from requests_for(listener, domain, route)


@settings(max_examples=30, deadline=None)
@given(worlds)
def test_nothing_differs_from_itself(objects: Objects) -> None:
    assert compared(objects, objects) == Difference()


@settings(max_examples=20, deadline=None)
@given(worlds, worlds, st.randoms(use_true_random=False))
def test_the_order_of_files_changes_nothing(old: Objects, new: Objects, order: random.Random) -> None:
    def shuffled(objects: Objects) -> Objects:
        # Of two objects with one key the first counts, and which that is does depend on the order.
        unique = list({one.key: one for one in objects}.values())
        return order.sample(unique, len(unique))

    unique_old, unique_new = (list({one.key: one for one in objects}.values()) for objects in (old, new))
    assert told(unique_old, unique_new) == told(shuffled(unique_old), shuffled(unique_new))


@settings(max_examples=30, deadline=None)
@given(worlds, st.lists(manifests.objects, max_size=2), st.data())
def test_what_is_called_the_same_answers_every_request_alike(old: Objects, more: Objects, data: st.DataObject) -> None:
    dropped = data.draw(st.integers(0, max(0, len(old) - 1)))
    new = [*old[:dropped], *old[dropped + 1 :], *more]
    before, after = world(old), world(new)
    found = difference(before, after)
    if found.same:
        for request in {**dict.fromkeys(requests(before.gateway)), **dict.fromkeys(requests(after.gateway))}:
            assert answer(before.prepared, request) == answer(after.prepared, request)


_overlapping = st.fixed_dictionaries(
    {"prefix": st.sampled_from(("/", "/a", "/a/", "/a/b", "/.*", "/a.*")), "precedence": st.integers(-1, 1)},
    optional={
        "prefix_regex": st.just(True),
        "prefix_exact": st.just(True),
        "case_sensitive": st.just(False),
        "method": st.sampled_from(("GET", "POST")),
        "headers": st.sampled_from(({"x-a": "1"}, {"x-a": True}, {"x-b": "1"})),
        "query_parameters": st.sampled_from(({"q": "1"}, {"q": True})),
        "hostname": st.sampled_from(("a.test", "*.test")),
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_overlapping, min_size=2, max_size=6), st.data())
def test_a_reordering_is_called_harmless_only_if_no_request_notices(
    specs: list[dict[str, object]], data: st.DataObject
) -> None:
    new = [{**spec, "precedence": data.draw(st.integers(-1, 1))} for spec in specs]
    before, after = (world(list(_mappings(side))) for side in (specs, new))
    found = difference(before, after)
    asked = {**dict.fromkeys(requests(before.gateway)), **dict.fromkeys(requests(after.gateway))}
    noticed = [one for one in asked if answer(before.prepared, one) != answer(after.prepared, one)]
    assert not (found.same and noticed)
    assert all(answer(before.prepared, one.request) != answer(after.prepared, one.request) for one in found.answers)


def _mappings(specs: list[dict[str, object]]) -> Iterator[SourceObject]:
    for number, spec in enumerate(specs):
        yield manifests.source(
            "Mapping", f"m{number}", {"spec": {"hostname": "*", "service": f"10.0.0.{number}", **spec}}
        )


@settings(max_examples=20, deadline=None)
@given(worlds, worlds)
def test_one_compiler_for_both_sides_tells_the_same_as_two(old: Objects, new: Objects) -> None:
    compiler = Compiler()
    before, after = ({one.key: one for one in objects} for objects in (old, new))
    gateways = compiler.compile(before).gateway, compiler.compile(diff(before, after)).gateway
    shared = difference(*(World(gateway, prepare(gateway)) for gateway in gateways))
    assert shared == compared(old, new)


@settings(max_examples=20, deadline=None)
@given(worlds, worlds)
def test_what_was_added_is_removed_on_the_way_back(old: Objects, new: Objects) -> None:
    there, back = compared(old, new), compared(new, old)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(one.part, one.name, turned[one.sign.value]) for one in there.changes} == {
        (one.part, one.name, one.sign.value) for one in back.changes
    }
    assert there.same is back.same
