"""Which of two lists' common members stand in another order: the fewest that had to be moved."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def moved(old: Sequence[K], new: Sequence[K]) -> frozenset[K]:
    """Members of both lists without which the rest of both is in one order. Each list has a member at most once."""
    places = {key: place for place, key in enumerate(old)}
    common = [key for key in new if key in places]
    kept = _longest_rising([places[key] for key in common])
    return frozenset(common).difference(common[index] for index in kept)


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Indexes of a longest rising subsequence (patience sorting)."""
    tails: list[int] = []
    indexes: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        pile = bisect_left(tails, number)
        before.append(indexes[pile - 1] if pile else -1)
        tails[pile : pile + 1] = [number]
        indexes[pile : pile + 1] = [index]
    found: list[int] = []
    index = indexes[-1] if indexes else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found
