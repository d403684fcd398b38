"""A source whose objects outlive the process: what a cluster gave last is served while it can't be reached at start.

What is remembered is marked stale, and replaced as a whole when the source itself is complete.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

from ambassador.model.config_snapshot import SourceState
from ambassador.model.keys import ObjectKey
from ambassador.sources.base import CLUSTER_PLACE, Batch, Change, Source
from ambassador.sources.last_good import LastGood, Row

_FILE = "cluster"
"""Under which name the memory has the objects; no path of a file looks like it."""


@dataclass(frozen=True, slots=True)
class RememberedSource:
    """`inner` with a memory. `patience`: seconds after which the memory speaks for a source that is not complete.

    `last_good` is started and stopped by its owner.
    """

    inner: Source
    last_good: LastGood
    patience: float = 3.0

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Batches of `inner`; before it is complete perhaps one from memory."""
        queue: asyncio.Queue[Batch | None] = asyncio.Queue()
        pump = asyncio.create_task(_pump(self.inner, queue))
        pump.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            async for batch in self._until_complete(queue):
                yield batch
            while (next_batch := await queue.get()) is not None:
                self._record(next_batch.changes)
                yield next_batch
            pump.result()
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    async def _until_complete(self, queue: asyncio.Queue[Batch | None]) -> AsyncGenerator[Batch, None]:
        """Everything up to the batch with which `inner` is complete."""
        state = SourceState("cluster", "kubernetes", complete=False)
        given: set[ObjectKey] = set()
        remembered: frozenset[ObjectKey] | None = None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience
        while True:
            left = None if remembered is not None else max(deadline - loop.time(), 0.0)
            try:
                batch = await asyncio.wait_for(queue.get(), left)
            except TimeoutError:
                old = await asyncio.to_thread(self.last_good.of_file, _FILE)
                remembered = frozenset(old)
                if remembered:
                    changes = (Change(CLUSTER_PLACE, key, kept.object) for key, kept in old.items() if key not in given)
                    yield Batch(_stale(state), tuple(changes))
                continue
            if batch is None:
                queue.put_nowait(None)
                return
            given = given.difference(change.key for change in batch.changes)
            given |= {change.key for change in batch.changes if change.object is not None}
            self._record(batch.changes)
            state = batch.state
            if state.complete:
                self.last_good.forget(_FILE, {_FILE: given})
                yield _without(batch, (remembered or frozenset()) - given)
                return
            yield replace(batch, state=_stale(state)) if remembered else batch

    def _record(self, changes: Iterable[Change]) -> None:
        self.last_good.record([Row(_FILE, change.key, change.object) for change in changes])


async def _pump(source: Source, queue: asyncio.Queue[Batch | None]) -> None:
    async with aclosing(source.batches()) as batches:
        async for batch in batches:
            queue.put_nowait(batch)


def _stale(state: SourceState) -> SourceState:
    message = f"{state.message or 'the API server does not answer'}; serving what was known before"
    return replace(state, complete=True, stale=True, message=message)


def _without(batch: Batch, gone: Iterable[ObjectKey]) -> Batch:
    """The batch with the removal of what the source does not have any more."""
    named = {change.key for change in batch.changes}
    removals = tuple(Change(CLUSTER_PLACE, key, None) for key in sorted(gone) if key not in named)
    return replace(batch, changes=(*batch.changes, *removals))
