"""Revisions run ahead of Envoy, but not so far that it never answers for one."""

from __future__ import annotations

import asyncio

from ambassador.report.revision import Revision
from ambassador.watcher import pace
from ambassador.watcher.pace import AHEAD, Pace
from ambassador.xds.ledger import Outcome


def newest(number: int, *, connected: bool = True) -> Revision:
    return Revision(number, connected=connected)


def waits(one: Pace, revision: Revision) -> bool:
    """Whether the next revision has to wait."""

    async def ask() -> bool:
        task = asyncio.create_task(one.keep(revision))
        await asyncio.sleep(0)
        waiting = not task.done()
        task.cancel()
        return waiting

    return asyncio.run(ask())


def test_given_a_few_edits_in_a_row_then_none_waits() -> None:
    one = Pace()
    one.heard(Outcome(3, acknowledged=True))
    assert [waits(one, newest(3 + more)) for more in (1, AHEAD - 1, AHEAD)] == [False, False, True]


def test_given_a_refusal_then_it_is_an_answer_too_and_something_newer_is_none() -> None:
    one = Pace()
    one.heard(Outcome(AHEAD, acknowledged=False, superseded=True))
    assert waits(one, newest(AHEAD))
    one.heard(Outcome(AHEAD, acknowledged=False))
    assert not waits(one, newest(AHEAD + 1))


def test_given_no_envoy_then_nobody_waits_for_it() -> None:
    assert not waits(Pace(), newest(100, connected=False))


def test_given_an_answer_then_who_waited_goes_on() -> None:
    async def play() -> None:
        one = Pace()
        task = asyncio.create_task(one.keep(newest(AHEAD)))
        await asyncio.sleep(0)
        assert not task.done()
        one.heard(Outcome(2, acknowledged=True))
        await asyncio.wait_for(task, 5)

    asyncio.run(play())


def test_given_an_envoy_that_does_not_answer_then_nobody_waits_for_ever() -> None:
    assert 0 < pace.PATIENCE <= 1
    asyncio.run(asyncio.wait_for(Pace().keep(newest(AHEAD)), 20))
