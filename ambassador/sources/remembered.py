"""A source whose objects outlive the process: what a cluster gave last is served while it can't be reached at start.

What is remembered is marked stale. It goes when the source itself is complete, except for kinds that the source still
cannot read, and for Secrets that it is about to read: what is not known to be gone is not taken away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace

from ambassador.model.config_snapshot import SourceState
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.sources.base import CLUSTER_PLACE, Batch, Change, Source
from ambassador.sources.last_good import LastGood, Row

_FILE = "cluster"
"""Under which name the memory has the objects; no path of a file looks like it."""


Expected = Callable[[], Collection[ObjectKey]]


@dataclass(frozen=True, slots=True)
class RememberedSource:
    """`inner` with a memory. `patience`: seconds after which the memory speaks for a source that is not complete.

    `last_good` is started and stopped by its owner. `expected` are objects that are known to be there and still to be
    given: Secrets, which are read when somebody names them.
    """

    inner: Source
    last_good: LastGood
    patience: float = 3.0
    expected: Expected = tuple

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Batches of `inner`; before it is complete perhaps one from memory."""
        queue: asyncio.Queue[Batch | None] = asyncio.Queue()
        pump = asyncio.create_task(_pump(self.inner, queue))
        pump.add_done_callback(lambda _: queue.put_nowait(None))
        try:
            async with aclosing(self._with_memory(queue)) as batches:
                async for batch in batches:
                    yield batch
            pump.result()
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    async def _with_memory(self, queue: asyncio.Queue[Batch | None]) -> AsyncGenerator[Batch, None]:
        run = _Run(self.last_good, self.expected)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience
        while True:
            left = None if run.asked or run.complete else max(deadline - loop.time(), 0.0)
            try:
                batch = await asyncio.wait_for(queue.get(), left)
            except TimeoutError:
                await run.ask()
                if run.left:
                    yield run.from_memory(frozenset(run.left))
                continue
            if batch is None:
                return
            if batch.state.complete and batch.unread and not run.asked and not run.complete:
                await run.ask()
                unread = frozenset(key for key in run.left if key.kind in batch.unread)
                run.left = {key: run.left[key] for key in unread}
                if unread:
                    yield run.from_memory(unread)
            yield run.take(batch)


@dataclass(slots=True)
class _Run:
    """One reading of a source. `left` is what only the memory gives, `_given` what the source gave until it was whole.

    `asked`: the memory was; `complete`: the source was, once; `_spoken`: objects of the memory were given.
    """

    last_good: LastGood
    expected: Expected
    left: dict[ObjectKey, SourceObject] = field(default_factory=dict)
    asked: bool = False
    complete: bool = False
    _spoken: bool = False
    _given: set[ObjectKey] = field(default_factory=set)
    _state: SourceState = SourceState("cluster", "kubernetes", complete=False)

    async def ask(self) -> None:
        """Asks the memory for what the source has not given."""
        old = await asyncio.to_thread(self.last_good.of_file, _FILE)
        self.left = {key: kept.object for key, kept in old.items() if key not in self._given}
        self.asked = True

    def from_memory(self, keys: frozenset[ObjectKey]) -> Batch:
        """These objects, as they were."""
        self._spoken = True
        changes = (Change(CLUSTER_PLACE, key, one) for key, one in self.left.items() if key in keys)
        return Batch(_stale(self._state), tuple(changes))

    def take(self, batch: Batch) -> Batch:
        """A batch of the source: it wins over the memory, which goes as soon as it is known what there is."""
        for change in batch.changes:
            self.left.pop(change.key, None)
        rows = [Row(_FILE, change.key, change.object) for change in batch.changes]
        self._state = batch.state
        if not self.complete:
            self._given.difference_update(change.key for change in batch.changes)
            self._given.update(change.key for change in batch.changes if change.object is not None)
        if not self.complete and not batch.state.complete:
            self.last_good.record(rows)
            return replace(batch, state=_stale(batch.state)) if self._spoken else batch
        gone = self._gone(batch.unread)
        self.last_good.record([*rows, *(Row(_FILE, key, None) for key in gone)])
        if not self.complete:
            self.complete = True
            self.last_good.forget(_FILE, {_FILE: self._given | self.left.keys()})
            self._given = set()
        removals = tuple(Change(CLUSTER_PLACE, key, None) for key in gone)
        unread = any(key.kind in batch.unread for key in self.left)
        return replace(batch, state=_stale(batch.state) if unread else batch.state, changes=(*batch.changes, *removals))

    def _gone(self, unread: frozenset[str]) -> list[ObjectKey]:
        """What the memory need not speak for any more, and the source does not give."""
        if not self.left:
            return []
        expected = self.expected()
        gone = sorted(key for key in self.left if key.kind not in unread and key not in expected)
        for key in gone:
            del self.left[key]
        return gone


async def _pump(source: Source, queue: asyncio.Queue[Batch | None]) -> None:
    async with aclosing(source.batches()) as batches:
        async for batch in batches:
            queue.put_nowait(batch)


def _stale(state: SourceState) -> SourceState:
    message = f"{state.message or 'not all of the cluster can be read'}; serving what was known before"
    return replace(state, complete=True, stale=True, message=message)
