"""Who read an entry: the same answer whether it is one, a few, or a crowd of which many have gone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.compile.entry import Entry, compact


class World:
    """One entry and others that read it or not."""

    def __init__(self, size: int) -> None:
        self.source = Entry("source", None)
        self.others = [Entry("reader", number) for number in range(size)]

    def flip(self, number: int) -> None:
        """A reader reads it no more, or reads it again."""
        reader = self.others[number]
        if reader.reads:
            reader.reads = ()
            self.source.drop_reader(reader)
        else:
            reader.reads = compact({self.source})
            self.source.add_reader(reader)

    @property
    def reading(self) -> set[int]:
        return {number for number, one in enumerate(self.others) if one.reads}

    def check(self) -> None:
        assert {one.key for one in self.source.readers} == self.reading
        assert self.source.is_read == bool(self.reading)


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), max_size=120))
def test_whoever_comes_and_goes_the_readers_are_those_that_read(flips: list[int]) -> None:
    world = World(31)
    for number in flips:
        world.flip(number)
        world.check()


@pytest.mark.parametrize("size", [1, 2, 8, 9, 100])
def test_given_readers_when_all_go_then_nobody_is_left(size: int) -> None:
    world = World(size)
    for number in (*range(size), *range(size)):
        world.flip(number)
    assert not world.source.is_read
    assert list(world.source.readers) == []


def test_given_a_crowd_when_one_reader_comes_and_goes_a_thousand_times_then_it_does_not_grow() -> None:
    world = World(20)
    for number in (*range(20), *([3] * 2000)):
        world.flip(number)
    world.check()
    assert len(list(world.source.readers)) <= 28
