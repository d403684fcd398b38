"""How long to wait before the next try."""

from __future__ import annotations

import random
from collections.abc import Callable

_MOST_DOUBLINGS = 16


class Backoff:
    """Jittered exponential delays from `first` to `most` seconds. Not shared between threads."""

    def __init__(
        self, first: float = 0.5, most: float = 30.0, uniform: Callable[[float, float], float] = random.uniform
    ) -> None:
        self._first = first
        self._most = most
        self._uniform = uniform
        self._tries = 0

    @property
    def tries(self) -> int:
        """Delays given since the last reset."""
        return self._tries

    def next(self, retry_after: float | None = None) -> float:
        """Seconds to wait now: half to all of the doubled delay, and never less than the server asked for."""
        full = min(self._most, self._first * 2 ** min(self._tries, _MOST_DOUBLINGS))
        self._tries += 1
        delay = self._uniform(full / 2, full)
        # Clients that were all sent away with one number shall not come back in one moment.
        return delay if retry_after is None else max(delay, retry_after + self._uniform(0, min(1.0, full / 2)))

    def reset(self) -> None:
        """It worked."""
        self._tries = 0
