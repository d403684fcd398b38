"""Hashes that are computed once, for frozen values that serve as keys of large tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any


class HashedOnce:
    """Base of frozen, slotted dataclasses whose hash is remembered.

    A dataclass makes a `__hash__` of its own unless its body names one, so each says `__hash__ = HashedOnce.__hash__`.
    """

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            cls: Any = type(self)
            found = hash(_compared(cls)(self))
            object.__setattr__(self, "_hash", found)
            return found


@cache
def _compared(cls: Any) -> Callable[[object], object]:
    """Reads the fields that count. A pure memo: what fields a class has never changes."""
    return attrgetter(*(one.name for one in fields(cls) if one.compare))
