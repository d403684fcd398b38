"""Batches that come close behind one another, as one change: what has come, and how long to wait for more.

Belongs to one event loop. Must not know what is in a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from ambassador.sources.base import Batch

Item = tuple[int, Batch | None]
"""A source's number and its next batch; None: it has ended."""


@dataclass(frozen=True, slots=True)
class HoldOff:
    """How long a change waits for others, in seconds: until `quiet` passed without one, but at most `longest`."""

    quiet: float = 0.002
    longest: float = 0.2


@dataclass(slots=True)
class Burst:
    """`clock`: seconds of the loop. `_first` and `_last`: when the first and the newest of this burst came."""

    hold_off: HoldOff
    clock: Callable[[], float]
    _queue: asyncio.Queue[tuple[float, Item]] = field(default_factory=asyncio.Queue)
    _first: float = 0.0
    _last: float = 0.0

    def put(self, number: int, batch: Batch | None) -> None:
        """Something came. That it had to be read first is part of the hold-off."""
        since = None if batch is None else batch.since
        self._queue.put_nowait((self.clock() if since is None else since, (number, batch)))

    async def begin(self) -> list[Item]:
        """The next burst so far: at least one item, waited for."""
        self._first, item = await self._queue.get()
        self._last = self._first
        return [item, *self._more()]

    @property
    def goes_on(self) -> bool:
        """Whether more is waited for."""
        return self._left() > 0

    async def rest(self) -> list[Item]:
        """What comes until the burst is over."""
        items = self._more()
        while (left := self._left()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    self._last, item = await self._queue.get()
                    items += [item, *self._more()]
        return items

    def _left(self) -> float:
        # In whole milliseconds, as the system waits: a fraction would cost another one.
        return round(min(self._last + self.hold_off.quiet, self._first + self.hold_off.longest) - self.clock(), 3)

    def _more(self) -> list[Item]:
        items: list[Item] = []
        while not self._queue.empty():
            self._last, item = self._queue.get_nowait()
            items.append(item)
        return items
