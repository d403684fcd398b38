"""Runs the watching source on real folders and waits, with a bound, for what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Reason
from ambassador.sources.burst import HoldOff
from ambassador.sources.collect import Arrival, collect
from ambassador.sources.files import FolderSource
from ambassador.sources.last_good import LastGood
from ambassador.sources.pending import Delays

PATIENCE = 20.0
QUICK = Delays(unclosed=0.3, gone=0.05, gone_longest=1.0)
# For tests in which nothing may be dropped: a machine that stalls between two steps must not look like a removal.
UNHURRIED = Delays(unclosed=10.0, gone=10.0, gone_longest=60.0)


class Watched:
    """The snapshots of running sources. `history` holds all that settled, in order."""

    def __init__(self, arrivals: AsyncGenerator[Arrival, None]) -> None:
        self._arrivals = arrivals
        self.history: list[ConfigSnapshot] = []

    @property
    def latest(self) -> ConfigSnapshot:
        return self.history[-1]

    async def next(self) -> ConfigSnapshot:
        """The next snapshot."""
        async with asyncio.timeout(PATIENCE):
            while not (arrival := await anext(self._arrivals)).settled:
                pass
        self.history.append(arrival.config)
        return self.latest

    async def until(self, wanted: Callable[[ConfigSnapshot], bool]) -> ConfigSnapshot:
        """The first snapshot, the latest one included, that is as wanted."""
        while not self.history or not wanted(self.latest):
            await self.next()
        return self.latest

    def prefix(self, key: ObjectKey) -> object:
        """`spec.prefix` of a Mapping in the latest snapshot; None when there is no such Mapping."""
        value = self.latest.objects.get(key)
        spec = value.content["spec"] if value else {}
        return spec.get("prefix") if isinstance(spec, dict) else None

    async def until_prefix(self, key: ObjectKey, prefix: object) -> ConfigSnapshot:
        return await self.until(lambda _: self.prefix(key) == prefix)

    async def until_reasons(self, *reasons: Reason) -> ConfigSnapshot:
        return await self.until(lambda snapshot: [problem.reason for problem in snapshot.problems] == list(reasons))


@asynccontextmanager
async def watching(*roots: Path, last_good: LastGood | None = None, delays: Delays = QUICK) -> AsyncIterator[Watched]:
    """The folders, watched, with the first snapshot already there."""
    sources = [FolderSource(root, last_good, delays, check_every=0.05) for root in roots]
    async with aclosing(collect(sources, HoldOff(quiet=0.002, longest=0.1))) as arrivals:
        watched = Watched(arrivals)
        await watched.next()
        yield watched
