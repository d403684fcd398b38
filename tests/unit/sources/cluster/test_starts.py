"""What is believed of an API server that has just begun to answer, and of kinds that may not be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ambassador.kinds.contract import OUR_GROUP
from tests.fake_cluster.feed import GUARD, KINDS, MAPPINGS, QUICK, cluster, feeding, run
from tests.fake_cluster.server import answers, running
from tests.fake_cluster.state import Asked, State

ALWAYS = 1_000_000
GUARDS = f"/apis/{OUR_GROUP}/v3alpha1/authservices"


def of_ready(asked: Asked) -> bool:
    return asked.path == "/readyz"


def test_given_a_server_that_knows_no_crd_yet_then_nothing_is_said_of_them_before_it_is_ready(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        starting = state.fail(of_ready, answers(500, "InternalError"), ALWAYS)
        bare = {"kind": "APIGroupDiscoveryList", "items": []}
        lacking = state.fail(lambda asked: asked.path == "/apis", lambda handler: handler.json(200, bare), ALWAYS)
        async with feeding(tmp_path, url, timings=replace(QUICK, patience=60)) as feed:
            await feed.until(lambda: bool(feed.batches) and "not ready yet" in feed.state.message)
            state.heal(lacking)
            state.heal(starting)
            await feed.complete()
            assert feed.names == ["a", "b"]
            assert not any(batch.problems for batch in feed.batches)

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_server_that_never_gets_ready_then_it_is_believed_at_last(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.fail(of_ready, answers(503, "ServiceUnavailable"), ALWAYS)
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            assert feed.names == ["a", "b"]

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_server_that_does_not_say_whether_it_is_ready_then_it_is(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.fail(of_ready, answers(403, "Forbidden"), ALWAYS)
        async with feeding(tmp_path, url, timings=replace(QUICK, patience=60)) as feed:
            await feed.complete()

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_rights_that_come_a_moment_late_then_nobody_hears_of_it(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.fail(lambda asked: asked.path == MAPPINGS, answers(403, "Forbidden"), 2)
        async with feeding(tmp_path, url, timings=replace(QUICK, doubt=60)) as feed:
            await feed.complete()
            assert feed.names == ["a", "b"]
            assert not any(batch.problems for batch in feed.batches)

    with running(state := cluster()) as url:
        run(story(state, url))


@pytest.mark.parametrize(("code", "reason"), [(403, "Forbidden"), (500, "InternalError")])
def test_given_guards_that_can_not_be_read_then_what_they_guard_is_not_served_without_them(
    tmp_path: Path, code: int, reason: str
) -> None:
    async def story(state: State, url: str) -> None:
        state.serve(GUARDS, "AuthService")
        fault = state.fail(lambda asked: asked.path == GUARDS, answers(code, reason), ALWAYS)
        async with feeding(tmp_path, url, kinds=(*KINDS, GUARD)) as feed:
            await feed.until(lambda: bool(feed.batches) and feed.told("authservices"))
            assert not feed.state.complete
            assert feed.batches[-1].unread == {"AuthService"}
            state.heal(fault)
            await feed.complete()
            assert feed.batches[-1].unread == frozenset()

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_neither_guards_nor_what_they_guard_can_be_read_then_the_rest_does_not_wait(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.serve(GUARDS, "AuthService")
        state.fail(lambda asked: asked.path in (GUARDS, MAPPINGS), answers(403, "Forbidden"), ALWAYS)
        async with feeding(tmp_path, url, kinds=(*KINDS, GUARD)) as feed:
            await feed.complete()
            await feed.until(lambda: feed.told("authservices") and feed.told("mappings"))
            assert feed.batches[-1].unread == {"AuthService", "Mapping"}

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_watch_that_fails_again_and_again_then_a_list_is_tried(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url, timings=replace(QUICK, patience=60)) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(MAPPINGS))

            def of_this_version(asked: Asked) -> bool:
                return asked.path == MAPPINGS and asked.watch and asked.query["resourceVersion"] == version

            version = [one for one in state.asked if one.path == MAPPINGS and one.watch][-1].query["resourceVersion"]
            state.fail(of_this_version, answers(500, "InternalError"), ALWAYS)
            state.put(f"/apis/{OUR_GROUP}/v3alpha1/hosts", {"metadata": {"name": "h", "namespace": "default"}})
            state.end_watches(MAPPINGS)
            await feed.until(lambda: state.count(lambda one: one.path == MAPPINGS and not one.watch) >= 2)
            await feed.until(lambda: state.watching(MAPPINGS))

    with running(state := cluster()) as url:
        run(story(state, url))
