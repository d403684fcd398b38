"""Given config snapshots, answers of Envoy and others who wait, in any order, then the controller publishes the right
thing once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ambassador.compile.pipeline import Compiler
from ambassador.ir.listener import ListenerIdentity
from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.ops.metrics import new_metrics
from ambassador.watcher.blame import Refusal
from ambassador.watcher.controller import Controller
from ambassador.watcher.effective import Effective, Step
from ambassador.watcher.memory import Memory
from ambassador.watcher.news import News
from ambassador.watcher.opened_ports import OpenedPorts, PortCheck
from ambassador.watcher.waiting import Waiting
from ambassador.xds.ledger import Nack, Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.types import ResourceType
from tests.properties.manifests import source


class Counting(Compiler):
    """Counts how often it is asked."""

    compiles = 0

    def compile(self, *arguments: Any) -> Any:
        self.compiles += 1
        return super().compile(*arguments)


@dataclass(slots=True)
class Server:
    """Keeps what is published."""

    connected: bool = False
    ledger: Any = None
    published: list[ResourceSnapshot] = field(default_factory=list)

    def publish(self, snapshot: ResourceSnapshot) -> None:
        self.published.append(snapshot)

    @property
    def routes(self) -> bytes:
        return b"".join(one.body for one in self.published[-1].resources.routes.values())


async def no_port_is_taken(_: Iterable[ListenerIdentity]) -> Mapping[ListenerIdentity, str]:
    return {}


def mapping(name: str, path: str = "") -> SourceObject:
    spec = {"hostname": "*", "prefix": f"/{path or name}/", "service": "127.0.0.1:1"}
    return source("Mapping", name, {"spec": spec})


def config(*given: str | SourceObject) -> ConfigSnapshot:
    found = [mapping(one) if isinstance(one, str) else one for one in given]
    return ConfigSnapshot({one.key: one for one in found})


@dataclass(slots=True)
class Secrets:
    """`late`: a Secret that is named has not come yet."""

    late: bool = True

    def want_secrets(self, keys: frozenset[ObjectKey]) -> None:
        pass

    def secrets_expected(self) -> tuple[ObjectKey, ...]:
        return (ObjectKey("Secret", "default", "late"),) if self.late else ()


def waiting(work: Callable[[Controller, Server, Secrets], Awaitable[None]], memory: Memory, check: PortCheck) -> None:
    """A controller that cannot publish anything before a Secret has come."""

    async def run() -> None:
        server, secrets = Server(), Secrets()
        with ThreadPoolExecutor(1) as executor:
            controller = Controller(Compiler(), executor, OpenedPorts(check), News(new_metrics()), memory)
            controller.attach(server)
            controller.waiting = Waiting(secrets)
            await work(controller, server, secrets)

    asyncio.run(run())


def started(work: Callable[[Controller, Server, Counting], Awaitable[None]]) -> None:
    """A controller that has published one Mapping."""

    async def run() -> None:
        compiler, server = Counting(), Server()
        with ThreadPoolExecutor(1) as executor:
            controller = Controller(compiler, executor, OpenedPorts(no_port_is_taken), News(new_metrics()))
            controller.attach(server)
            await controller.take(config("first"))
            await work(controller, server, compiler)

    asyncio.run(run())


def test_given_a_change_that_has_not_settled_then_it_is_compiled_and_published_when_it_has() -> None:
    async def work(controller: Controller, server: Server, compiler: Counting) -> None:
        await controller.take(config("first", "second"), settled=False)
        compiles = compiler.compiles
        assert len(server.published) == 1 and controller.revision.number == 1
        await controller.take(config("first", "second"))
        assert b"/second/" in server.routes and compiler.compiles == compiles
        assert [one.revision for one in server.published] == [1, 2]

    started(work)


def test_given_more_comes_before_it_has_settled_then_both_are_published_at_once() -> None:
    async def work(controller: Controller, server: Server, compiler: Counting) -> None:
        await controller.take(config("first", "second"), settled=False)
        await controller.take(config("third"))
        assert len(server.published) == 2
        assert b"/third/" in server.routes and b"/second/" not in server.routes and b"/first/" not in server.routes

    started(work)


def test_given_a_few_mappings_among_thousands_then_no_thread_is_worth_it() -> None:
    routes = {one.key: one for one in map(mapping, map(str, range(12_000)))}
    module = source("Module", "ambassador", {"spec": {}})
    few = dict(list(routes.items())[:100])

    def is_quick(objects: Mapping[ObjectKey, SourceObject], *changed: SourceObject) -> bool:
        return Step(Effective(objects), {one.key: one for one in changed}, {}).is_quick

    assert is_quick(few, mapping("1"))
    assert is_quick(routes, mapping("1"))
    assert not is_quick(few, *few.values())
    assert not is_quick(few, module)
    assert not is_quick(routes, *few.values())
    assert not is_quick(routes, module)
    assert not is_quick({**routes, module.key: module}, mapping("1"))


def test_given_there_is_more_to_publish_meanwhile_then_that_waits_for_the_change_to_settle() -> None:
    async def work(controller: Controller, server: Server, compiler: Counting) -> None:
        await controller.take(config("first", "second"), settled=False)
        controller._hour = datetime(2000, 1, 1, tzinfo=UTC)
        await controller.check_again()
        assert len(server.published) == 1
        await controller.take(config("first", "second"))
        assert b"/second/" in server.routes and len(server.published) == 2
        await controller.check_again()
        assert b"/second/" in server.routes and len(server.published) == 3

    started(work)


def test_given_an_answer_to_what_is_tried_no_more_then_nobody_is_blamed_for_it() -> None:
    """Of two new objects one is bad, and mended while Envoy's answer to it is on its way."""
    bad, mended, good = mapping("a", "bad"), mapping("a", "mended"), mapping("b")

    async def work(controller: Controller, server: Server, compiler: Counting) -> None:
        await controller.heard(Outcome(1, acknowledged=True))
        await controller.take(config("first", bad, good))
        await answered(controller, server)
        await answered(controller, server)
        trial = controller.revision.number
        assert b"/bad/" in server.routes and b"/b/" not in server.routes
        await controller.take(config("first", mended, good), settled=False)
        await controller.heard(refused(trial))
        await controller.take(config("first", mended, good))
        for _ in range(8):
            await answered(controller, server)
        assert b"/mended/" in server.routes and b"/b/" in server.routes
        assert not list(controller.revision.problems())

    started(work)


def refused(revision: int) -> Outcome:
    nack = Nack(ResourceType.ROUTE, frozenset({"routes"}), frozenset(), "no good", revision)
    return Outcome(revision, acknowledged=False, nacks=(nack,))


async def answered(controller: Controller, server: Server) -> None:
    """Envoy refuses all that has a /bad/ in it."""
    newest = controller.revision.number
    await controller.heard(refused(newest) if b"/bad/" in server.routes else Outcome(newest, acknowledged=True))


def test_given_the_first_revision_waits_for_a_secret_then_what_was_refused_before_is_not_forgotten() -> None:
    good, bad, accepted = mapping("good"), mapping("a", "bad"), mapping("a", "before")
    memory = Memory({good.key: good.digest}, {bad.key: accepted}, {bad.key: (bad.digest, Refusal("no good"))})

    async def work(controller: Controller, server: Server, secrets: Secrets) -> None:
        await controller.take(config(good, bad))
        assert not server.published
        secrets.late = False
        await controller.take(config(good, bad))
        assert b"/before/" in server.routes and b"/bad/" not in server.routes
        assert any("no good" in one.message for one in controller.revision.problems())

    waiting(work, memory, no_port_is_taken)


def test_given_a_port_that_is_free_again_before_the_first_revision_then_it_is_opened() -> None:
    taken = {"by another": True}

    async def check(listeners: Iterable[ListenerIdentity]) -> Mapping[ListenerIdentity, str]:
        return dict.fromkeys(listeners, "in use") if taken else {}

    async def work(controller: Controller, server: Server, secrets: Secrets) -> None:
        await controller.take(config("first"))
        taken.clear()
        await controller.check_again()
        secrets.late = False
        await controller.take(config("first"))
        await controller.check_again()
        assert server.published[-1].resources.listeners

    waiting(work, Memory(), check)
