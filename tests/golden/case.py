"""One golden case: its manifests on top of the base, compiled, and written as what a reader wants to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ambassador.compile.inputs import NOW, OPTIONS, PORT_TAKEN, REFUSED, Options
from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.ir.listener import ListenerIdentity
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.origins import Origins
from ambassador.model.problems import Problem, dotted
from ambassador.sources.folder import load
from tests.golden.certificates import filled_in
from tests.golden.differences import differences, readable_form

HERE = Path(__file__).parent
CASES = HERE / "cases"
BASE = HERE / "base.yaml"
BASES = {"ingress": HERE / "base_ingress.yaml"}
"""By folder of cases, where it is not `BASE`."""
LONGEST = 79
_WIDTH, _FLOW = 150, 104

_GIVEN = "# given: "
_TODAY = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """`name` is the path below `cases` without its endings."""

    name: str

    @property
    def manifest(self) -> Path:
        return CASES / f"{self.name}.in.yaml"

    @property
    def base(self) -> Path:
        """What the case is compared with, and stands on."""
        return BASES.get(self.name.partition("/")[0], BASE)

    @property
    def expected(self) -> Path:
        return CASES / f"{self.name}.out.yaml"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case compiles to."""

    compiled: Compiled
    problems: tuple[Problem, ...]
    text: str


def all_cases() -> list[Case]:
    names = sorted(str(path.relative_to(CASES)).removesuffix(".in.yaml") for path in CASES.rglob("*.in.yaml"))
    return [Case(name) for name in names]


def outcome(case: Case, folder: Path) -> Outcome:
    """Compiles a case. What is not a manifest (the time, taken ports, refusals, options) its first line gives."""
    text = case.manifest.read_text()
    file = folder / case.manifest.name
    file.write_text(filled_in(text))
    snapshot = load([file])
    base = _base(case.base, folder)
    given = yaml.safe_load(text.partition("\n")[0].removeprefix(_GIVEN)) if text.startswith(_GIVEN) else {}
    compiled = _compiler(given).compile({**base, **snapshot.objects})
    found = [*snapshot.problems, *(one for report in compiled.reports.values() for one in report.problems)]
    problems = tuple(sorted(set(found), key=lambda one: (one.source, dotted(one.path), one.message)))
    lines = [_line(one, snapshot.origins).replace(f"{folder}/", "") for one in problems]
    changed = differences(base_form(case.base, folder), readable_form(compiled.resources))
    return Outcome(compiled, problems, _text({"problems": lines, "differences": changed or {}}))


@cache
def base_form(base: Path, folder: Path) -> dict[str, Any]:
    """The configuration that cases are compared with."""
    return readable_form(_compiler({}).compile(_base(base, folder)).resources)


@cache
def _base(base: Path, folder: Path) -> Mapping[ObjectKey, SourceObject]:
    file = folder / base.name
    file.write_text(filled_in(base.read_text()))
    return load([file]).objects


def _compiler(given: Mapping[str, Any]) -> Compiler:
    compiler = Compiler()
    compiler.set(NOW, {None: given.get("now", _TODAY)})
    options = {**given.get("options", {})}
    compiler.set(OPTIONS, {None: Options(**options)})
    taken = given.get("port_taken", {})
    compiler.set(PORT_TAKEN, {ListenerIdentity("0.0.0.0", port): words for port, words in taken.items()})
    refused = given.get("refused", {})
    compiler.set(REFUSED, {ObjectKey(*place.split("/")): words for place, words in refused.items()})
    return compiler


def _line(problem: Problem, origins: Origins) -> str:
    line = problem.line if problem.line is not None else origins.line(problem.source, problem.path)
    what = f"{problem.severity.value} {problem.reason.value} {_source(problem)}"
    place = dotted(problem.path) + (f" (line {line})" if line else "")
    return f"{what} {place}: {problem.message}"


def _source(problem: Problem) -> str:
    return "the file" if problem.source.kind == "File" else str(problem.source)


def _text(value: object) -> str:
    node = yaml.SafeDumper("", sort_keys=False).represent_data(value)
    _flow(node)
    return yaml.serialize(node, Dumper=yaml.SafeDumper, width=_WIDTH, allow_unicode=True)


def _flow(node: yaml.Node) -> int:
    """Puts what is short on one line; gives the length that a node has on one."""
    if not isinstance(node, yaml.CollectionNode):
        return len(node.value) + 2
    parts = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
    size = sum(_flow(part) + 2 for part in parts)
    node.flow_style = size <= _FLOW or not parts
    return size
