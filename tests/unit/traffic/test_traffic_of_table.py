"""What arrives at the routes in sight: the window of the table decides, not how many routes have traffic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from logged import logged

from ambassador.compile.pipeline import Compiler
from ambassador.report.pages import Pages, Query
from ambassador.report.revision import Revision
from ambassador.sources.folder import load
from ambassador.traffic.book import Book

MANY = 300
MAPPING = """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: m{number:04d}}}
spec: {{hostname: h{host}.test, prefix: /r{number:04d}/, service: "10.0.0.1"}}
"""


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    (tmp_path / "all.yaml").write_text("---\n".join(MAPPING.format(number=one, host=one % 3) for one in range(MANY)))
    config = load([tmp_path])
    revision = Revision(1, config, Compiler().compile(config.objects))
    book = Book(1_000.0)
    for number in range(0, MANY, 2):
        book.enter(logged(f"mapping/default/m{number:04d}"), 1_001.0)
    return Pages(lambda: revision, lambda: b"", "1.0", 0.0, book=book)


def asked(pages: Pages, path: str, query: Query) -> Any:
    body, _ = pages.answer(path, query) or (b"", "")
    assert isinstance(body, bytes)
    return orjson.loads(body)


def test_given_a_window_of_the_table_then_only_its_traffic_is_told(pages: Pages) -> None:
    shown = Query(host="h0.test", limit=4, offset=1, text="host=h0.test&limit=4&offset=1")
    rows = [one["name"] for one in asked(pages, "/routes", shown)["listeners"][0]["hosts"][0]["routes"]]
    told = asked(pages, "/traffic", shown)
    counted = sorted(name for name in rows if int(name[-4:]) % 2 == 0)
    assert (list(told["routes"]), told["total"]) == (counted, MANY // 2)
    assert len(counted) == 2


def test_given_a_search_then_it_means_what_it_means_in_the_table(pages: Pages) -> None:
    words = Query(q="h1.test", limit=MANY, text=f"q=h1.test&limit={MANY}")
    assert len(asked(pages, "/traffic", words)["routes"]) == MANY // 6
    assert asked(pages, "/traffic", Query(q="h1.test", text="q=h1.test"))["routes"] == {}
    assert len(asked(pages, "/traffic", Query())["routes"]) == MANY // 2
