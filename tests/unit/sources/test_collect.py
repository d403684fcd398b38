"""Several sources → one stream of snapshots: completeness, bursts, failures, an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from manifest_texts import key

from ambassador.model.config_snapshot import ConfigSnapshot, SourceState
from ambassador.model.objects import SourceObject
from ambassador.sources.base import Batch, Change
from ambassador.sources.burst import HoldOff
from ambassador.sources.collect import Arrival, collect

PATIENT = HoldOff(quiet=0.05, longest=0.2)


class Script:
    """A source that gives prepared batches, each when it is told to; ends after the last, or fails."""

    def __init__(self, name: str, *, fails: bool = False) -> None:
        self._name = name
        self._fails = fails
        self._queue: asyncio.Queue[Batch | None] = asyncio.Queue()
        self.closed = False

    def say(self, number: int, complete: bool = True) -> None:
        """Object `NAME` now has the given number."""
        name = key(self._name)
        value = SourceObject(name, str(number), {"number": number})
        state = SourceState(self._name, "script", complete)
        self._queue.put_nowait(Batch(state, (Change("", name, value),)))

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def batches(self) -> AsyncGenerator[Batch, None]:
        try:
            while (batch := await self._queue.get()) is not None:
                yield batch
            if self._fails:
                raise OSError("the source broke")
        finally:
            self.closed = True


def numbers(snapshot: ConfigSnapshot) -> dict[str, str]:
    return {name.name: value.digest for name, value in snapshot.objects.items()}


async def following(arrivals: AsyncGenerator[Arrival, None]) -> dict[str, str]:
    """The next snapshot that has settled."""
    async with asyncio.timeout(10):
        while not (arrival := await anext(arrivals)).settled:
            pass
    return numbers(arrival.config)


def test_given_two_sources_then_the_first_snapshot_waits_for_both_and_bursts_are_one_snapshot() -> None:
    async def scenario() -> None:
        a, b = Script("a"), Script("b")
        async with aclosing(collect([a, b], PATIENT)) as snapshots:
            a.say(1)
            b.say(1, complete=False)
            waiting = asyncio.create_task(following(snapshots))
            done, _ = await asyncio.wait([waiting], timeout=0.15)
            assert not done
            b.say(2)
            assert await waiting == {"a": "1", "b": "2"}
            for number in range(3, 9):
                a.say(number)
                b.say(number)
            assert await following(snapshots) == {"a": "8", "b": "8"}
        assert a.closed and b.closed

    asyncio.run(scenario())


def test_given_a_flood_without_pause_then_a_snapshot_comes_after_the_longest_wait() -> None:
    async def flood(source: Script) -> None:
        for number in range(100_000):
            source.say(number)
            await asyncio.sleep(0.001)

    async def scenario() -> None:
        source = Script("a")
        async with aclosing(collect([source], PATIENT)) as snapshots:
            flooding = asyncio.create_task(flood(source))
            before = asyncio.get_running_loop().time()
            first = await following(snapshots)
            assert asyncio.get_running_loop().time() - before < 5
            assert int((await following(snapshots))["a"]) > int(first["a"]) > 0
            flooding.cancel()

    asyncio.run(scenario())


def test_given_a_source_that_fails_then_its_error_comes_out_and_the_others_are_closed() -> None:
    async def scenario() -> None:
        good, bad = Script("good"), Script("bad", fails=True)
        bad.end()
        with pytest.raises(OSError, match="the source broke"):
            await following(collect([good, bad], PATIENT))
        assert good.closed

    asyncio.run(scenario())


def test_given_sources_that_end_then_so_do_the_snapshots() -> None:
    async def scenario() -> list[dict[str, str]]:
        source = Script("a")
        source.say(1)
        source.end()
        return [numbers(arrival.config) async for arrival in collect([source], PATIENT)]

    assert asyncio.run(scenario()) == [{"a": "1"}]


def test_given_a_change_then_it_is_there_at_once_and_settles_with_what_comes_meanwhile() -> None:
    slow = HoldOff(quiet=0.3, longest=0.3)

    async def scenario() -> list[tuple[dict[str, str], bool]]:
        a = Script("a")
        seen = []
        async with aclosing(collect([a], slow)) as arrivals, asyncio.timeout(10):
            a.say(1)
            seen.append(await anext(arrivals))
            a.say(2)
            seen.append(await anext(arrivals))
            a.say(3)
            seen.append(await anext(arrivals))
            a.say(4)
            await asyncio.sleep(slow.longest)
            seen.append(await anext(arrivals))
        return [(numbers(one.config), one.settled) for one in seen]

    # The first picture is whole or nothing, and what has waited long enough already need not be made ready.
    assert asyncio.run(scenario()) == [({"a": "1"}, True), ({"a": "2"}, False), ({"a": "3"}, True), ({"a": "4"}, True)]
