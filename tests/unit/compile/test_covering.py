"""Whether one match takes all requests of another: what is said, and what is left unsaid in doubt."""

import pytest

from ambassador.compile.covering import contradiction, takes, takes_path
from ambassador.ir.route import PathKind, PathMatch, RouteMatch, ValueKind, ValueMatch

E, P, S, R = PathKind.EXACT, PathKind.PREFIX, PathKind.SEGMENT_PREFIX, PathKind.REGEX


def path(kind: PathKind, value: str, case_sensitive: bool = True) -> PathMatch:
    return PathMatch(kind, value, case_sensitive)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (path(P, "/a"), path(P, "/ab")),
        (path(P, "/a"), path(E, "/a")),
        (path(P, "/a"), path(S, "/a/b")),
        (path(P, "/a/"), path(R, "/a/[0-9]+")),
        (path(P, "/a/"), path(R, "/a/b|/a/c")),
        (path(P, "/a"), path(R, "/ab?c")),
        (path(S, "/a"), path(S, "/a")),
        (path(S, "/a"), path(P, "/a/")),
        (path(S, "/a"), path(E, "/a/b")),
        (path(E, "/a"), path(E, "/a")),
        (path(E, "/a.b"), path(R, r"/a\.b")),
        (path(R, ".*"), path(P, "/")),
        (path(R, "^/a/.*$"), path(P, "/a/b")),
        (path(R, "/a(/.*)?"), path(E, "/a")),
        (path(R, "/a(?:/.*)?"), path(P, "/a/b")),
        (path(R, "/[0-9]+"), path(E, "/42")),
        (path(R, "/a/(.*)/c"), path(R, "/a/(.*)/c")),
        (path(R, "(?i)/A/.*"), path(P, "/a/b", False)),
        (path(P, "/A", False), path(P, "/aB")),
        (path(P, "/"), path(E, "/x", False)),
    ],
)
def test_given_paths_that_are_all_of_another_match_then_they_are_taken(earlier: PathMatch, later: PathMatch) -> None:
    assert takes_path(earlier, later)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (path(P, "/ab"), path(P, "/a")),
        (path(P, "/a/"), path(E, "/a")),
        (path(P, "/ab"), path(R, "/ab?c")),
        (path(P, "/ab"), path(R, "/ab*")),
        (path(P, "/ab"), path(R, "/ab{0,2}c")),
        (path(P, "/a/"), path(R, "/a/b|/c")),
        (path(P, "/a"), path(R, "(?i)/a/.*")),
        (path(P, "/"), path(R, ".*")),
        (path(S, "/a"), path(P, "/a")),
        (path(S, "/a"), path(E, "/ab")),
        (path(E, "/a"), path(P, "/a")),
        (path(E, "/a"), path(S, "/a")),
        (path(R, "/a.+"), path(P, "/a")),
        (path(R, "/a/.*|/b"), path(P, "/c")),
        (path(R, "/a.b"), path(P, "/a.b")),
        (path(R, "/[0-9]+"), path(E, "/x")),
        (path(R, "/[a-z]+"), path(E, "/a", False)),
        (path(P, "/a"), path(P, "/a", False)),
        (path(R, "/a/.*"), path(E, "/a/B", False)),
    ],
)
def test_given_paths_of_another_match_that_may_be_others_then_they_are_left(
    earlier: PathMatch, later: PathMatch
) -> None:
    assert not takes_path(earlier, later)


EXACT, PRESENT, REGEX = ValueKind.EXACT, ValueKind.PRESENT, ValueKind.REGEX
ONE, ANY = ValueMatch("x-a", EXACT, "1"), ValueMatch("x-a", PRESENT)
DIGITS = ValueMatch("x-a", REGEX, "[0-9]+")
GET = ValueMatch(":method", EXACT, "GET")


def match(
    *headers: ValueMatch, method: ValueMatch | None = None, query: tuple[ValueMatch, ...] = (), authority: str = ""
) -> RouteMatch:
    return RouteMatch("*", path(P, "/"), method, headers, query, authority)


@pytest.mark.parametrize(
    ("earlier", "later", "taken"),
    [
        (match(), match(ONE, method=GET, query=(ONE,), authority="a"), True),
        (match(ONE), match(ONE), True),
        (match(ANY), match(ONE), True),
        (match(ANY), match(DIGITS), True),
        (match(DIGITS), match(ONE), True),
        (match(DIGITS, ANY), match(ONE, GET), True),
        (match(method=GET), match(method=GET), True),
        (match(query=(DIGITS,)), match(query=(ONE,)), True),
        (match(authority="a"), match(authority="a"), True),
        (match(ONE), match(), False),
        (match(ONE), match(ANY), False),
        (match(ONE), match(DIGITS), False),
        (match(ONE), match(query=(ONE,)), False),
        (match(query=(ONE,)), match(), False),
        (match(DIGITS), match(ANY), False),
        (match(DIGITS), match(ValueMatch("x-a", EXACT, "one")), False),
        (match(ONE), match(ValueMatch("x-b", EXACT, "1")), False),
        (match(ANY), match(ValueMatch("x-a", EXACT, "")), False),
        (match(method=GET), match(), False),
        (match(authority="a"), match(authority="b"), False),
        (match(authority="a"), match(), False),
    ],
)
def test_given_conditions_then_a_match_takes_what_has_to_fulfil_them_anyway(
    earlier: RouteMatch, later: RouteMatch, taken: bool
) -> None:
    assert takes(earlier, later) is taken


@pytest.mark.parametrize(
    ("conditions", "name"),
    [
        (match(ValueMatch("accept", EXACT, "1"), ValueMatch("accept", EXACT, "2")), "accept"),
        (match(ValueMatch("origin", EXACT, "1"), ValueMatch("origin", REGEX, "[a-z]")), "origin"),
        (match(ValueMatch(":scheme", EXACT, "http"), ValueMatch(":scheme", EXACT, "https")), ":scheme"),
        (match(GET, method=ValueMatch(":method", REGEX, "P.*")), ":method"),
        (match(query=(ONE, ValueMatch("x-a", EXACT, "2"))), "x-a"),
        (match(ONE, ValueMatch("x-a", EXACT, "2")), ""),
        (match(ONE, ValueMatch("x-a", REGEX, "[a-z]")), ""),
        (match(ValueMatch("cookie", EXACT, "1"), ValueMatch("cookie", EXACT, "2")), ""),
        (match(ONE, DIGITS, ANY), ""),
        (match(ONE, ValueMatch("x-b", EXACT, "2")), ""),
        (match(ONE, query=(ValueMatch("x-a", EXACT, "2"),)), ""),
        (match(DIGITS, ValueMatch("x-a", REGEX, "[a-z]")), ""),
    ],
)
def test_given_conditions_that_what_occurs_once_cannot_fulfil_then_its_name_is_told(
    conditions: RouteMatch, name: str
) -> None:
    assert contradiction(conditions) == name
