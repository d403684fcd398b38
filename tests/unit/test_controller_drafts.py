"""Given changes whose hold-off still lasts, when the controller takes them, then it is ahead with its work, no more."""

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
from ambassador.watcher.controller import Controller
from ambassador.watcher.effective import Effective, Step
from ambassador.watcher.news import News
from ambassador.watcher.opened_ports import OpenedPorts
from ambassador.xds.resource_snapshot import ResourceSnapshot
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


def mapping(name: str) -> SourceObject:
    return source("Mapping", name, {"spec": {"hostname": "*", "prefix": f"/{name}/", "service": "127.0.0.1:1"}})


def config(*names: str) -> ConfigSnapshot:
    return ConfigSnapshot({one.key: one for one in map(mapping, names)})


def started(work: Callable[[Controller, Server, Counting], Awaitable[None]]) -> None:
    """A controller that has published one Mapping."""

    async def run() -> None:
        compiler, server = Counting(), Server()
        with ThreadPoolExecutor(1) as executor:
            controller = Controller(compiler, executor, OpenedPorts(no_port_is_taken), News(new_metrics()))
            controller.attach(server)  # type: ignore[arg-type]
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


def test_given_a_few_routes_among_thousands_or_anything_among_few_then_no_thread_is_worth_it() -> None:
    routes = {one.key: one for one in map(mapping, map(str, range(5000)))}
    module = source("Module", "ambassador", {"spec": {}})
    few = dict(list(routes.items())[:100])

    def is_quick(objects: Mapping[ObjectKey, SourceObject], *changed: SourceObject) -> bool:
        return Step(Effective(objects), {one.key: one for one in changed}, {}).is_quick

    assert is_quick(few, module, *few.values())
    assert is_quick(routes, mapping("1"))
    assert not is_quick(routes, *few.values())
    assert not is_quick(routes, module)
    assert not is_quick({**routes, module.key: module}, mapping("1"))


def test_given_something_else_is_published_meanwhile_then_nothing_is_lost_or_taken_back() -> None:
    async def work(controller: Controller, server: Server, compiler: Counting) -> None:
        await controller.take(config("first", "second"), settled=False)
        controller._hour = datetime(2000, 1, 1, tzinfo=UTC)
        await controller.check_again()
        assert b"/second/" in server.routes
        await controller.take(config("first", "second"))
        assert b"/second/" in server.routes and controller.revision.number == server.published[-1].revision

    started(work)
