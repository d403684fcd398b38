"""Clusters that are sent while manifests are still being read, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from ambassador.compile.early import Early
from ambassador.compile.pipeline import Compiler
from ambassador.errors import CompileError
from ambassador.ir.listener import ListenerIdentity
from ambassador.model.config_snapshot import ConfigSnapshot, Objects
from ambassador.model.keys import ObjectKey
from ambassador.ops.metrics import new_metrics
from ambassador.watcher.blame import Refusal
from ambassador.watcher.controller import Controller
from ambassador.watcher.head_start import HeadStart, head_start
from ambassador.watcher.memory import Memory
from ambassador.watcher.news import News
from ambassador.watcher.opened_ports import OpenedPorts
from ambassador.wire.resource import EnvoyResources
from ambassador.xds.resource_snapshot import ResourceSnapshot
from tests.properties.manifests import source


@dataclass
class Server:
    """Notes what is published."""

    published: list[ResourceSnapshot] = field(default_factory=list)

    def publish(self, snapshot: ResourceSnapshot) -> None:
        self.published.append(snapshot)


class Failing(Compiler):
    """A compiler with a bug in what goes ahead."""

    asked = 0

    def ahead(self, objects: Objects, early: Early) -> None:
        self.asked += 1
        raise CompileError("a bug")


def mappings(*names: str, service: str = "127.0.0.1:9{}") -> Objects:
    specs = {
        name: {"hostname": "*", "prefix": f"/{name}/", "service": service.format(number)}
        for number, name in enumerate(names)
    }
    made = [source("Mapping", name, {"spec": spec}) for name, spec in specs.items()]
    return {one.key: one for one in made}


async def no_port_is_taken(_: Iterable[ListenerIdentity]) -> Mapping[ListenerIdentity, str]:
    return {}


def with_controller(work: Callable[[Controller, Server], Awaitable[None]], compiler: Compiler | None = None) -> None:
    compiler = Compiler() if compiler is None else compiler

    async def run() -> None:
        with ThreadPoolExecutor(1) as executor:
            controller = Controller(compiler, executor, OpenedPorts(no_port_is_taken), News(new_metrics()))
            server = Server()
            controller.attach(server)
            await work(controller, server)

    asyncio.run(run())


def test_given_clusters_sent_early_when_the_whole_comes_without_one_then_it_is_not_in_the_whole() -> None:
    async def work(controller: Controller, server: Server) -> None:
        take = head_start(controller)
        assert take is not None
        objects = mappings("a", "b")
        await asyncio.to_thread(take, objects)
        await asyncio.sleep(0)
        [early] = server.published
        assert (early.whole, early.revision, len(early.resources.clusters)) == (False, 0, 2)
        assert not (early.resources.listeners or early.resources.routes)
        await controller.take(ConfigSnapshot({key: one for key, one in objects.items() if key.name != "b"}))
        whole = server.published[-1]
        assert (whole.whole, whole.revision) == (True, 1)
        assert len(whole.resources.clusters) == 1
        assert whole.resources.clusters.items() < early.resources.clusters.items()

    with_controller(work)


def test_given_a_first_revision_when_something_early_arrives_late_then_it_is_not_published() -> None:
    async def work(controller: Controller, server: Server) -> None:
        take = head_start(controller)
        assert take is not None
        await controller.take(ConfigSnapshot(mappings("a")))
        await asyncio.to_thread(take, mappings("b"))
        await asyncio.sleep(0)
        assert [one.whole for one in server.published] == [True]

    with_controller(work)


def test_given_an_object_that_envoy_refused_before_then_nothing_is_sent_early() -> None:
    async def work(controller: Controller, server: Server) -> None:
        controller.memory = Memory(refused={ObjectKey("Mapping", "default", "a"): ("digest", Refusal("why"))})
        assert head_start(controller) is None

    with_controller(work)


def test_given_a_bug_then_the_head_start_ends_and_the_first_revision_is_as_ever() -> None:
    compiler = Failing()

    async def work(controller: Controller, server: Server) -> None:
        told: list[EnvoyResources] = []
        head = HeadStart(controller.compiler, controller.executor, Early(told.append))
        for name in ("a", "b"):
            await asyncio.to_thread(head.take, mappings(name))
        assert (compiler.asked, told) == (1, [])
        await controller.take(ConfigSnapshot(mappings("a", "b")))
        assert len(server.published[-1].resources.clusters) == 2

    with_controller(work, compiler)


@pytest.mark.parametrize("service", ["name-{}", "name-{}.other", "outside-{}.example.com:80"])
def test_given_names_then_no_cluster_of_them_is_early(service: str) -> None:
    """What a name means follows from objects that are still to be read."""
    told: list[EnvoyResources] = []
    Compiler().ahead(mappings("a", "b", service=service), Early(told.append))
    assert told == []
