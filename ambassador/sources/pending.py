"""What is to be read or dropped, and when: the rules for writers that are not done yet.

Pure: paths and a clock's numbers in, paths out. Times are seconds of one monotonic clock. Must not touch the disk.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Delays:
    """How long to wait for a writer.

    `unclosed`: a file that is written but not closed is read after that time, and an emptied one believed empty.
    `gone`: files that went away are dropped when no other went away for so long (editors replace files by removing
    them, folders are removed file by file), at the latest after `gone_longest`.
    """

    unclosed: float = 1.0
    gone: float = 0.1
    gone_longest: float = 5.0


@dataclass(frozen=True, slots=True)
class Due:
    """What to do now.

    `reads`: complete files; `confirmed`: files that were empty and had time to be filled; `partial`: files that
    somebody may still be writing.
    """

    reads: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    removals: tuple[str, ...] = ()


@dataclass(slots=True)
class Pending:
    """Collects what happened to paths until its time has come."""

    delays: Delays = field(default_factory=Delays)
    _reads: set[str] = field(default_factory=set)
    _unclosed: dict[str, float] = field(default_factory=dict)
    _emptied: dict[str, float] = field(default_factory=dict)
    _renamed: set[str] = field(default_factory=set)
    _gone: set[str] = field(default_factory=set)
    _first_gone: float = 0.0
    _last_gone: float = 0.0

    def written(self, path: str) -> None:
        """The file is complete: closed after writing, or moved to its place."""
        self._forget(path)
        self._reads.add(path)

    def writing(self, path: str, now: float) -> None:
        """The file was made or changed and is still open."""
        self._gone.discard(path)
        self._renamed.discard(path)
        self._emptied.pop(path, None)
        if path not in self._reads:
            self._unclosed.setdefault(path, now + self.delays.unclosed)

    def emptied(self, path: str, now: float) -> None:
        """The file was complete and empty: the first half of a rewrite, unless it stays so."""
        self._emptied.setdefault(path, now + self.delays.unclosed)

    def gone(self, path: str, now: float) -> None:
        """The file is no longer there."""
        self._forget(path)
        self._first_gone = self._first_gone if self._gone else now
        self._last_gone = now
        self._gone.add(path)

    def renamed(self, path: str) -> None:
        """The file is at another place now: no need to wait for a new one here."""
        self._forget(path)
        self._renamed.add(path)

    def stop_removals(self) -> None:
        """Nothing that went away is dropped: the whole folder went."""
        self._gone.clear()
        self._renamed.clear()

    def next_at(self) -> float | None:
        """When `due` will have something; None when nothing waits."""
        if self._reads or self._renamed:
            return 0.0
        # Both are in the order of their times: each path waits equally long.
        times = [next(iter(waiting.values())) for waiting in (self._unclosed, self._emptied) if waiting]
        if self._gone:
            times.append(self._drop_at())
        return min(times, default=None)

    def due(self, now: float) -> Due:
        """What to do at `now`; it is no longer waited for afterwards."""
        next_at = self.next_at()
        if next_at is None or next_at > now:
            return Due()
        removals = self._renamed | (self._gone if self._drop_at() <= now else set())
        due = Due(
            tuple(sorted(self._reads)), _past(self._emptied, now), _past(self._unclosed, now), tuple(sorted(removals))
        )
        for path in (*due.reads, *due.confirmed, *due.partial, *due.removals):
            self._forget(path)
        return due

    def _drop_at(self) -> float:
        return min(self._last_gone + self.delays.gone, self._first_gone + self.delays.gone_longest)

    def _forget(self, path: str) -> None:
        self._reads.discard(path)
        self._renamed.discard(path)
        self._gone.discard(path)
        self._unclosed.pop(path, None)
        self._emptied.pop(path, None)


def _past(times: dict[str, float], now: float) -> tuple[str, ...]:
    return tuple(sorted(path for path, time in times.items() if time <= now))
