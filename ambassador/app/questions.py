"""What is answered from: handed over before the one who answers has been loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ambassador.ops.metrics import Metrics
from ambassador.report.revision import Revision
from ambassador.traffic.book import Book


@dataclass(frozen=True, slots=True)
class Questions:
    """Where diagnostics asks, and what it asks about.

    `book` is None where no traffic is counted; `started`: when the watcher began, in seconds of the monotonic clock.
    """

    socket: Path
    current: Callable[[], Revision]
    metrics: Metrics
    book: Book | None
    started: float
