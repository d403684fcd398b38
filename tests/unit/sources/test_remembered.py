"""A source with a memory: what is served while it is silent, and how it takes over."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from manifest_texts import key

from ambassador.model.config_snapshot import SourceState
from ambassador.model.objects import SourceObject
from ambassador.sources.base import CLUSTER_PLACE, Batch, Change
from ambassador.sources.last_good import LastGood
from ambassador.sources.remembered import RememberedSource
from tests.golden.certificates import certificate

COMPLETE = SourceState("cluster", "kubernetes", complete=True)
SILENT = SourceState("cluster", "kubernetes", complete=False, message="10.0.0.1 refuses connections")


@dataclass
class Script:
    """Gives its batches, each after `may_go` of its number is set."""

    steps: list[Batch]
    may_go: list[asyncio.Event]

    async def batches(self) -> AsyncGenerator[Batch, None]:
        for batch, event in zip(self.steps, self.may_go, strict=True):
            await event.wait()
            yield batch


def mapping(name: str, prefix: str) -> SourceObject:
    return SourceObject(key(name), f"{name}{prefix}", {"spec": {"prefix": prefix}})


def change(name: str, prefix: str | None) -> Change:
    return Change(CLUSTER_PLACE, key(name), None if prefix is None else mapping(name, prefix))


def told(path: Path, work: Callable[[LastGood], AsyncGenerator[Batch, None]], count: int) -> list[Batch]:
    """The first batches of a source with the memory at `path`."""

    async def collected(last_good: LastGood) -> list[Batch]:
        found: list[Batch] = []
        async with aclosing(work(last_good)) as batches, asyncio.timeout(10):
            while len(found) < count:
                found.append(await anext(batches))
        return found

    last_good = LastGood(path)
    last_good.release()
    last_good.start()
    try:
        return asyncio.run(collected(last_good))
    finally:
        last_good.stop()


def gives(*steps: Batch) -> Callable[[LastGood], AsyncGenerator[Batch, None]]:
    """A source that gives everything at once."""

    async def work(last_good: LastGood) -> AsyncGenerator[Batch, None]:
        events = [asyncio.Event() for _ in steps]
        for event in events:
            event.set()
        async with aclosing(RememberedSource(Script(list(steps), events), last_good).batches()) as batches:
            async for batch in batches:
                yield batch

    return work


def silent_then(*steps: Batch) -> Callable[[LastGood], AsyncGenerator[Batch, None]]:
    """A source that gives the first steps at once and the last one when the memory has spoken."""

    async def work(last_good: LastGood) -> AsyncGenerator[Batch, None]:
        events = [asyncio.Event() for _ in steps]
        for event in events[:-1]:
            event.set()
        source = RememberedSource(Script(list(steps), events), last_good, patience=0.05)
        async with aclosing(source.batches()) as batches:
            async for batch in batches:
                if batch.state.stale:
                    events[-1].set()
                yield batch

    return work


def objects(batch: Batch) -> dict[str, str | None]:
    return {one.key.name: None if one.object is None else one.object.digest for one in batch.changes}


def test_given_a_cluster_that_answers_then_its_batches_pass_and_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    first = Batch(COMPLETE, (change("a", "/a/"), change("b", "/b/")))
    second = Batch(COMPLETE, (change("a", "/new/"), change("b", None), change("c", "/c/")))
    assert told(path, gives(first, second), 2) == [first, second]
    stale, _ = told(path, silent_then(Batch(COMPLETE)), 2)
    assert objects(stale) == {"a": "a/new/", "c": "c/c/"}


def test_given_a_silent_cluster_then_the_memory_is_served_as_stale_until_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    told(path, gives(Batch(COMPLETE, (change("a", "/a/"), change("b", "/b/"), change("c", "/c/")))), 1)
    back = Batch(COMPLETE, (change("a", "/a/"), change("d", "/d/")))
    silent, stale, whole = told(path, silent_then(Batch(SILENT), back), 3)
    assert not silent.state.complete
    assert stale.state.complete and stale.state.stale and stale.state.message.startswith("10.0.0.1 refuses connections")
    assert objects(stale) == {"a": "a/a/", "b": "b/b/", "c": "c/c/"}
    assert whole.state == COMPLETE
    assert objects(whole) == {"a": "a/a/", "b": None, "c": None, "d": "d/d/"}


def test_given_a_cluster_that_has_begun_to_answer_then_its_objects_win_over_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    told(path, gives(Batch(COMPLETE, (change("a", "/old/"), change("b", "/b/")))), 1)
    half = Batch(SILENT, (change("a", "/new/"),))
    first, stale, whole = told(path, silent_then(half, Batch(COMPLETE, (change("c", "/c/"),))), 3)
    assert objects(first) == {"a": "a/new/"}
    assert objects(stale) == {"b": "b/b/"}
    assert objects(whole) == {"b": None, "c": "c/c/"}


def other(kind: str, name: str) -> Change:
    return Change(CLUSTER_PLACE, key(name)._replace(kind=kind), mapping(name, ""))


def test_given_a_kind_that_can_not_be_read_then_what_was_known_of_it_stays_until_it_can(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    told(path, gives(Batch(COMPLETE, (change("a", "/a/"), change("b", "/b/"), other("Host", "h")))), 1)
    without = Batch(COMPLETE, unread=frozenset({"Mapping"}))
    for _ in range(2):
        remembered, whole = told(path, gives(without), 2)
        assert objects(remembered) == {"a": "a/a/", "b": "b/b/"}
        assert remembered.state.stale and whole.state.stale and whole.state.complete
        assert objects(whole) == {}
    *_, again = told(path, gives(without, Batch(COMPLETE, (change("a", "/new/"),))), 3)
    assert objects(again) == {"a": "a/new/", "b": None}
    assert again.state == COMPLETE


def test_given_a_silent_cluster_that_comes_back_without_a_kind_then_that_kind_is_not_withdrawn(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    told(path, gives(Batch(COMPLETE, (change("a", "/a/"), other("Host", "h")))), 1)
    stale, whole = told(path, silent_then(Batch(COMPLETE, unread=frozenset({"Mapping"}))), 2)
    assert objects(stale) == {"a": "a/a/", "h": "h"}
    assert objects(whole) == {"h": None}


def set_all(events: list[asyncio.Event]) -> None:
    for event in events:
        event.set()


def test_given_secrets_that_are_about_to_be_read_then_they_are_not_withdrawn_before(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    pem = {"data": {"tls.crt": base64.b64encode(certificate("a").encode()).decode()}}
    secrets = [SourceObject(key(name)._replace(kind="Secret"), name, pem) for name in ("late", "gone", "deleted")]
    told(path, gives(Batch(COMPLETE, tuple(Change(CLUSTER_PLACE, one.key, one) for one in secrets))), 1)
    expected = [secrets[0].key, secrets[2].key]

    async def work(last_good: LastGood) -> AsyncGenerator[Batch, None]:
        first, *others = (asyncio.Event() for _ in range(3))
        steps = [
            Batch(COMPLETE),
            Batch(COMPLETE),
            Batch(COMPLETE, (Change(CLUSTER_PLACE, secrets[0].key, secrets[0]),)),
        ]
        source = RememberedSource(Script(steps, [first, *others]), last_good, 0.01, lambda: expected)
        async with aclosing(source.batches()) as batches:
            async for batch in batches:
                yield batch
                first.set()
                if batch.state == COMPLETE:
                    del expected[1:]
                    set_all(others)

    _, whole, deleted, come = told(path, work, 4)
    assert objects(whole) == {"gone": None}
    assert objects(deleted) == {"deleted": None}
    assert objects(come) == {"late": "late"}


def test_given_nothing_remembered_then_a_silent_cluster_gives_nothing(tmp_path: Path) -> None:
    async def work(last_good: LastGood) -> AsyncGenerator[Batch, None]:
        events = [asyncio.Event()]
        source = RememberedSource(Script([Batch(COMPLETE, (change("a", "/a/"),))], events), last_good, patience=0.01)
        asyncio.get_running_loop().call_later(0.1, events[0].set)
        async with aclosing(source.batches()) as batches:
            async for batch in batches:
                yield batch

    (only,) = told(tmp_path / "memory", work, 1)
    assert only.state == COMPLETE
