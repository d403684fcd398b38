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
from ambassador.sources.base import Source
from ambassador.sources.burst import Burst, HoldOff, Item
from ambassador.sources.merge import Merge

_HOLD_OFF = HoldOff()
_LARGE = 200


@dataclass(frozen=True, slots=True)
class Arrival:
    """Everything as it is now. `settled`: the hold-off is over; until then it may be made ready, but not published."""

    config: ConfigSnapshot
    settled: bool


async def collect(sources: Sequence[Source], hold_off: HoldOff = _HOLD_OFF) -> AsyncGenerator[Arrival, None]:
    """Snapshots of everything that `sources` give, the first when all of them are complete.

    A change is given at once, so that the work for it overlaps the hold-off, and again when it has settled, with what
    came meanwhile. A slow consumer gets the latest state, not every state. Ends when all sources ended; close it
    (`aclosing`) to stop them. A source that fails raises its error here.
    """
    burst = Burst(hold_off, asyncio.get_running_loop().time)
    merge = Merge(len(sources))
    pumps = [asyncio.create_task(_pump(number, source, burst)) for number, source in enumerate(sources)]
    for number, pump in enumerate(pumps):
        pump.add_done_callback(partial(_announce_end, burst, number))
    try:
        started, running = False, len(pumps)
        while running:
            items = await burst.begin()
            if started and burst.goes_on and _changes(items) <= _LARGE:
                running -= await _apply(merge, items, pumps)
                yield Arrival(merge.snapshot(), settled=False)
                running -= await _apply(merge, await burst.rest(), pumps)
            else:
                running -= await _apply(merge, [*items, *await burst.rest()], pumps)
            if merge.complete:
                started = True
                yield Arrival(merge.snapshot(), settled=True)
    finally:
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(number: int, source: Source, burst: Burst) -> None:
    async with aclosing(source.batches()) as batches:
        async for batch in batches:
            burst.put(number, batch)


def _announce_end(burst: Burst, number: int, pump: asyncio.Task[None]) -> None:
    burst.put(number, None)


async def _apply(merge: Merge, items: Sequence[Item], pumps: Sequence[asyncio.Task[None]]) -> int:
    """How many sources ended. A large batch, whose annotations have to be parsed, does not hold up the loop."""
    ended = {number for number, batch in items if batch is None}
    for number in ended:
        pumps[number].result()
    batches = [(number, batch) for number, batch in items if batch is not None]
    if _changes(items) > _LARGE:
        await asyncio.to_thread(merge.apply_all, batches)
    else:
        merge.apply_all(batches)
    return len(ended)


def _changes(items: Sequence[Item]) -> int:
    return sum(len(batch.changes) for _, batch in items if batch is not None)
