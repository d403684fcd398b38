"""Order of routes as in the ancestor: each example is asked from the first to the last."""

from itertools import permutations

import pytest

from ambassador.compile.precedence import RouteKey, ingress_key, route_key, weight
from ambassador.ir.route import PathKind, PathMatch, RouteMatch, ValueKind, ValueMatch
from ambassador.model.values import authority_pattern


def asked(
    path: str,
    *headers: ValueMatch,
    precedence: int = 0,
    kind: PathKind = PathKind.PREFIX,
    hostname: str = "*",
    **conditions: object,
) -> RouteKey:
    return route_key(RouteMatch(hostname, PathMatch(kind, path), headers=headers, **conditions), precedence)  # type: ignore[arg-type]


def header(name: str, value: str = "", kind: ValueKind = ValueKind.EXACT) -> ValueMatch:
    return ValueMatch(name, kind if value else ValueKind.PRESENT, value)


EXAMPLES = {
    "higher precedence first, whatever the path": [
        asked("/", precedence=1),
        asked("/very/long/"),
        asked("/", precedence=-1),
    ],
    "longer path first": [asked("/a/b/"), asked("/a/"), asked("/")],
    "a long pattern before a shorter text": [asked("/[a-z]{1,9}/", kind=PathKind.REGEX), asked("/abcdef/")],
    "an exact path gets no bonus": [asked("/a/b", kind=PathKind.PREFIX), asked("/a", kind=PathKind.EXACT)],
    "more header text first": [asked("/", header("x-long", "value")), asked("/", header("x", "value")), asked("/")],
    "a pattern counts one more than its text": [
        asked("/", header("x", "v", ValueKind.REGEX)),
        asked("/", header("x", "v")),
    ],
    "any value counts as one star": [asked("/", header("x", "vv")), asked("/", header("x"))],
    "the host is a header condition": [asked("/", hostname="a.test"), asked("/", header("x", "y")), asked("/")],
    "a longer host first": [asked("/", hostname="aa.test"), asked("/", hostname="a.test"), asked("/", hostname="*")],
    "the method is a header condition": [asked("/", method=header(":method", "GET")), asked("/")],
    "headers before queries": [asked("/", header("x", "1")), asked("/", query=(header("long", "1"),)), asked("/")],
    "more query text first": [
        asked("/", query=(header("a", "12"),)),
        asked("/", query=(header("a", "1"),)),
        asked("/"),
    ],
    "then the text of the path": [asked("/b/"), asked("/a/")],
    "then the method, GET when none": [
        asked("/", header("a", "12345678901")),
        asked("/", method=header(":method", "PUT")),
    ],
    "a pattern on the host counts as long as it was written": [
        asked("/", authority=authority_pattern("[ab]+.test")),
        asked("/", hostname="abcd.test"),
        asked("/", authority=authority_pattern("a.test")),
    ],
}


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_given_routes_in_any_order_when_sorted_then_they_are_asked_in_the_documented_order(
    example: list[RouteKey],
) -> None:
    for order in permutations(example):
        assert sorted(order, key=weight, reverse=True) == example


def path(text: str, kind: PathKind = PathKind.SEGMENT_PREFIX, *, last: bool = False) -> RouteKey:
    """A path of an Ingress."""
    return ingress_key(RouteMatch("a.test", PathMatch(kind, text)), last=last)


def test_given_paths_of_ingresses_among_mappings_then_the_longer_path_is_first_and_at_equal_length_the_mapping() -> (
    None
):
    example = [
        asked("/", precedence=1),
        path("/foo/", PathKind.EXACT),
        asked("/bar", hostname="a.test"),
        asked("/foo"),
        path("/foo", PathKind.EXACT),
        path("/foo"),
        path("/bar"),
        asked("/"),
        path("/", PathKind.PREFIX),
        asked("/long/path", precedence=-1),
        path("/", PathKind.PREFIX, last=True),
    ]
    assert sorted(reversed(example), key=weight, reverse=True) == example


def test_given_routes_that_differ_in_anything_then_none_are_equal_in_order() -> None:
    path = PathMatch(PathKind.PREFIX, "/a")
    matches = [
        RouteMatch("a.test", path),
        RouteMatch("b.test", path),
        RouteMatch("", path),
        RouteMatch("*", path),
        RouteMatch("*", PathMatch(PathKind.EXACT, "/a")),
        RouteMatch("*", PathMatch(PathKind.REGEX, "/a")),
        RouteMatch("*", PathMatch(PathKind.PREFIX, "/a", case_sensitive=False)),
        RouteMatch("*", path, headers=(header("a", "bc"),)),
        RouteMatch("*", path, headers=(header("ab", "c"),)),
        RouteMatch("*", path, query=(header("a", "bc"),)),
        RouteMatch("*", path, query=(header("ab", "c"),)),
        RouteMatch("*", path, method=header(":method", "GET")),
        RouteMatch("*", path, headers=(header(":method", "GET"),)),
        RouteMatch("*", path, authority="a.test"),
    ]
    keys = [route_key(match, precedence) for match in matches for precedence in (0, 1)]
    assert len({weight(key) for key in keys}) == len(set(keys)) == len(keys)
