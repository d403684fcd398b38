"""Hashes that are computed once, for frozen values that serve as keys of large tables."""

from __future__ import annotations

from dataclasses import fields


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
            values = tuple(getattr(self, one.name) for one in fields(self) if one.compare)  # type: ignore[arg-type]
            object.__setattr__(self, "_hash", hash(values))
            return self._hash
