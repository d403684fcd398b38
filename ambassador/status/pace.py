"""How fast the API server is asked to write, and when it is left alone. Values of one thread; no sleeping here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_ROUNDING = 1e-3
"""What may be missing of a token: nobody waits for a billionth of a second, over and over."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Writes a second in the long run, and how many at once after a quiet time."""

    per_second: float
    burst: int


class TokenBucket:
    """Counts what a rate allows."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = float(rate.burst)
        self._at = clock()

    def wait(self) -> float:
        """Seconds until the next write is allowed; 0 when it is now."""
        now = self._clock()
        gained = (now - self._at) * self._rate.per_second
        self._tokens, self._at = min(float(self._rate.burst), self._tokens + gained), now
        missing = 1.0 - self._tokens
        return missing / self._rate.per_second if missing > _ROUNDING else 0.0

    def take(self) -> None:
        """Counts one write."""
        self.wait()
        self._tokens -= 1.0
