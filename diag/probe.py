"""Asks a part for its state without keeping a health check waiting: a late answer is replaced by the last one.

A watcher in the middle of a large compile, or a busy Envoy, may need longer than a health check can wait. That is no
reason to call it dead, so what it said a moment ago counts. A refused connection is an answer and counts at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from diag.client import TIMEOUT, TooSlow

T = TypeVar("T")

PATIENCE = 0.07
MEMORY = 10.0


class Probe(Generic[T]):
    """Remembers the last answer of one part. Safe to share between threads: the memory is one reference.

    `ask` takes a timeout in seconds, and raises `Unavailable`. `clock` is monotonic, in seconds.
    """

    def __init__(self, ask: Callable[[float], T], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._last: tuple[float, T] | None = None

    def answer(self) -> T:
        """What the part says now, or said at most 10 s ago when it takes longer than 70 ms.

        Raises:
            Unavailable: it is not there, or has not answered in time for longer than that.
        """
        try:
            return self._remember(self._ask(PATIENCE))
        except TooSlow:
            last = self._last
            if last is not None and self._clock() - last[0] <= MEMORY:
                return last[1]
            return self._remember(self._ask(TIMEOUT))

    def _remember(self, value: T) -> T:
        self._last = (self._clock(), value)
        return value
