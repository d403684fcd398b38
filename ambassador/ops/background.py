"""Work of an event loop that nobody waits for: it is not collected half-way, and a bug in it is not lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field

import structlog

from ambassador.ops import bugs

_log = structlog.get_logger()


@dataclass(slots=True)
class Background:
    """`fault`: what it means that one failed."""

    fault: str
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, work: Coroutine[None, None, None]) -> None:
        """Runs it on the running loop."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error(f"a bug: {self.fault}", traceback=bugs.stack(error))
