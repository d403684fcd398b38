"""Texts made of patterns: RE2 agrees with each, and the ordinary patterns of routes all have one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.explain.examples.specimen import specimens
from ambassador.features.patterns import fault_of, full_match


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        (".*", ""),
        ("/api/.*", "/api/"),
        ("/users/[0-9]+/(orders|carts)?", "/users/1/"),
        (r"/v\d{2,3}/\w+", "/v11/a"),
        ("[^/]+", "a"),
        ("/[[:alpha:]]+/x", "/a/x"),
        ("[[:^digit:][:digit:]]", "a"),
        (r"(?i:a\.test)(?::[0-9]+)?", "a.test"),
        (r".+\.a\.test", "a.a.test"),
        ("(GET|POST)", "GET"),
        (r"/\Qa.b\E", "/a.b"),
        ("(?P<x>a|b)c", "ac"),
        ("(?<x>a|b)c", "ac"),
        (r"\pL\p{Lu}\PN", "aAa"),
        (r"/a\x41\101\x{42}", "/aAAB"),
        (r"^\bfoo\b$", "foo"),
        (".*:8443", ":8443"),
        ("é+", "é"),
        ("a{2,}b{2}c{,3}", "aabbc{,3}"),
        ("(?i)/CaT", "/CaT"),
        ("[a-c&&[]+", "a"),
        ("[]a]+", "a"),
        (r"[\d.-]+", "1"),
        (r"[^\D]", "1"),
        ("x*?y+?", "y"),
        ("", ""),
        ("a||b", "a"),
    ],
)
def test_given_a_pattern_then_its_plainest_text_is_known(pattern: str, first: str) -> None:
    assert specimens(pattern)[0] == first


@pytest.mark.parametrize("pattern", [".*", "/.*", ".+/x", "[^.]*", "(/a|/b)?/c", "./x"])
def test_given_a_start_then_every_text_begins_with_it(pattern: str) -> None:
    found = specimens(pattern, "/")
    assert found
    assert all(text.startswith("/") and full_match(pattern, text) for text in found)


def test_given_a_pattern_with_many_texts_then_there_are_several() -> None:
    assert len(set(specimens("/(a|b|c)/[0-9]+"))) > 2


@pytest.mark.parametrize("pattern", ["(" * 13 + "^" + ")+" * 13, "(" * 8 + "a|b" + ")*" * 8, "((a{30}){30})+"])
def test_given_repetitions_of_repetitions_then_they_do_not_multiply(pattern: str) -> None:
    assert all(len(text) <= 5_000 for text in specimens(pattern))


@pytest.mark.parametrize("pattern", [r"\p{Greek}", "(" * 60 + "a" + ")" * 60, "((a{1000}){3}){3}"])
def test_given_what_is_too_unusual_then_no_text(pattern: str) -> None:
    assert specimens(pattern) == ()


PARTS = st.sampled_from(
    ["a", "/", "[a-z]", "[^/]", ".", "(", ")", "|", "*", "+", "?", "{2}", "{1,2}", "(?:", "(?i)", r"\d", r"\W", r"\.",
     r"\Q", r"\E", "^", "$", r"\b", "[", "]", "-", "[[:alpha:]]", r"\pN", r"\x41", r"\z", "é"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(PARTS, max_size=12).map("".join))
def test_given_any_pattern_that_re2_takes_then_every_text_matches_it(pattern: str) -> None:
    if not fault_of(pattern):
        assert all(full_match(pattern, text) for text in specimens(pattern))


@settings(max_examples=200)
@given(st.recursive(st.sampled_from(["a", "[0-9]", "[^x]", r"\w", "."]), lambda inner: st.one_of(
    st.lists(inner, min_size=1, max_size=3).map("".join),
    st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
    inner.map(lambda part: f"(?:{part})+"),
    inner.map(lambda part: f"(?:{part}){{0,2}}"),
), max_leaves=6))  # fmt: skip
def test_given_an_ordinary_pattern_then_it_has_a_text(pattern: str) -> None:
    assert specimens(pattern)
