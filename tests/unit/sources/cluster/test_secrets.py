"""Secrets: names of all, content of those that are wanted."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

from ambassador.sources.cluster.scope import Scope
from tests.fake_cluster.feed import KINDS, QUICK, SECRETS, cluster, feeding, key, run
from tests.fake_cluster.server import answers, running
from tests.fake_cluster.state import METADATA_ONLY, Asked, State

CANARY = base64.b64encode(b"canary").decode()
ALWAYS = 1_000_000


def secret(name: str, value: str = CANARY, **metadata: object) -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": "default", **metadata}, "type": "t", "data": {"tls.key": value}}


def fetches(state: State, name: str) -> int:
    return state.count(lambda asked: asked.path == f"/api/v1/namespaces/default/secrets/{name}")


def test_given_secrets_that_nobody_wants_then_only_their_names_are_asked_for(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        for number in range(600):
            state.put(SECRETS, secret(f"s{number}"))
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(SECRETS))
            assert [one for one in feed.objects if one.kind == "Secret"] == []
            assert feed.source.secrets_expected() == frozenset()

    with running(state := cluster()) as url:
        run(story(state, url))
    asked = [one for one in state.asked if "secrets" in one.path]
    assert all(METADATA_ONLY in one.headers["accept"] for one in asked)
    assert all("type!=helm.sh/release.v1" in one.query["fieldSelector"] for one in asked)


def test_given_wanted_secrets_then_those_that_exist_are_expected_and_given(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.put(SECRETS, secret("there", annotations={"kubectl.kubernetes.io/last-applied-configuration": CANARY}))
        state.put(SECRETS, secret("other"))
        async with feeding(tmp_path, url) as feed:
            feed.source.want_secrets(frozenset({key("Secret", "there"), key("Secret", "absent")}))
            assert feed.source.secrets_expected() == {key("Secret", "there"), key("Secret", "absent")}
            await feed.complete()
            assert feed.source.secrets_expected() == {key("Secret", "there")}
            await feed.until(lambda: key("Secret", "there") in feed.objects)
            found = feed.objects[key("Secret", "there")]
            assert found.content["data"] == {"tls.key": CANARY}
            assert "annotations" not in found.metadata
            assert CANARY not in repr(found)
            state.put(SECRETS, secret("absent"))
            await feed.until(lambda: key("Secret", "absent") in feed.objects)
            assert key("Secret", "other") not in feed.objects

    with running(state := cluster()) as url:
        run(story(state, url))
    assert fetches(state, "other") == 0


def test_given_a_wanted_secret_then_changes_are_fetched_and_deletion_takes_it_away(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.put(SECRETS, secret("s"))
        async with feeding(tmp_path, url) as feed:
            feed.source.want_secrets(frozenset({key("Secret", "s")}))
            await feed.until(lambda: key("Secret", "s") in feed.objects)
            before = feed.objects[key("Secret", "s")].digest
            state.put(SECRETS, secret("s", "bmV3"))
            await feed.until(lambda: feed.objects[key("Secret", "s")].digest != before)
            batches, asked = len(feed.batches), fetches(state, "s")
            state.put(SECRETS, secret("s", "bmV3"))
            await feed.until(lambda: fetches(state, "s") > asked)
            state.remove(SECRETS, "default", "s")
            await feed.until(lambda: key("Secret", "s") not in feed.objects)
            changes = [change for batch in feed.batches[batches:] for change in batch.changes]
            assert [change.object for change in changes] == [None]
            assert feed.source.secrets_expected() == frozenset()

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_secret_that_is_wanted_no_more_then_it_is_forgotten_after_a_while(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.put(SECRETS, secret("s"))
        async with feeding(tmp_path, url) as feed:
            wanted = frozenset({key("Secret", "s")})
            feed.source.want_secrets(wanted)
            await feed.until(lambda: key("Secret", "s") in feed.objects)
            feed.source.want_secrets(frozenset())
            await feed.until(lambda: key("Secret", "s") not in feed.objects)
            feed.source.want_secrets(wanted)
            await feed.until(lambda: key("Secret", "s") in feed.objects)

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_relist_then_secrets_that_are_gone_go_and_others_are_not_fetched_again(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.put(SECRETS, secret("goes"))
        state.put(SECRETS, secret("stays"))
        async with feeding(tmp_path, url) as feed:
            feed.source.want_secrets(frozenset({key("Secret", "goes"), key("Secret", "stays")}))
            await feed.until(lambda: {"goes", "stays"} <= set(feed.names))
            await feed.until(lambda: state.watching(SECRETS))
            with state.changed:
                state.collections[SECRETS].objects.pop(("default", "goes"))
            state.compact(SECRETS)
            await feed.until(lambda: "goes" not in feed.names)
            assert "stays" in feed.names

    with running(state := cluster()) as url:
        run(story(state, url))
    assert fetches(state, "stays") == 1


def test_given_secrets_that_may_not_be_listed_then_it_is_told_and_nobody_waits_for_them(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.fail(lambda asked: asked.path == SECRETS, answers(403, "Forbidden"), ALWAYS)
        async with feeding(tmp_path, url) as feed:
            feed.source.want_secrets(frozenset({key("Secret", "s")}))
            await feed.complete()
            assert feed.source.secrets_expected() == frozenset()
            assert feed.told("allow get, list and watch on secrets")

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_secret_that_may_not_be_fetched_then_it_is_told_on_it_and_others_come(tmp_path: Path) -> None:
    def of_locked(asked: Asked) -> bool:
        return asked.path.endswith("/secrets/locked")

    async def story(state: State, url: str) -> None:
        state.put(SECRETS, secret("locked"))
        state.put(SECRETS, secret("open"))
        state.fail(of_locked, answers(403, "Forbidden"), ALWAYS)
        state.fail(lambda asked: asked.path.endswith("/secrets/open"), answers(500, "InternalError"))
        async with feeding(tmp_path, url) as feed:
            feed.source.want_secrets(frozenset({key("Secret", "locked"), key("Secret", "open")}))
            await feed.until(lambda: "open" in feed.names)
            await feed.until(lambda: [problem.source.name for problem in feed.problems] == ["locked"])
            assert feed.source.secrets_expected() == {key("Secret", "open")}
            state.remove(SECRETS, "default", "locked")
            await feed.until(lambda: feed.problems == ())

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_many_secrets_that_the_server_fails_on_then_others_do_not_wait_for_them(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        for number in range(40):
            state.put(SECRETS, secret(f"bad{number}"))
        fault = state.fail(lambda asked: "/secrets/bad" in asked.path, answers(500, "InternalError"), ALWAYS)
        async with feeding(tmp_path, url) as feed:
            bad = frozenset(key("Secret", f"bad{number}") for number in range(40))
            feed.source.want_secrets(bad)
            await feed.until(lambda: fetches(state, "bad39") >= 2)
            state.put(SECRETS, secret("good"))
            feed.source.want_secrets(bad | {key("Secret", "good")})
            await feed.until(lambda: "good" in feed.names, 5.0)
            state.heal(fault)
            await feed.until(lambda: len(feed.names) == 43)

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_one_namespace_then_secrets_are_watched_and_fetched_in_it_only(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        state.put(SECRETS, secret("s"))
        state.put(SECRETS, secret("far", namespace="elsewhere"))
        async with feeding(tmp_path, url, Scope("default"), KINDS, replace(QUICK, forget=60)) as feed:
            feed.source.want_secrets(frozenset({key("Secret", "s"), key("Secret", "far", "elsewhere")}))
            await feed.until(lambda: "s" in feed.names)
            assert feed.source.secrets_expected() == {key("Secret", "s")}

    with running(state := cluster()) as url:
        run(story(state, url))
    assert all("/namespaces/default/" in one.path for one in state.asked if "secrets" in one.path)
