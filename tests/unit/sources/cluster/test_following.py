"""A cluster as a source: what comes, what is no change, and what happens when watches end."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from ambassador.sources.annotations import ANNOTATION
from ambassador.sources.cluster.scope import Scope
from ambassador.sources.merge import Merge
from tests.fake_cluster.feed import KINDS, MAPPINGS, SERVICES, Feed, cluster, feeding, key, mapping, run
from tests.fake_cluster.server import answers, running
from tests.fake_cluster.state import DEEP, State


def prefix(feed: Feed, name: str) -> object:
    spec = feed.objects[key("Mapping", name)].content["spec"]
    assert isinstance(spec, dict)
    return spec["prefix"]


def test_given_a_cluster_then_all_objects_come_and_then_each_change(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            assert feed.names == ["a", "b"]
            state.put(MAPPINGS, mapping("c"))
            await feed.until(lambda: "c" in feed.names)
            state.put(MAPPINGS, mapping("c", "/new/"))
            await feed.until(lambda: prefix(feed, "c") == "/new/")
            state.remove(MAPPINGS, "default", "a")
            await feed.until(lambda: feed.names == ["b", "c"])
            assert feed.problems == ()
            assert not feed.state.stale

    with running(state := cluster()) as url:
        run(story(state, url))
    assert state.count(lambda asked: asked.path == MAPPINGS and not asked.watch) == 1


def test_given_an_object_then_what_nobody_meant_is_left_out_and_what_it_is_stays(tmp_path: Path) -> None:
    noise = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "1"}
    item = mapping("n", managedFields=[{"manager": "x"}], selfLink="/x", annotations=noise, labels={"a": "b"})

    async def story(state: State, url: str) -> None:
        state.put(MAPPINGS, {**item, "status": {"state": "old"}})
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            found = feed.objects[key("Mapping", "n")]
            assert found.api_version == "getambassador.io/v3alpha1"
            expected = {"name", "namespace", "labels", "annotations", "uid", "generation"}
            assert set(found.metadata) == expected
            assert found.metadata["annotations"] == {"mine": "1"}
            assert "status" not in found.content
            seen = feed.source.observed[key("Mapping", "n")]
            assert orjson.loads(seen.status) == {"state": "old"}
            assert seen.path(key("Mapping", "n")) == MAPPINGS.replace("/map", "/namespaces/default/map") + "/n"
            before = len(feed.batches)
            state.put(MAPPINGS, {**item, "status": {"state": "new"}})
            await feed.until(lambda: b"new" in feed.source.observed[key("Mapping", "n")].status)
            state.put(MAPPINGS, mapping("after"))
            await feed.until(lambda: "after" in feed.names)
            changed = [change.key.name for batch in feed.batches[before:] for change in batch.changes]
            assert changed == ["after"]

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_watch_that_ends_in_good_order_then_it_goes_on_where_it_was(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(MAPPINGS))
            state.bookmark(MAPPINGS)
            state.end_watches(MAPPINGS)
            state.put(MAPPINGS, mapping("c"))
            await feed.until(lambda: "c" in feed.names)
            assert not any(batch.state.stale for batch in feed.batches[-2:])

    with running(state := cluster()) as url:
        run(story(state, url))
    assert state.count(lambda asked: asked.path == MAPPINGS and not asked.watch) == 1


@pytest.mark.parametrize("as_event", [False, True], ids=["answer", "event"])
def test_given_410_then_the_new_list_gives_only_what_differs(tmp_path: Path, as_event: bool) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(MAPPINGS))
            before = len(feed.batches)
            with state.changed:
                # While nobody looks: a is gone, b as it was, c is new.
                state.collections[MAPPINGS].objects.pop(("default", "a"))
                state.collections[MAPPINGS].objects["default", "c"] = mapping("c", uid="u")
            if as_event:
                expired = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
                state.event(MAPPINGS, {"type": "ERROR", "object": expired})
            else:
                state.compact(MAPPINGS)
            await feed.until(lambda: feed.names == ["b", "c"])
            changed = sorted(change.key.name for batch in feed.batches[before:] for change in batch.changes)
            assert changed == ["a", "c"]

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_410_and_no_difference_then_there_is_no_change(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            await feed.until(lambda: state.watching(MAPPINGS))
            before = len(feed.batches)
            state.compact(MAPPINGS)
            await feed.until(lambda: state.count(lambda one: one.path == MAPPINGS and one.watch) > 1)
            assert [batch for batch in feed.batches[before:] if batch.changes] == []

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_a_list_that_expires_halfway_then_no_object_of_the_first_try_survives(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        for number in range(600):
            state.put(MAPPINGS, mapping(f"m{number:03}"))
        state.fail(
            lambda asked: "continue" in asked.query,
            lambda handler: (state.remove(MAPPINGS, "default", "a"), answers(410, "Expired")(handler)),
        )
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            assert len(feed.names) == 601
            assert "a" not in feed.names

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_broken_objects_then_they_are_told_and_the_others_served(tmp_path: Path) -> None:
    shallower: dict[str, object] = {}
    for _ in range(300):
        shallower = {"a": shallower}

    async def story(state: State, url: str) -> None:
        state.put(MAPPINGS, {**mapping("deep"), "spec": {"x": DEEP}})
        with state.changed:
            state.collections[MAPPINGS].objects["default", "nameless"] = {"metadata": {}, "spec": {}}
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            assert feed.names == ["a", "b"]
            assert {problem.source.name for problem in feed.problems} == {"deep", "mappings.getambassador.io"}
            state.put(MAPPINGS, {**mapping("b"), "spec": shallower})
            await feed.until(lambda: any(problem.source.name == "b" for problem in feed.problems))
            assert prefix(feed, "b") == "/"
            state.event(MAPPINGS, {"type": "MODIFIED", "object": "text"})
            state.event(MAPPINGS, {"type": "ADDED"})
            state.put(MAPPINGS, mapping("big", "/" + "x" * 1_000_000))
            state.put(MAPPINGS, mapping("b", "/mended/"))
            await feed.until(lambda: prefix(feed, "b") == "/mended/")
            assert "big" in feed.names
            assert {problem.source.name for problem in feed.problems} == {"deep", "mappings.getambassador.io"}

    with running(state := cluster()) as url:
        run(story(state, url))


def test_given_one_namespace_and_selectors_then_only_that_is_asked_for(tmp_path: Path) -> None:
    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url, Scope("default", "app=x", "metadata.name=a")) as feed:
            await feed.complete()
            await feed.until(lambda: state.count(lambda one: one.watch) >= len(KINDS))

    with running(state := cluster()) as url:
        run(story(state, url))
    lists = [one for one in state.asked if one.path not in ("/apis", "/readyz")]
    assert all("/namespaces/default/" in one.path for one in lists)
    of = {one.path.rpartition("/")[2]: one.query for one in lists if one.watch}
    assert (of["mappings"]["labelSelector"], of["mappings"]["fieldSelector"]) == ("app=x", "metadata.name=a")
    assert not {"labelSelector", "fieldSelector"} & of["services"].keys()
    assert "labelSelector" not in of["secrets"]


def test_given_an_annotation_on_a_service_then_merge_finds_the_objects_in_it(tmp_path: Path) -> None:
    text = "---\napiVersion: getambassador.io/v2\nkind: Mapping\nname: old\nprefix: /old/\nservice: s\n"

    async def story(state: State, url: str) -> None:
        async with feeding(tmp_path, url) as feed:
            await feed.complete()
            service = {"metadata": {"name": "s", "namespace": "default", "annotations": {ANNOTATION: text}}}
            state.put(SERVICES, {**service, "spec": {"ports": [{"port": 80}]}})
            await feed.until(lambda: "s" in feed.names)
            merge = Merge(1)
            merge.apply_all([(0, batch) for batch in feed.batches])
            assert key("Mapping", "old") in merge.snapshot().objects
            assert str(merge.snapshot().origins.of(key("Mapping", "old"))) == "cluster"

    with running(state := cluster()) as url:
        run(story(state, url))
