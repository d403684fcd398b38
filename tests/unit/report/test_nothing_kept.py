"""Answers keep nothing of revisions that are gone: each of them is all that has been edited since."""

from __future__ import annotations

import gc
from pathlib import Path
from weakref import ReferenceType, ref

import pytest

from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.explain.prepared import Prepared
from ambassador.report.pages import Pages, Query
from ambassador.report.revision import Revision
from ambassador.report.route_view import RouteView
from ambassador.sources.folder import load

QUESTION = "url=http://a.test/r/"
MAPPING = """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: m}
spec: {hostname: "*", prefix: /r/, service: "10.0.0.1"}
"""


class World:
    """Revisions of a folder, of which only the newest is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.revision = Revision()

    def publish(self) -> ReferenceType[Compiled]:
        """Compiles everything anew; whether it is still there can be asked of what this gives."""
        config = load([self._folder])
        self.revision = Revision(self.revision.number + 1, config, Compiler().compile(config.objects))
        return ref(self.revision.compiled)

    def current(self) -> Revision:
        return self.revision


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "m.yaml").write_text(MAPPING)
    return World(tmp_path)


def pages_of(world: World) -> Pages:
    return Pages(world.current, lambda: b"", "1.0", 0.0)


def asked(pages: Pages, *paths: str) -> None:
    for path in paths:
        assert pages.answer(path, Query(limit=10))


def is_there(one: ReferenceType[Compiled]) -> bool:
    gc.collect()
    return one() is not None


def test_given_an_overview_when_another_revision_follows_then_the_first_is_forgotten_at_once(world: World) -> None:
    pages = pages_of(world)
    first = world.publish()
    asked(pages, "/overview", "/health", "/problems", "/objects")
    assert is_there(first)
    world.publish()
    assert not is_there(first)


@pytest.mark.parametrize(("path", "text", "index"), [("/routes", "", RouteView), ("/explain", QUESTION, Prepared)])
def test_given_an_answer_when_nobody_asks_for_more_then_what_it_was_found_by_is_forgotten(
    world: World, path: str, text: str, index: type
) -> None:
    pages, elsewhere = pages_of(world), number_of(index)
    world.publish()
    assert pages.answer(path, Query(text=text, limit=10))
    assert number_of(index) == elsewhere + 1
    pages.forget()
    assert number_of(index) == elsewhere + 1
    pages.forget()
    assert number_of(index) == elsewhere


def number_of(kind: type) -> int:
    gc.collect()
    return sum(isinstance(one, kind) for one in gc.get_objects())
