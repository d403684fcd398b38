"""One memoised value: what it read and who read it, in as little memory as their number allows.

A configuration has some ten entries for each of its routes. Nearly all of them read a few others and are read by one or
two, while a handful (the options, the defaults of a kind) are read by every route. So a lone reader is stored as it is,
a few are a tuple, and many are a list in which those that went are looked for when they are a quarter of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_FEW_READERS = 8
_FEW_READS = 16
_CROWDED = 4


@dataclass(eq=False, slots=True)
class Entry:
    """The value of a node for a key. Compared by identity.

    `computed` and `changed` are times of the memo's clock. `suspects` are the reads that may have changed since
    `computed`; None when clean.
    """

    node: Any
    key: Any
    value: Any = None
    changed: int = 0
    computed: int = 0
    reads: Reads = ()
    suspects: set[Entry] | None = None
    _readers: Entry | tuple[Entry, ...] | _Crowd = ()

    @property
    def is_read(self) -> bool:
        """Whether anything reads it."""
        return bool(self._readers)

    @property
    def readers(self) -> Iterable[Entry]:
        """Whoever reads it; one of them may be named twice."""
        known = self._readers
        if isinstance(known, Entry):
            return (known,)
        return known if isinstance(known, tuple) else known.of(self)

    def add_reader(self, reader: Entry) -> None:
        """Notes a reader that was none before. Its `reads` may say so before or after."""
        known = self._readers
        if isinstance(known, _Crowd):
            known.entries.append(reader)
        elif isinstance(known, Entry):
            self._readers = (known, reader)
        elif not known:
            self._readers = reader
        else:
            several = (*known, reader)
            self._readers = several if len(several) <= _FEW_READERS else _Crowd(list(several))

    def drop_reader(self, reader: Entry) -> None:
        """Forgets a reader; its `reads` must say so already."""
        known = self._readers
        if isinstance(known, _Crowd):
            self._readers = known.without_one(self)
        elif isinstance(known, Entry):
            self._readers = ()
        else:
            self._readers = tuple([one for one in known if one is not reader])


Reads = tuple[Entry, ...] | set[Entry]


def compact(reads: set[Entry]) -> Reads:
    """What was read, as it is stored."""
    return tuple(reads) if len(reads) <= _FEW_READS else reads


@dataclass(eq=False, slots=True)
class _Crowd:
    """Readers of one entry, with `gone` of them that read it no more; whether one does, its own `reads` say."""

    entries: list[Entry]
    gone: int = 0

    def of(self, source: Entry) -> Iterable[Entry]:
        if not self.gone:
            return self.entries
        return [one for one in self.entries if source in one.reads]

    def without_one(self, source: Entry) -> _Crowd | tuple[Entry, ...]:
        self.gone += 1
        if _CROWDED * self.gone <= len(self.entries):
            return self
        left = tuple(dict.fromkeys(self.of(source)))
        return left if len(left) <= _FEW_READERS else _Crowd(list(left))
