"""A table that does not change, and the next one made of it: an edit among very many objects copies few of them."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from math import isqrt
from typing import TypeVar, cast, overload

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")

_FEW = 64


class LayeredTable(Mapping[K, V]):
    """`base` is shared by successive tables; `upper` is what differs from it, None for what is gone.

    What differs is folded into a base of its own when it becomes much: so few are copied each time, and all seldom.
    """

    __slots__ = ("_base", "_size", "_upper")

    def __init__(self, base: Mapping[K, V], upper: Mapping[K, V | None] | None = None) -> None:
        self._base = base
        self._upper = upper or {}
        self._size = len(base) + sum((value is not None) - (key in base) for key, value in self._upper.items())

    def changed(self, changes: Mapping[K, V | None]) -> LayeredTable[K, V]:
        """This table with other values under some keys (None: gone)."""
        if not changes:
            return self
        upper = {**self._upper, **changes}
        if len(upper) > _FEW + 2 * isqrt(len(self._base)):
            return LayeredTable(_folded(self._base, upper))
        return LayeredTable(self._base, upper)

    def differing(self, other: Mapping[K, V]) -> set[K] | None:
        """All keys under which another table may have another object; None where only a look at everything tells."""
        if not isinstance(other, LayeredTable) or other._base is not self._base:
            return None
        mine, its = self._upper, other._upper
        return {key for key in mine.keys() | its.keys() if self.get(key) is not other.get(key)}

    def flat(self) -> Mapping[K, V]:
        """The same as one plain table: for those who look at everything."""
        return _folded(self._base, self._upper) if self._upper else self._base

    @overload
    def get(self, key: K, /) -> V | None: ...

    @overload
    def get(self, key: K, /, default: V | D) -> V | D: ...

    def get(self, key: K, /, default: V | D | None = None) -> V | D | None:
        """As of any table; found in C, mostly."""
        if key not in self._upper:
            return self._base.get(key, default)
        value = self._upper[key]
        return default if value is None else value

    def __getitem__(self, key: K) -> V:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self.get(cast("K", key)) is not None

    def __iter__(self) -> Iterator[K]:
        return iter(self.flat())

    def items(self) -> ItemsView[K, V]:
        return self.flat().items()

    def values(self) -> ValuesView[V]:
        return self.flat().values()

    def __len__(self) -> int:
        return self._size


def _folded(base: Mapping[K, V], upper: Mapping[K, V | None]) -> dict[K, V]:
    folded = dict(base)
    for key, value in upper.items():
        if value is None:
            folded.pop(key, None)
        else:
            folded[key] = value
    return folded


def layered(table: Mapping[K, V]) -> LayeredTable[K, V]:
    """Any table that nobody changes, as one of these."""
    return table if isinstance(table, LayeredTable) else LayeredTable(table)


def flat(table: Mapping[K, V]) -> Mapping[K, V]:
    """Any table as a plain one."""
    return table.flat() if isinstance(table, LayeredTable) else table


def differing(old: Mapping[K, V], new: Mapping[K, V]) -> set[K] | None:
    """All keys under which two tables may have different objects; None where only a look at everything tells."""
    return old.differing(new) if isinstance(old, LayeredTable) else None
