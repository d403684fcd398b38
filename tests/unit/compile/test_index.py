"""Indexes: buckets follow their objects, and only buckets that changed reach their readers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambassador.compile.index import IndexState, changed_middle, index
from ambassador.compile.memo import Input, Memo, Read, rule
from ambassador.model.keys import ObjectKey

TEXT: Input[ObjectKey, str] = Input("text", "")


@rule
def letters(read: Read, key: ObjectKey) -> frozenset[tuple[str, str]]:
    """Files a word under each of its letters."""
    word = read(TEXT, key)
    return frozenset((letter, word) for letter in word)


@rule
def words_with(read: Read, letter: str) -> tuple[str, ...]:
    return read(WORDS.bucket, letter)


WORDS = index(("Word",), letters, lambda word: word, lambda places: places)


class World:
    """An index with the objects it files."""

    def __init__(self) -> None:
        self.memo = Memo()
        self.state = IndexState((WORDS,), self.memo)
        self.state.attach()
        self.keys: set[ObjectKey] = set()

    def put(self, **words: str) -> None:
        for name, word in words.items():
            key = ObjectKey("Word", "", name)
            if bool(word) != (key in self.keys):
                self.keys ^= {key}
                self.state.touch(key, bool(word))
            self.memo.set(TEXT, [(key, word)])
        self.state.refresh(self.keys.__contains__)
        self.memo.evict()

    def bucket(self, letter: str) -> tuple[str, ...]:
        return self.memo.get(WORDS.bucket, letter)


def test_objects_are_found_under_every_bucket_in_order() -> None:
    world = World()
    world.put(one="ca", two="ab")
    assert world.bucket("a") == ("ab", "ca")
    assert world.bucket("c") == ("ca",)
    assert world.memo.get(WORDS.names, None) == frozenset("abc")


def test_an_edit_moves_an_object_between_buckets() -> None:
    world = World()
    world.put(one="ca")
    world.put(one="cb")
    assert (world.bucket("a"), world.bucket("b"), world.bucket("c")) == ((), ("cb",), ("cb",))


def test_an_item_that_two_objects_give_stays_until_both_are_gone() -> None:
    world = World()
    world.put(one="a", two="a")
    world.put(one="")
    assert world.bucket("a") == ("a",)
    world.put(two="")
    assert world.bucket("a") == ()
    assert world.memo.get(WORDS.names, None) == frozenset()


def test_readers_of_other_buckets_are_not_run() -> None:
    world = World()
    world.put(one="a", two="b")
    world.memo.get(words_with, "b")
    world.memo.recomputed.clear()
    world.put(one="c")
    world.memo.get(words_with, "b")
    assert "words_with" not in [node.name for node in world.memo.recomputed]


@given(st.lists(st.dictionaries(st.sampled_from("pqrs"), st.text("abc", max_size=3), min_size=1), max_size=8))
def test_any_edits_give_the_index_of_what_is_there(edits: list[dict[str, str]]) -> None:
    world = World()
    there: dict[str, str] = {}
    for edit in edits:
        world.put(**edit)
        there |= edit
    for letter in "abc":
        assert world.bucket(letter) == tuple(sorted({word for word in there.values() if letter in word}))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1000])
def test_the_changed_middle_is_found_at_any_size(size: int) -> None:
    old = tuple(range(size))
    for place in {0, size // 2, size}:
        new = (*old[:place], -1, *old[place:])
        assert changed_middle(old, new) == (place, place, place + 1)
        assert changed_middle(new, old) == (place, place + 1, place)


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_the_changed_middle_turns_one_sequence_into_the_other(one: list[int], other: list[int]) -> None:
    old, new = tuple(one), tuple(other)
    start, old_end, new_end = changed_middle(old, new)
    assert (*old[:start], *new[start:new_end], *old[old_end:]) == new
    assert old[:start] == new[:start]
