"""Given routes filed by the beginning of their paths, when they are laid out, then each path finds what a list has."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

import pytest
from envoy_data_plane.envoy.config.route import v3 as route_v3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ambassador.compile.buckets import COPIES, Node, build, changed, pieces
from ambassador.compile.group import Group
from ambassador.compile.layout import encode_map
from ambassador.ir.route import DirectResponse, PathKind, PathMatch, Route, RouteMatch
from ambassador.wire.encode import delimited, encode

_HEADS = st.text("ab/", max_size=6).map(lambda rest: f"/{rest}") | st.sampled_from(("", "/", "/é", "/éa"))
_UNITS = st.integers(1, 4)
_CAME = st.tuples(_HEADS, st.booleans())
_relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))


def _group(order: int, head: str, served: bool = True) -> Group:
    """One route for all paths that begin with a text; none if it is not served."""
    if not served:
        return Group((), (), head=head, order=(order,))
    name = f"{order} {head}"
    match = RouteMatch("*", PathMatch(PathKind.PREFIX, head))
    piece = delimited(encode(route_v3.Route(name=name, match=route_v3.RouteMatch(prefix=head))))
    return Group((Route(name, None, match, DirectResponse(404)),), (piece,), head=head, order=(order,))


def _groups(heads: Iterable[str]) -> list[Group]:
    return [_group(order, head) for order, head in enumerate(heads)]


def _found(node: Node) -> tuple[dict[str, bytes], list[bytes]]:
    return {one.key: one.body for one in node.all_buckets}, list(pieces(node.rest))


def _map(node: Node) -> tuple[dict[str, list[route_v3.Route]], list[route_v3.Route]]:
    """What Envoy reads: the routes of each key, and of all other paths."""
    host = route_v3.VirtualHost.parse(encode_map([one.body for one in node.all_buckets], pieces(node.rest)))
    assert host.matcher is not None and host.matcher.matcher_tree is not None
    tree, others = host.matcher.matcher_tree, host.matcher.on_no_match
    assert tree.prefix_match_map is not None and others is not None
    return {key: _routes(one) for key, one in tree.prefix_match_map.map.items()}, _routes(others)


def _routes(match: Any) -> list[route_v3.Route]:
    config = match.action.typed_config
    assert config.type_url == "type.googleapis.com/envoy.config.route.v3.RouteList"
    return route_v3.RouteList.parse(config.value).routes


def _winner(routes: Iterable[route_v3.Route], path: str) -> str:
    return next((one.name for one in routes if one.match and path.startswith(one.match.prefix or "")), "")


@_relaxed
@given(st.lists(_HEADS, max_size=40), st.lists(st.text("ab/é", max_size=8), min_size=1, max_size=30), _UNITS)
def test_given_any_routes_when_a_path_is_looked_up_then_its_bucket_has_the_winner_of_the_list(
    heads: list[str], rests: list[str], unit: int
) -> None:
    groups = _groups(heads)
    table, others = _map(build(groups, unit))
    for path in [f"/{rest}" for rest in rests]:
        key = max((one for one in table if path.startswith(one)), key=len, default=None)
        listed = next((one.routes[0].name for one in reversed(groups) if path.startswith(one.head)), "")
        assert _winner(others if key is None else table[key], path) == listed


@_relaxed
@given(
    st.lists(st.tuples(_HEADS, st.booleans()), max_size=30),
    st.lists(
        st.tuples(st.lists(_HEADS, max_size=4), st.lists(st.tuples(_HEADS, st.booleans()), max_size=4)), max_size=12
    ),
    _UNITS,
)
def test_given_any_edits_when_they_are_taken_then_the_trie_is_what_it_would_be_from_scratch(
    first: list[tuple[str, bool]], edits: list[tuple[list[str], list[tuple[str, bool]]]], unit: int
) -> None:
    """Some groups have no routes: all of their members are left out."""
    orders = count()
    groups = [_group(next(orders), head, served) for head, served in first]
    node = build(groups, unit)
    for heads, fresh in edits:
        gone = [one for one in groups if one.head in heads]
        came = [_group(next(orders), head, served) for head, served in fresh]
        groups = [*(one for one in groups if one.head not in heads), *came]
        node = changed(node, gone, came)
        assert _found(node) == _found(build(groups, unit))
        assert set(node.all_groups()) == {one for one in groups if one.routes}
        assert node.size == sum(len(one.routes) for one in groups)


@_relaxed
@given(st.lists(_HEADS, max_size=60), _UNITS)
def test_given_any_routes_then_buckets_copy_a_quarter_of_them_at_most(heads: list[str], unit: int) -> None:
    node = build(_groups(heads), unit)
    sizes = [node.waiting, *(one.size for one in node.all_buckets)]
    assert sum(sizes) - node.size <= node.size / COPIES


@pytest.mark.parametrize(
    "heads",
    [
        [f"/service-{number:05}/" for number in range(10_000)],
        [f"/{number * 7919 % 65_536:04x}/api" for number in range(10_000)],
        [f"/team-{number % 40}/app-{number}/v1/" for number in range(10_000)],
        ["/", *(f"/api/v1/{number}/items" for number in range(5_000))],
    ],
    ids=["numbers", "digests", "teams", "a catch-all"],
)
def test_given_thousands_of_usual_paths_when_laid_out_then_no_bucket_is_long(heads: list[str]) -> None:
    sizes = [one.size for one in build(_groups(heads), 64).all_buckets]
    assert max(sizes) <= 2 * 64 + 1
    assert len(sizes) <= len(heads) / 20


def test_given_only_small_children_when_laid_out_then_as_many_get_a_bucket_as_make_the_rest_short() -> None:
    node = build(_groups(f"/service-{number:03}/" for number in range(100)), 24)
    assert {one.key: one.size for one in node.all_buckets} == {f"/service-0{digit}": 10 for digit in range(6)}
    assert node.waiting == 40
    # The same ones whichever route was there first.
    assert _found(build(_groups(f"/service-{number:03}/" for number in reversed(range(100))), 24))[0].keys() == {
        one.key for one in node.all_buckets
    }


def test_given_a_large_table_when_one_route_changes_then_only_its_bucket_is_another_one() -> None:
    groups = _groups(f"/service-{number:05}/" for number in range(10_000))
    before = build(groups, 64)
    after = changed(before, groups[5_000:5_001], [_group(5_000, "/service-05000-new/")])
    known = set(map(id, before.all_buckets))
    assert [one.key for one in after.all_buckets if id(one) not in known] == ["/service-050"]


def test_given_more_patterns_than_a_bucket_may_copy_then_there_are_no_buckets() -> None:
    heads = [*[""] * 400, *(f"/{number:03}" for number in range(1_000))]
    assert not list(build(_groups(heads), 64).all_buckets)


def test_given_paths_that_each_go_on_from_the_one_before_when_filed_then_that_is_not_too_deep() -> None:
    groups = _groups("/" + "a" * number for number in range(3_000))
    node = build(groups, 1)
    assert _found(changed(node, groups[-1:], [])) == _found(build(groups[:-1], 1))


def test_given_nothing_beside_the_buckets_then_the_bytes_are_those_of_protobuf() -> None:
    node = build(_groups(f"/service-{number:03}/" for number in range(300)), 64)
    assert not node.rest
    written = encode_map([one.body for one in node.all_buckets], pieces(node.rest))
    assert encode(route_v3.VirtualHost.parse(written)) == written


def test_given_thousands_of_patterns_when_one_more_comes_then_only_what_can_have_buckets_is_split() -> None:
    heads = [*[""] * 500, *(f"/{number:04}" for number in range(5_000))]
    node = build(_groups(heads), 64)
    assert len(list(node.all_buckets)) <= len(heads) / (COPIES * 500) + 1
    assert sum(len(child.below) for child in node.below.values()) <= 10
