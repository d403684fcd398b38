"""Inverse tables over objects of some kinds, updated per changed object: "routes by host", "slices by Service".

An `Index` files each object under buckets that a rule computes from the object. A bucket is an input of the memo: it
changes only when its own contents do, so an edit reaches just the readers of the buckets it touches.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ambassador.compile.memo import Input, Memo, Rule
from ambassador.model.keys import ObjectKey

F = TypeVar("F")
B = TypeVar("B", bound=Hashable)
Item = TypeVar("Item", bound=Hashable)

# Above this many additions at once, sorting a bucket anew is cheaper than inserting into it one by one.
_BULK = 64
_CHUNK = 256


@dataclass(frozen=True, eq=False, slots=True)
class Index(Generic[F, B, Item]):
    """Declaration: objects of `kinds` are filed into buckets of items, each bucket sorted by `order`. No two
    items of a bucket may be equal in it.

    `classify` says where an object belongs, and `pick` which part of that is this index's: one rule can feed several.

    `bucket` and `names` are what rules read: the items of one bucket, and which buckets have any; the latter only of
    an index that is `named`, since it grows with each bucket.
    """

    kinds: tuple[str, ...]
    classify: Rule[ObjectKey, F]
    pick: Callable[[F], frozenset[tuple[B, Item]]]
    order: Callable[[Item], Any]
    bucket: Input[B, tuple[Item, ...]]
    names: Input[None, frozenset[B]]
    named: bool = True


def index(
    kinds: tuple[str, ...],
    classify: Rule[ObjectKey, F],
    order: Callable[[Item], Any],
    pick: Callable[[F], frozenset[tuple[B, Item]]],
    *,
    named: bool = True,
) -> Index[F, B, Item]:
    """Declares an index; items that several objects give to one bucket are there once."""
    name = classify.name
    bucket: Input[B, tuple[Item, ...]] = Input(f"{name} bucket", ())
    return Index(kinds, classify, pick, order, bucket, Input(f"{name} buckets", frozenset()), named)


def states(indexes: Iterable[Index[Any, Any, Any]], memo: Memo) -> tuple[IndexState[Any], ...]:
    """Live indexes, in the order in which they are given; those that file by one rule are one."""
    together: dict[Rule[ObjectKey, Any], list[Index[Any, Any, Any]]] = {}
    for one in indexes:
        together.setdefault(one.classify, []).append(one)
    return tuple(IndexState(tuple(found), memo) for found in together.values())


class IndexState(Generic[F]):
    """The live contents of indexes that file by one rule. A bucket's items are kept in the memo alone."""

    def __init__(self, declarations: tuple[Index[F, Any, Any], ...], memo: Memo) -> None:
        self._memo = memo
        self._classify = declarations[0].classify
        self._parts = tuple(_Part(one, memo) for one in declarations)
        self._filed: dict[ObjectKey, F] = {}
        self._pending: set[ObjectKey] = set()

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of objects that are filed."""
        return frozenset(kind for part in self._parts for kind in part.declaration.kinds)

    def attach(self) -> None:
        """Listens for objects whose place may have changed."""
        self._memo.watch(self._classify, self._pending.add)

    def touch(self, key: ObjectKey, present: bool) -> None:
        """An object was added or removed."""
        self._pending.add(key)
        if present:
            self._memo.pin(self._classify, key)
        else:
            self._memo.unpin(self._classify, key)

    def refresh(self, present: Callable[[ObjectKey], bool], only: Collection[ObjectKey] | None = None) -> None:
        """Files anew what may have changed (`only`: of these objects) and sets the buckets that did."""
        pending = self._pending if only is None else self._pending.intersection(only)
        # A rule may fail here: until all have answered, nothing may be forgotten and nothing filed.
        places = [(key, self._memo.get(self._classify, key) if present(key) else None) for key in pending]
        self._pending -= pending
        moved: list[tuple[ObjectKey, F | None, F | None]] = []
        for key, new in places:
            old = self._filed.get(key)
            if old is not new:
                moved.append((key, old, new))
            if new is None:
                self._filed.pop(key, None)
            else:
                self._filed[key] = new
        for part in self._parts:
            part.move(moved)


class _Part(Generic[F, B, Item]):
    """One index. `more` counts the objects that give an item, beyond the first."""

    def __init__(self, declaration: Index[F, B, Item], memo: Memo) -> None:
        self.declaration = declaration
        self._memo = memo
        self._names: set[B] = set()
        self._more: dict[tuple[B, Item], int] = {}

    def move(self, moved: Iterable[tuple[ObjectKey, F | None, F | None]]) -> None:
        """Files objects in other places than before."""
        kinds = self.declaration.kinds
        added: dict[B, list[Item]] = {}
        removed: dict[B, list[Item]] = {}
        for key, old, new in moved:
            if key.kind in kinds:
                before, after = self._places(old), self._places(new)
                if before:
                    _count(removed, before - after)
                    after -= before
                _count(added, after)
        if added or removed:
            self._publish(added, removed)

    def _places(self, found: F | None) -> frozenset[tuple[B, Item]]:
        return frozenset() if found is None else self.declaration.pick(found)

    def _publish(self, added: dict[B, list[Item]], removed: dict[B, list[Item]]) -> None:
        bucket = self.declaration.bucket
        changes = []
        for name in added.keys() | removed.keys():
            items = self._memo.get(bucket, name)
            # First what goes: an item that takes another one's place has its place in the order, too.
            left = self._without(name, list(items), removed.get(name, ()))
            changes.append((name, tuple(self._with(name, left, added.get(name, ())))))
        self._memo.set(bucket, changes)
        appeared = {name for name, items in changes if items} - self._names
        gone = {name for name, items in changes if not items} & self._names
        if self.declaration.named and (appeared or gone):
            self._names = (self._names - gone) | appeared
            self._memo.set(self.declaration.names, [(None, frozenset(self._names))])

    def _without(self, name: B, items: list[Item], removed: Iterable[Item]) -> list[Item]:
        order = self.declaration.order
        for item in removed:
            more = self._more.get((name, item), 0)
            if more > 1:
                self._more[name, item] = more - 1
            elif more:
                del self._more[name, item]
            else:
                # Where the order says nothing, the place is only where to begin.
                del items[items.index(item, bisect_left(items, order(item), key=order))]
        return items

    def _with(self, name: B, items: list[Item], added: Sequence[Item]) -> list[Item]:
        if not items and len(added) == 1:
            return list(added)
        order = self.declaration.order
        fresh = []
        for item, count in Counter(added).items():
            place = bisect_left(items, order(item), key=order)
            there = place < len(items) and items[place] == item
            if not there:
                fresh.append(item)
            if more := count if there else count - 1:
                self._more[name, item] = self._more.get((name, item), 0) + more
        if len(fresh) > _BULK:
            return sorted([*items, *fresh], key=order)
        for item in fresh:
            items.insert(bisect_left(items, order(item), key=order), item)
        return items


def _count(table: dict[B, list[Item]], pairs: Iterable[tuple[B, Item]]) -> None:
    for name, item in pairs:
        table.setdefault(name, []).append(item)


def changed_middle(old: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[int, int, int]:
    """Where two sequences differ: `old[start:old_end]` became `new[start:new_end]`.

    Compares slices, which runs in C and stops at identical elements: 0.1 ms for 10,000 elements.
    """
    limit = min(len(old), len(new))
    start = _equal(limit, lambda low, high: old[low:high] == new[low:high])
    before, after = len(old), len(new)
    same = _equal(limit - start, lambda low, high: old[before - high : before - low] == new[after - high : after - low])
    return start, before - same, after - same


def _equal(limit: int, alike: Callable[[int, int], bool]) -> int:
    """How many elements from the start on are equal, at most `limit`."""
    low = 0
    while low < limit and alike(low, min(low + _CHUNK, limit)):
        low = min(low + _CHUNK, limit)
    while low < limit and alike(low, low + 1):
        low += 1
    return low
