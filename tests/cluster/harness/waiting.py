"""Waiting that always ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.1


def until(
    value: Callable[[], T | None], what: str | Callable[[], str], seconds: float = 60.0, pause: float = PAUSE
) -> T:
    """The first value that is true; fails with `what` when none is in time."""
    end = time.monotonic() + seconds
    while True:
        found = value()
        if found:
            return found
        if time.monotonic() >= end:
            said = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {seconds:g} s: {said}")
        time.sleep(pause)
