"""Which members of two lists were moved: as few as possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambassador.explain.difference.order import moved


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("abc", "abc", ""),
        ("abc", "bca", "a"),
        ("abcd", "dabc", "d"),
        ("abc", "xabyc", ""),
        ("abcx", "ac", ""),
    ],
)
def test_given_two_lists_then_the_fewest_moved_members_are_told(old: str, new: str, expected: str) -> None:
    assert moved(old, new) == set(expected)


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 9), unique=True))
def test_without_the_moved_members_both_lists_have_one_order(old: list[int], new: list[int]) -> None:
    gone = moved(old, new)
    assert gone <= set(old) & set(new)
    common = (set(old) & set(new)) - gone
    assert [one for one in old if one in common] == [one for one in new if one in common]


@given(st.permutations(range(7)))
def test_no_member_is_called_moved_that_could_have_stayed(new: list[int]) -> None:
    kept = 7 - len(moved(range(7), new))
    assert kept == max(_rising(new, start) for start in range(7))


def _rising(numbers: list[int], start: int) -> int:
    """Length of the longest rising subsequence that begins at `start`, by trying all."""
    later = [_rising(numbers, after) for after in range(start + 1, len(numbers)) if numbers[after] > numbers[start]]
    return 1 + max(later, default=0)
