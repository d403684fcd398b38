"""Thousands of routes, objects and problems: what is shown is rendered, the rest counted, all of it sent in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from socket import AF_UNIX, socket
from typing import Any

import orjson
import pytest

from ambassador.compile.pipeline import Compiler
from ambassador.report import render
from ambassador.report.pages import Pages, Query
from ambassador.report.revision import Revision
from ambassador.report.route_view import route_view, window
from ambassador.report.server import ReportServer
from ambassador.sources.folder import load

MANY = 1_500
MAPPING = """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: m{number:04d}}}
spec: {{hostname: {host}, prefix: /r{number:04d}/, service: "10.0.0.1", timeout_msec: 3}}
"""
Json = dict[str, Any]


def manifest(number: int) -> str:
    return MAPPING.format(number=number, host=f"h{number % 3}.test")


@pytest.fixture(scope="module")
def revision(tmp_path_factory: pytest.TempPathFactory) -> Revision:
    folder = tmp_path_factory.mktemp("large")
    for file in range(3):
        (folder / f"f{file}.yaml").write_text("---\n".join(manifest(one) for one in range(file, MANY, 3)))
    config = load([folder])
    return Revision(7, config, Compiler().compile(config.objects))


@pytest.fixture
def pages(revision: Revision) -> Pages:
    return Pages(lambda: revision, lambda: b"", "1.0", 0.0)


def asked(pages: Pages, path: str, query: Query) -> tuple[Json, int]:
    """The answer, and in how many pieces it came."""
    body, _ = pages.answer(path, query) or (b"{}", "")
    pieces = [body] if isinstance(body, bytes) else list(body)
    return orjson.loads(b"".join(pieces)), len(pieces)


def test_given_more_routes_than_are_sent_at_once_then_they_come_in_pieces_and_are_the_same(
    revision: Revision, pages: Pages
) -> None:
    found, pieces = asked(pages, "/routes", Query())
    assert pieces > 3
    assert found == orjson.loads(orjson.dumps(window(route_view(revision), "", "", None, 0)))
    assert found["total"] == MANY
    assert asked(pages, "/routes", Query(q="r00", limit=10))[1] == 1
    some, pieces = asked(pages, "/routes", Query(host="h1.test", limit=MANY))
    assert (some, pieces) == (orjson.loads(orjson.dumps(window(route_view(revision), "", "h1.test", None, 0))), 1)


@pytest.mark.parametrize(("path", "name"), [("/problems", "problems"), ("/objects", "objects")])
def test_given_more_than_are_sent_at_once_then_windows_of_a_list_add_up_to_it(
    pages: Pages, path: str, name: str
) -> None:
    whole, pieces = asked(pages, path, Query())
    assert pieces > 3
    assert (whole["total"], len(whole[name])) == (MANY, MANY)
    parts = [asked(pages, path, Query(limit=400, offset=offset))[0] for offset in range(0, MANY + 400, 400)]
    assert [len(part[name]) for part in parts] == [400, 400, 400, 300, 0]
    assert [one for part in parts for one in part[name]] == whole[name]
    assert {part["total"] for part in parts} == {MANY}


def test_given_problems_then_they_are_counted_and_those_of_one_object_can_be_asked_for(pages: Pages) -> None:
    found = asked(pages, "/problems", Query(limit=2))[0]
    assert {name: found[name] for name in ("total", "errors", "warnings")} == {
        "total": MANY,
        "errors": 0,
        "warnings": MANY,
    }
    assert [one["source"]["name"] for one in found["problems"]] == ["m0000", "m0003"]
    own = asked(pages, "/problems", Query(text="kind=Mapping&namespace=default&name=m0004"))[0]
    assert [(one["source"]["name"], one["path"]) for one in own["problems"]] == [("m0004", "spec.timeout_msec")]
    assert own["total"] == 1


def test_given_a_client_that_has_the_newest_answer_then_nothing_is_rendered(revision: Revision) -> None:
    pages = Pages(lambda: revision, lambda: b"", "1.0", 0.0)
    for path in ("/routes", "/overview", "/problems", "/objects"):
        _, tag = pages.answer(path, Query(limit=1)) or (b"", "")
        assert pages.unchanged(path, tag) == tag
        assert pages.unchanged(path, '"other"') == ""
    assert pages.unchanged("/explain", '"7"') == ""


def test_given_the_same_compile_then_its_amounts_are_counted_once(revision: Revision) -> None:
    first = render.amounts(revision)
    assert (first.routes, first.hosts, first.warnings, first.errors) == (MANY, 4, MANY, 0)
    assert render.amounts(replace(revision, number=8), first) is first
    fewer = replace(revision, compiled=replace(revision.compiled, reports={}))
    assert render.amounts(fewer, first).warnings == 0


def test_given_an_edit_then_a_search_tells_of_the_new_route_and_of_lines_that_moved(tmp_path: Path) -> None:
    compiler, file = Compiler(), tmp_path / "all.yaml"
    texts = [manifest(number) for number in range(4)]
    file.write_text("---\n".join(texts))
    before = Revision(1, config := load([tmp_path]), compiler.compile(config.objects))
    view = route_view(before)
    assert found(window(view, "r0002", "", None, 0)) == ["m0002"]
    assert found(window(view, "all.yaml:11", "", None, 0)) == ["m0002"]
    assert found(window(view, "ALL.yaml h0.test", "", None, 0)) == ["m0000", "m0003"]
    texts[2] = texts[2].replace("/r0002/", "/moved/")
    file.write_text("# a line\n" + "---\n".join(texts))
    config = load([tmp_path])
    changes = {key: one for key, one in config.objects.items() if key.name == "m0002"}
    view = route_view(Revision(2, config, compiler.compile(changes)), view)
    assert found(window(view, "r0002", "", None, 0)) == []
    assert found(window(view, "moved", "", None, 0)) == ["m0002"]
    assert found(window(view, "all.yaml:12", "", None, 0)) == ["m0002"]


def test_given_the_same_search_again_then_nothing_is_searched_until_something_changes(revision: Revision) -> None:
    view = route_view(revision)
    first = view.search(("r00",))
    # What Envoy says of a revision changes no row of it.
    again = route_view(replace(revision, connected=True), view)
    assert again.search(("r00",)) is first
    assert route_view(replace(revision, number=8), view).search(("r00",)) is not first
    for number in range(20):
        again.search((str(number),))
    assert len(again.searches) <= 8


def found(answer: Json) -> list[str]:
    hosts = [host for listener in answer["listeners"] for host in listener["hosts"]]
    return sorted(route["source"]["name"] for host in hosts for route in host["routes"])


@pytest.fixture
def ask(tmp_path: Path, pages: Pages) -> Iterator[Callable[..., tuple[int, bytes, str]]]:
    server = ReportServer(tmp_path / "s", pages)
    server.start()

    def get(path: str, tag: str = "") -> tuple[int, bytes, str]:
        connection = HTTPConnection("localhost", timeout=20)
        connection.sock = socket(AF_UNIX)
        connection.sock.connect(str(tmp_path / "s"))
        connection.request("GET", path, headers={"If-None-Match": tag} if tag else {})
        answer = connection.getresponse()
        told = answer.status, answer.read(), answer.headers.get("ETag", "")
        connection.close()
        return told

    yield get
    server.stop()


def test_given_pieces_then_they_arrive_as_one_answer_and_an_unchanged_one_does_not_come_again(
    ask: Callable[..., tuple[int, bytes, str]],
) -> None:
    status, body, tag = ask("/routes")
    assert (status, orjson.loads(body)["total"]) == (200, MANY)
    assert ask("/routes", tag) == (304, b"", tag)
    assert ask("/problems?limit=1")[0] == 200
