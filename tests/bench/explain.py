"""How long an answer takes: where a request goes, among many routes, and right after one of them was edited.

In one process: the compiler's result, the evaluator, and the answer as JSON.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.explain.asking.question import Question, Understood
from ambassador.explain.evaluate import Prepared, prepare
from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.report.explain_view import explain_view
from ambassador.report.revision import Revision
from tests.bench.report import Figure, median, percentile

LIMIT_MS = 20.0
QUESTIONS, EDITS = 200, 20


@dataclass(frozen=True, slots=True)
class Table:
    """`host` and `prefix` of the Mapping of a number; `path` is one that reaches it."""

    name: str
    host: Callable[[int], str]
    prefix: Callable[[int], str]
    path: Callable[[int], str]
    regex: bool = False


TABLES = (
    Table("one host", lambda _: "*", lambda number: f"/v1/service-{number}/", lambda number: f"/v1/service-{number}/a"),
    Table("a host each", lambda number: f"h{number}.example.com", lambda _: "/api/", lambda _: "/api/a"),
    Table(
        "patterns on one host",
        lambda _: "*",
        lambda number: f"/v1/service-{number}/[a-z]+",
        lambda number: f"/v1/service-{number}/abc",
        regex=True,
    ),
)


def measure(count: int, seed: int) -> list[Figure]:
    """Questions on each table, in turn to a route, to a path that no route has, and to a host that no route has."""
    return [figure for table in TABLES for figure in _of_table(table, count, random.Random(seed))]


def _of_table(table: Table, count: int, rng: random.Random) -> list[Figure]:
    world = {one.key: one for one in (_mapping(table, number) for number in range(count))}
    compiler = Compiler()
    compiled = compiler.compile(world)
    prepared = prepare(compiled.gateway)
    _ask(compiled, prepared, world, _question(table, 0))
    times = []
    for _ in range(QUESTIONS):
        question = _question(table, rng.randrange(count * 3 // 2))
        times.append(_ask(compiled, prepared, world, question))
    after: list[float] = []
    for edit in range(EDITS):
        changed = _mapping(table, rng.randrange(count), edit + 1)
        world[changed.key] = changed
        compiled = compiler.compile({changed.key: changed})
        began = time.perf_counter()
        prepared = prepare(compiled.gateway, prepared)
        after.append((time.perf_counter() - began) * 1000 + _ask(compiled, prepared, world, _question(table, 0)))
    where = f"among {count}, {table.name}"
    return [
        Figure("explain", f"an answer {where}, median", median(times), "ms", LIMIT_MS, samples=tuple(times)),
        Figure("explain", f"an answer {where}, p99", percentile(times, 0.99), "ms", LIMIT_MS),
        Figure("explain", f"the first after an edit {where}", median(after), "ms", LIMIT_MS, samples=tuple(after)),
    ]


def _mapping(table: Table, number: int, edition: int = 0) -> SourceObject:
    spec = {
        "hostname": table.host(number),
        "prefix": table.prefix(number),
        "prefix_regex": table.regex,
        "service": f"10.0.{edition}.1:8080",
    }
    key = ObjectKey("Mapping", "default", f"m{number}")
    content = {
        "apiVersion": "getambassador.io/v3alpha1",
        "kind": "Mapping",
        "metadata": {"name": key.name, "namespace": key.namespace},
        "spec": spec,
    }
    return SourceObject(key, repr(content), content)


def _question(table: Table, number: int) -> Question:
    host = table.host(number)
    return Question(f"http://{'any.example.com' if host == '*' else host}{table.path(number)}")


def _ask(compiled: Compiled, prepared: Prepared, world: dict[ObjectKey, SourceObject], question: Question) -> float:
    """Milliseconds."""
    revision = Revision(1, ConfigSnapshot(world), compiled)
    began = time.perf_counter()
    orjson.dumps(explain_view(revision, prepared, Understood(question)))
    return (time.perf_counter() - began) * 1000
