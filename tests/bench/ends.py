"""Makes a bench that is told to stop end what it started: SIGTERM and SIGHUP become an exception, as SIGINT is one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOPPING = (signal.SIGTERM, signal.SIGHUP)


class StoppedError(BaseException):
    """A signal came. No `Exception`: nothing may take it for a failed measurement."""


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Raises `StoppedError` in the main thread when a signal comes.

    Raises:
        SystemExit: with 128 and the signal's number, when everything has ended.
    """
    before = {one: signal.signal(one, _raise) for one in _STOPPING}
    try:
        yield
    except StoppedError as stopped:
        raise SystemExit(128 + stopped.args[0]) from stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, _: FrameType | None) -> None:
    raise StoppedError(number)
