"""Whether the API server answers at all, and how long threads wait before they ask it again.

While it is away one thread asks once a second; all others wait for that one's word, so that they neither hammer the
server nor sleep on when it is back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Reach:
    """Shared by all threads of a source. `tell` hears of every change: empty when it answers, else what is wrong."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._changed = threading.Condition()
        self._message = ""
        self._since = 0.0
        self._recoveries = 0
        self._suspicions = 0
        self._stopped = False

    @property
    def stopped(self) -> bool:
        return self._stopped

    @property
    def away(self) -> bool:
        """Whether the server did not answer when it was last asked."""
        return bool(self._message)

    def stop(self) -> None:
        """Nobody waits any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def answered(self) -> float | None:
        """The server answered. If it had not before: since when (monotonic), so that older connections are suspect."""
        with self._changed:
            if not self._message:
                return None
            self._message = ""
            self._recoveries += 1
            self._changed.notify_all()
        self._tell("")
        return self._since

    def silent(self, message: str) -> None:
        """The server does not answer."""
        with self._changed:
            news = message != self._message
            if not self._message:
                self._since = time.monotonic()
            self._message = message
        if news:
            self._tell(message)

    def suspect(self) -> None:
        """Something failed that may mean that the server is away: have it asked now."""
        with self._changed:
            self._suspicions += 1
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Waits, but no longer than until the server is back."""
        with self._changed:
            seen = self._recoveries
            self._changed.wait_for(lambda: self._stopped or self._recoveries != seen, seconds)

    def rest(self, seconds: float, suspicions: int) -> int:
        """Waits, but not when there are other than the `suspicions` known; how many there are now."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._suspicions != suspicions, seconds)
            return self._suspicions
