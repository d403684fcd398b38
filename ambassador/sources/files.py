"""A folder of manifests (or one file) as a source: watched and read on a thread of its own, given as batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ambassador.sources.ahead import Tell
from ambassador.sources.base import Batch
from ambassador.sources.last_good import LastGood
from ambassador.sources.pending import Delays
from ambassador.sources.watcher import FolderWatcher


@dataclass(frozen=True, slots=True)
class FolderSource:
    """One `--config` path. `last_good` is started and stopped by its owner.

    `check_every`: seconds between looks at the root itself; four times as long between looks at everything, when the
    system gives no watches. `ahead` is called with objects of a large folder, on another thread, while it is first
    read.
    """

    root: Path
    last_good: LastGood | None = None
    delays: Delays = field(default_factory=Delays)
    check_every: float = 0.5
    ahead: Tell | None = None

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Batches; the first, complete, when every file has been read once. Close it (`aclosing`) to end the thread."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Batch | None] = asyncio.Queue()

        def hand_over(batch: Batch) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, batch)

        watcher = FolderWatcher(str(self.root), hand_over, self.last_good, self.delays, self.check_every, self.ahead)
        with ThreadPoolExecutor(1, f"folder {self.root}") as executor:
            work = loop.run_in_executor(executor, watcher.run)
            work.add_done_callback(lambda _: queue.put_nowait(None))
            try:
                while (batch := await queue.get()) is not None:
                    yield batch
            finally:
                watcher.stop()
                await work
