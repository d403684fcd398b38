"""Given a bug in our own compiler, then it costs the object it trips over, and nothing else stops."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import wanted

from ambassador.compile import objects
from ambassador.compile.early import Early
from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.ir.listener import ListenerIdentity
from ambassador.model.config_snapshot import Changes, ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.ops.metrics import new_metrics
from ambassador.watcher.controller import Controller
from ambassador.watcher.news import News
from ambassador.watcher.opened_ports import OpenedPorts

Objects = dict[ObjectKey, SourceObject]


class Tripping:
    """The real compiler with a bug: it fails while `broken`, or while an object with `trip` in its prefix is in use."""

    def __init__(self) -> None:
        self.inner = Compiler()
        self.compiles = 0
        self.broken = False

    def set(self, what: Any, changes: Mapping[Any, Any]) -> None:
        self.inner.set(what, changes)

    def compile(self, changes: Changes, early: Early | None = None) -> Compiled:
        self.compiles += 1
        result = self.inner.compile(changes, early)
        if self.broken:
            raise ZeroDivisionError
        tables = result.gateway.route_tables.values()
        for route in (route for table in tables for one in table.virtual_hosts for route in one.routes):
            if "trip" in route.match.path.value:
                raise KeyError("a text that may be a secret")
        return result


def world(**prefixes: str) -> ConfigSnapshot:
    """A Mapping a keyword, with this prefix."""
    found: Objects = {}
    for name, prefix in prefixes.items():
        content = wanted.mapping(name, prefix, "127.0.0.1:1")
        key = ObjectKey("Mapping", "default", name)
        found[key] = SourceObject(key, f"{name} {prefix}", content)
    return ConfigSnapshot(found)


async def no_port_is_taken(_: Iterable[ListenerIdentity]) -> Mapping[ListenerIdentity, str]:
    return {}


def with_controller(work: Callable[[Controller, Tripping], Awaitable[None]]) -> None:
    async def run() -> None:
        compiler = Tripping()
        with ThreadPoolExecutor(1) as executor:
            ports = OpenedPorts(no_port_is_taken)
            await work(Controller(compiler, executor, ports, News(new_metrics())), compiler)  # type: ignore[arg-type]

    asyncio.run(run())


def prefixes(controller: Controller) -> set[str]:
    tables = controller.revision.compiled.gateway.route_tables.values()
    return {route.match.path.value for table in tables for one in table.virtual_hosts for route in one.routes}


def named(controller: Controller) -> dict[str, str]:
    return {problem.source.name: problem.message for problem in controller.revision.problems()}


def test_given_an_object_that_the_compiler_fails_on_then_all_others_are_served_and_it_is_named() -> None:
    good = {f"good{number}": f"/good{number}/" for number in range(50)}

    async def work(controller: Controller, compiler: Tripping) -> None:
        await controller.take(world(**good, bad="/trip/"))
        assert prefixes(controller) == set(good.values())
        assert named(controller).keys() == {"bad"}
        assert "a bug: please report it" in named(controller)["bad"]
        assert "KeyError in test_bugs.py:" in named(controller)["bad"]
        assert "secret" not in named(controller)["bad"]
        assert compiler.compiles < 12

    with_controller(work)


def test_given_a_good_form_when_edited_to_one_that_the_compiler_fails_on_then_others_edits_still_count() -> None:
    async def work(controller: Controller, compiler: Tripping) -> None:
        await controller.take(world(a="/a/", b="/b/"))
        await controller.take(world(a="/trip/", b="/b2/"))
        assert "/b2/" in prefixes(controller)
        assert "/trip/" not in prefixes(controller)
        assert named(controller).keys() == {"a"}
        await controller.take(world(a="/a3/", b="/b2/"))
        assert prefixes(controller) == {"/a3/", "/b2/"}
        assert named(controller) == {}

    with_controller(work)


def test_given_a_failure_that_is_nobodys_then_what_was_served_stays_and_the_next_edit_is_tried() -> None:
    async def work(controller: Controller, compiler: Tripping) -> None:
        await controller.take(world(a="/a/"))
        before = controller.revision.compiled.resources
        compiler.broken = True
        await controller.take(world(a="/a/", b="/b/"))
        assert controller.revision.compiled.resources == before
        assert named(controller).keys() == {"envoy"}
        compiler.broken = False
        await controller.take(world(a="/a/", b="/b/", c="/c/"))
        assert prefixes(controller) == {"/a/", "/b/", "/c/"}
        assert named(controller) == {}

    with_controller(work)


def test_given_a_first_configuration_that_can_not_be_compiled_at_all_then_nothing_is_published() -> None:
    async def work(controller: Controller, compiler: Tripping) -> None:
        compiler.broken = True
        await controller.take(world(a="/a/"))
        assert controller.revision.number == 0
        assert named(controller).keys() == {"envoy"}

    with_controller(work)


def test_given_a_parser_with_a_bug_then_its_object_has_an_error_and_the_log_a_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kind = objects._KINDS["Host"]
    monkeypatch.setitem(objects._KINDS, "Host", replace(kind, parse=broken))
    key = ObjectKey("Host", "default", "broken")
    host = SourceObject(key, "1", wanted.host("broken", "a.test"))
    with caplog.at_level(logging.ERROR):
        compiled = Compiler().compile({**world(a="/a/").objects, key: host})
    (problem,) = compiled.reports[key].problems
    assert problem.severity.value == "error"
    assert "RuntimeError in test_bugs.py:" in problem.message
    assert compiled.reports[ObjectKey("Mapping", "default", "a")].state.value == "accepted"
    assert "in broken" in caplog.text
    assert "a.test" not in caplog.text + problem.message


def broken(source: SourceObject) -> Any:
    raise RuntimeError(f"not like this: {source.content}")
