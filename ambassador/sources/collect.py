"""All sources → one stream of ConfigSnapshots: waits for the first complete picture, then joins bursts.

Runs on the event loop and does no reading or parsing itself. Must not know what kind of source it joins.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.sources.base import Batch, Source
from ambassador.sources.merge import Merge


@dataclass(frozen=True, slots=True)
class HoldOff:
    """How long a change waits for others, in seconds: until `quiet` passed without one, but at most `longest`."""

    quiet: float = 0.002
    longest: float = 0.2


_HOLD_OFF = HoldOff()
_LARGE = 200
_Queue = asyncio.Queue[tuple[int, Batch | None]]


async def collect(sources: Sequence[Source], hold_off: HoldOff = _HOLD_OFF) -> AsyncGenerator[ConfigSnapshot, None]:
    """Snapshots of everything that `sources` give, the first when all of them are complete.

    A slow consumer gets the latest state, not every state. Ends when all sources ended; close it (`aclosing`) to stop
    them. A source that fails raises its error here.
    """
    queue: _Queue = asyncio.Queue()
    merge = Merge(len(sources))
    pumps = [asyncio.create_task(_pump(number, source, queue)) for number, source in enumerate(sources)]
    for number, pump in enumerate(pumps):
        pump.add_done_callback(partial(_announce_end, queue, number))
    try:
        running = set(range(len(pumps)))
        while running:
            burst = await _burst(queue, hold_off)
            ended = {number for number, batch in burst if batch is None}
            for number in ended:
                pumps[number].result()
            running -= ended
            batches = [(number, batch) for number, batch in burst if batch is not None]
            await _apply(merge, batches)
            if batches and merge.complete:
                yield merge.snapshot()
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(number: int, source: Source, queue: _Queue) -> None:
    async with aclosing(source.batches()) as batches:
        async for batch in batches:
            queue.put_nowait((number, batch))


def _announce_end(queue: _Queue, number: int, pump: asyncio.Task[None]) -> None:
    queue.put_nowait((number, None))


async def _apply(merge: Merge, batches: list[tuple[int, Batch]]) -> None:
    """A large batch, whose annotations have to be parsed, does not hold up the loop."""
    if sum(len(batch.changes) for _, batch in batches) > _LARGE:
        await asyncio.to_thread(merge.apply_all, batches)
    else:
        merge.apply_all(batches)


async def _burst(queue: _Queue, hold_off: HoldOff) -> list[tuple[int, Batch | None]]:
    """The next batches: one, and what comes close behind it."""
    clock = asyncio.get_running_loop().time
    burst = [await queue.get()]
    end = clock() + hold_off.longest
    while (left := end - clock()) > 0:
        try:
            async with asyncio.timeout(min(hold_off.quiet, left)):
                burst.append(await queue.get())
        except TimeoutError:
            break
    return burst
