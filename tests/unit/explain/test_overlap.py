"""Which routes may take one request: none is missed that does, and there are examples for both."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.explain.difference.overlap import both, neighbours
from ambassador.explain.examples.drafts import path_examples
from ambassador.explain.matching import path_holds
from ambassador.ir.route import DirectResponse, PathKind, PathMatch, Route, RouteMatch, Scheme, ValueKind, ValueMatch

TEXTS = ("/", "/a", "/a/", "/A/b", "/a/b/c", "/b", "/ab")
PATTERNS = ("/.*", "/a.*", "/(a|b)", "/a?b", ".*/c", "/[ab]/?", "(?i)/a/b", "/a{1,2}/.*")
PLAIN = (PathKind.PREFIX, PathKind.SEGMENT_PREFIX, PathKind.EXACT)
paths = st.one_of(
    st.builds(PathMatch, st.sampled_from(PLAIN), st.sampled_from(TEXTS), st.booleans()),
    st.builds(PathMatch, st.just(PathKind.REGEX), st.sampled_from(PATTERNS)),
)  # fmt: skip


def route(path: PathMatch, **match: object) -> Route:
    return Route("r", None, replace(RouteMatch("*", path), **match), DirectResponse(200))  # type: ignore[arg-type]


@settings(max_examples=300)
@given(paths, st.lists(paths, max_size=6))
def test_whatever_shares_a_path_is_a_neighbour(one: PathMatch, others: list[PathMatch]) -> None:
    near = set(neighbours((other, number) for number, other in enumerate(others)).of(one))
    for number, other in enumerate(others):
        asked = (*path_examples(one), *path_examples(other), *TEXTS)
        if any(path_holds(one, path) and path_holds(other, path) for path in asked):
            assert number in near


@settings(max_examples=300)
@given(paths, paths)
def test_a_match_for_both_has_an_example_that_both_take(one: PathMatch, other: PathMatch) -> None:
    narrow = both(route(one), route(other))
    shared = [path for path in TEXTS if path_holds(one, path) and path_holds(other, path)]
    if narrow is not None:
        assert any(path_holds(one, path) and path_holds(other, path) for path in path_examples(narrow.match.path))
    elif PathKind.REGEX not in (one.kind, other.kind):
        assert shared == []


GET, POST = (ValueMatch(":method", ValueKind.EXACT, method) for method in ("GET", "POST"))
ANY = PathMatch(PathKind.PREFIX, "/")


def test_given_methods_that_exclude_each_other_then_nothing_is_both() -> None:
    assert both(route(ANY, method=GET), route(ANY, method=POST)) is None
    assert both(route(ANY, method=GET), route(ANY, method=GET)) is not None


def test_given_conditions_of_both_then_all_of_them_hold() -> None:
    header, query = ValueMatch("x-a", ValueKind.PRESENT), ValueMatch("q", ValueKind.EXACT, "1")
    one, other = route(ANY, headers=(header,), authority="a.*"), route(ANY, query=(query,), authority=".*b", method=GET)
    found = both(one, replace(other, scheme=Scheme.SECURE))
    assert found is not None
    assert found.match.headers == (header, ValueMatch(":authority", ValueKind.REGEX, ".*b"))
    assert (found.match.query, found.match.method, found.match.authority) == ((query,), GET, "a.*")
    assert found.scheme is Scheme.SECURE
