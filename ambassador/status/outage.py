"""The API server does not answer: how long it is left alone, and one line in the log for each time that happens."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from ambassador.kube.backoff import Backoff
from ambassador.kube.errors import ApiError, KubeError

_log = structlog.get_logger()

_LONGEST = 10.0
_TOLD_AFTER = 2
"""A connection that was closed while idle is no outage: the second failure in a row is."""


class Outage:
    """One thread's."""

    def __init__(self, clock: Callable[[], float], backoff: Backoff | None = None) -> None:
        self._clock = clock
        self._backoff = backoff or Backoff(0.25, _LONGEST)
        self._until = 0.0
        self._told = False

    def wait(self) -> float:
        """Seconds until the server may be asked again."""
        return self._until - self._clock()

    def failed(self, error: KubeError) -> float:
        """A request got no answer, or was sent away. Returns the seconds to wait."""
        delay = self._backoff.next(error.retry_after if isinstance(error, ApiError) else None)
        self._until = self._clock() + delay
        if self._backoff.tries == _TOLD_AFTER:
            self._told = True
            _log.warning("statuses wait: the API server does not take them", why=str(error))
        return delay

    def over(self) -> None:
        """A request went well."""
        self._backoff.reset()
        if self._told:
            self._told = False
            _log.info("statuses are written again")
