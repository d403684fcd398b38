"""A ClusterSource with everything that it gave so far; on the fake API server it is quick where it would be patient."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from ambassador.kinds.contract import OUR_GROUP
from ambassador.model.config_snapshot import SourceState
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Problem
from ambassador.sources.base import Batch
from ambassador.sources.cluster.reflector import Timings
from ambassador.sources.cluster.resources import Wanted
from ambassador.sources.cluster.scope import Scope
from ambassador.sources.cluster.source import ClusterSource
from tests.fake_cluster.client import client
from tests.fake_cluster.state import State

MAPPINGS = f"/apis/{OUR_GROUP}/v3alpha1/mappings"
HOSTS = f"/apis/{OUR_GROUP}/v3alpha1/hosts"
GUARDS = f"/apis/{OUR_GROUP}/v3alpha1/authservices"
SERVICES = "/api/v1/services"
SECRETS = "/api/v1/secrets"
CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"

OURS = ("v3alpha1", "v2", "v1")
KINDS = (
    Wanted("Mapping", OUR_GROUP, OURS, expected=True),
    Wanted("Host", OUR_GROUP, OURS, expected=True),
    Wanted("Service", "", ("v1",), expected=True),
    Wanted("Secret", "", ("v1",), expected=True),
)
CLASS = Wanted("IngressClass", "networking.k8s.io", ("v1",), expected=True)
GUARD = Wanted("AuthService", OUR_GROUP, OURS, expected=False)

ALL = Scope()
QUICK = Timings(patience=0.2, doubt=0.1, look=0.1, away=0.05, first_delay=0.02, longest_delay=0.1, forget=0.1)


class Feed:
    """What came out of a source."""

    def __init__(self, source: ClusterSource) -> None:
        self.source = source
        self.objects: dict[ObjectKey, SourceObject] = {}
        self.batches: list[Batch] = []
        self._more = asyncio.Event()

    @property
    def state(self) -> SourceState:
        return self.batches[-1].state

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.batches[-1].problems

    @property
    def names(self) -> list[str]:
        return sorted(key.name for key in self.objects)

    def told(self, words: str) -> bool:
        """Whether a problem with these words holds."""
        return any(words in problem.message for problem in self.problems)

    async def follow(self) -> None:
        async with aclosing(self.source.batches()) as batches:
            async for batch in batches:
                self.batches.append(batch)
                changed = {change.key: change.object for change in batch.changes}
                self.objects = {key: one for key, one in (self.objects | changed).items() if one is not None}
                self._more.set()

    async def until(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        """Waits until `condition` holds; it is looked at after each batch, and now and then."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._more.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._more.wait(), 0.05)

    async def complete(self) -> None:
        await self.until(lambda: bool(self.batches) and self.state.complete)


@asynccontextmanager
async def feeding(
    folder: Path, url: str, scope: Scope = ALL, kinds: tuple[Wanted, ...] = KINDS, timings: Timings = QUICK
) -> AsyncGenerator[Feed, None]:
    """A source on the fake API server that runs until the end of the block."""
    api = client(folder, url)
    async with fed_by(ClusterSource(api, scope, timings=timings, kinds=kinds)) as feed:
        yield feed
    api.close()


@asynccontextmanager
async def fed_by(source: ClusterSource) -> AsyncGenerator[Feed, None]:
    """Any source, running until the end of the block."""
    feed = Feed(source)
    task = asyncio.create_task(feed.follow())
    try:
        yield feed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def cluster() -> State:
    """A cluster with our CRDs, Services and Secrets, and two Mappings."""
    state = State()
    for path, kind in ((MAPPINGS, "Mapping"), (HOSTS, "Host"), (SERVICES, "Service"), (SECRETS, "Secret")):
        state.serve(path, kind)
    state.put(MAPPINGS, mapping("a"))
    state.put(MAPPINGS, mapping("b"))
    return state


def mapping(name: str, prefix: str = "/", **metadata: object) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "default", **metadata}, "spec": {"prefix": prefix, "service": "s"}}


def key(kind: str, name: str, namespace: str = "default") -> ObjectKey:
    return ObjectKey(kind, namespace, name)
