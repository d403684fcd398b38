"""Signals as something to wait for, so that stopping is ordinary code and handlers do nothing."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterable
from types import FrameType, TracebackType


class Signals:
    """Collects the given signals from entering the context to leaving it. Main thread only."""

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        self._numbers = tuple(numbers)
        self._read = self._write = -1
        self._previous: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Signals:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in self._numbers:
            # A handler must exist for Python to write the number to the pipe; the pipe is what we read.
            self._previous[number] = signal.signal(number, lambda *_: None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float) -> tuple[int, ...]:
        """The signals that came since the last call, in order; waits for the first at most `seconds`."""
        ready, _, _ = select.select([self._read], [], [], max(0.0, seconds))
        if not ready:
            return ()
        return tuple(os.read(self._read, 4096))
