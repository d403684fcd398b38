"""What ails one kind stops no other; an API server that is away takes nothing away."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from ambassador.sources.cluster.resources import wanted
from ambassador.sources.cluster.scope import Scope
from tests.fake_cluster.feed import (
    CLASS,
    CLASSES,
    GUARD,
    GUARDS,
    HOSTS,
    KINDS,
    MAPPINGS,
    QUICK,
    SERVICES,
    cluster,
    feeding,
    mapping,
    run,
)
from tests.fake_cluster.server import answers, running
from tests.fake_cluster.state import Asked, State

ALWAYS = 1_000_000


def of_hosts(asked: Asked) -> bool:
    return asked.path.startswith(HOSTS)


@pytest.mark.parametrize(
    ("code", "words"), [(403, "allow list and watch on hosts"), (400, "AMBASSADOR_FIELD_SELECTOR")]
)
def test_given_a_kind_that_is_refused_then_it_is_named_and_the_rest_works_until_it_is_allowed(
    tmp_path: Path, code: int, words: str
) -> None:
    async def story(state: State, url: str) -> None:
        state.put(HOSTS, {"metadata": {"name": "h", "namespace": "default"}, "spec": {}})
        fault = state.fail(of_hosts, answers(code, "Refused"), ALWAYS)
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            assert feed.names == ["a", "b"]
            assert feed.told(words)
            assert [problem.source.name for problem in feed.problems] == ["hosts.getambassador.io"]
            state.put(MAPPINGS, mapping("c"))
            await feed.until(lambda: "c" in feed.names)
            state.heal(fault)
            await feed.until(lambda: "h" in feed.names)
            await feed.until(lambda: feed.problems == ())

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_crd_that_is_missing_then_it_is_told_and_it_is_picked_up_when_it_appears(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.abolish(HOSTS)
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            assert feed.told("the cluster has no Host (hosts.getambassador.io): apply the CRDs")
            state.serve(HOSTS, "Host")
            state.put(HOSTS, {"metadata": {"name": "h", "namespace": "default"}, "spec": {}})
            await feed.until(lambda: "h" in feed.names)
            await feed.until(lambda: feed.problems == ())

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_crd_that_vanishes_then_its_objects_go_and_others_stay(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.put(HOSTS, {"metadata": {"name": "h", "namespace": "default"}, "spec": {}})
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(MAPPINGS))
            state.end_watches(MAPPINGS)
            state.abolish(MAPPINGS)
            await feed.until(lambda: feed.names == ["h"])
            await feed.until(lambda: feed.told("the cluster has no Mapping"))
            state.serve(MAPPINGS, "Mapping")
            state.put(MAPPINGS, mapping("again"))
            await feed.until(lambda: feed.names == ["again", "h"])

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_crd_that_changes_its_version_then_its_objects_stay(tmp_path: Path) -> None:
    older = MAPPINGS.replace("v3alpha1", "v2")

    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(MAPPINGS))
            with state.changed:
                known = state.collections[MAPPINGS].objects
            state.serve(older, "Mapping")
            with state.changed:
                state.collections[older].objects |= known
            state.end_watches(MAPPINGS)
            state.abolish(MAPPINGS)
            await feed.until(lambda: {one.api_version for one in feed.objects.values()} == {"getambassador.io/v2"})
            assert [change for batch in feed.batches for change in batch.changes if change.object is None] == []

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_errors_that_pass_then_they_are_waited_out_as_the_server_asks(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.fail(lambda asked: asked.path == MAPPINGS, answers(500, "InternalError"), 2)
        state.fail(lambda asked: asked.path == SERVICES, answers(429, "TooManyRequests", {"Retry-After": "1"}))
        async with feeding(tmp_path, url, timings=replace(QUICK, patience=60)) as feed:
            await feed.complete()
            assert feed.names == ["a", "b"]
            assert all(batch.problems == () for batch in feed.batches)

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_one_kind_that_goes_on_failing_then_the_others_are_served_without_it(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.fail(of_hosts, answers(500, "InternalError"), ALWAYS)
        async with feeding(tmp_path, url) as feed:
            await feed.until(lambda: bool(feed.batches) and "Host" in feed.state.message)
            await feed.complete()
            assert feed.told("hosts.getambassador.io cannot be read since some time")

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_kind_that_guards_others_when_it_goes_on_failing_then_nothing_is_complete(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.serve(GUARDS, "AuthService")
        fault = state.fail(lambda asked: asked.path.startswith(GUARDS), answers(500, "InternalError"), ALWAYS)
        async with feeding(tmp_path, url, kinds=(*KINDS, GUARD)) as feed:
            await feed.until(lambda: bool(feed.batches) and feed.told("authservices"))
            assert not feed.state.complete
            assert feed.state.message == "not read yet: AuthService"
            state.heal(fault)
            await feed.complete()

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_no_api_server_at_start_then_it_says_so_and_waits(tmp_path: Path) -> None:
    with running(State()) as url:
        port = int(url.rpartition(":")[2])

    async def story(state: State) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.until(lambda: bool(feed.batches) and "does not answer" in feed.state.message)
            assert not feed.state.complete
            assert feed.state.stale
            with running(state, port):
                await feed.complete()
                assert feed.names == ["a", "b"]
                assert not feed.state.stale

    run(story(cluster()))


def test_given_an_api_server_that_dies_then_nothing_is_withdrawn_and_it_catches_up(tmp_path: Path) -> None:
    async def story(state: State, server: ExitStack) -> None:
        url = server.enter_context(running(state))
        port = int(url.rpartition(":")[2])
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(MAPPINGS))
            server.close()
            await feed.until(lambda: feed.state.stale)
            assert feed.names == ["a", "b"]
            assert feed.state.complete
            state.put(MAPPINGS, mapping("c"))
            state.remove(MAPPINGS, "default", "a")
            with running(state, port):
                await feed.until(lambda: feed.names == ["b", "c"] and not feed.state.stale)

    with ExitStack() as server:
        run(story(cluster(), server))


def test_given_a_server_that_was_away_then_watches_from_before_are_opened_again(
    tmp_path: Path,
) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(MAPPINGS))
            opened = state.count(lambda asked: asked.path == MAPPINGS and asked.watch)
            fault = state.fail(lambda asked: asked.path == "/apis", lambda handler: handler.cut(), ALWAYS)
            await feed.until(lambda: feed.state.stale)
            state.heal(fault)
            await feed.until(lambda: not feed.state.stale)
            await feed.until(lambda: state.count(lambda one: one.path == MAPPINGS and one.watch) > opened)
            state.put(MAPPINGS, mapping("c"))
            await feed.until(lambda: "c" in feed.names)

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_watch_that_falls_silent_then_it_is_opened_again_without_a_list(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url, timings=replace(QUICK, silence=0.1)) as feed:
            await feed.complete()
            await feed.until(lambda: state.count(lambda one: one.path == MAPPINGS and one.watch) >= 3)
            state.put(MAPPINGS, mapping("c"))
            await feed.until(lambda: "c" in feed.names)
            assert not any(batch.state.stale for batch in feed.batches[1:])

    with running(state := cluster()) as url:
        run(story(state, url))
    assert state.count(lambda asked: asked.path == MAPPINGS and not asked.watch) == 1


def test_given_credentials_that_are_not_accepted_then_it_says_so_and_nothing_is_withdrawn(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            state.token = "another"
            state.end_watches(MAPPINGS)
            await feed.until(lambda: "does not accept the credentials (401)" in feed.state.message)
            assert feed.names == ["a", "b"]
            state.token = None
            await feed.until(lambda: not feed.state.stale)

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_one_namespace_then_what_is_in_none_may_be_refused(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.serve(CLASSES, "IngressClass", namespaced=False)
        state.fail(lambda asked: asked.path == CLASSES, answers(403, "Forbidden"), ALWAYS)
        async with feeding(tmp_path, url, Scope("default"), (*KINDS, CLASS)) as feed:
            await feed.complete()
            assert feed.problems == ()

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_the_kinds_that_are_read_then_the_watched_ones_are_these() -> None:
    names = {one.guess().name for one in wanted()}
    assert {
        "mappings.getambassador.io",
        "hosts.getambassador.io",
        "authservices.getambassador.io",
        "ingresses.networking.k8s.io",
        "endpointslices.discovery.k8s.io",
        "services",
        "secrets",
    } <= names
    assert "endpoints" not in names
    assert not any(name.endswith(".extensions") for name in names)
