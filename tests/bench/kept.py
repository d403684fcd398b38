"""Figures that outlive their run: as JSON with all samples for programs, as Markdown for docs/performance.md.

A part that is measured again takes the place of its older figures; those of other parts stay, with the machine and the
command they belong to. Ratios are of one run in any case.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.report import HEAD, RULE, Figure, Point, cells


@dataclass(frozen=True, slots=True)
class Run:
    """The figures of one part, and where, when and how they were measured."""

    about: Mapping[str, str]
    figures: tuple[Figure, ...]


def write(path: Path, runs: Mapping[str, Run]) -> None:
    """Everything, samples included."""
    rows = {
        name: {"about": dict(run.about), "figures": [_row(one) for one in run.figures]} for name, run in runs.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, indent=1))


def read(path: Path) -> dict[str, Run]:
    """What was written; nothing where there is no file, or one of another form."""
    found = json.loads(path.read_text()) if path.exists() else {}
    return {
        name: Run(run["about"], tuple(_figure(one) for one in run["figures"]))
        for name, run in found.items()
        if isinstance(run, dict) and "figures" in run
    }


def as_markdown(runs: Mapping[str, Run], titles: Mapping[str, str]) -> str:
    """A section for each part: its table, the command that repeats it, and the machine."""
    return "".join(f"{line}\n" for name, run in runs.items() for line in _section(name, titles[name], run))


def table(run: Run) -> list[str]:
    """The machine and all figures of a part, as lines of Markdown."""
    rows = [row[1:] for row in (HEAD, RULE, *map(cells, run.figures))]
    return [where(run), "", *("| " + " | ".join(row) + " |" for row in rows)]


def where(run: Run) -> str:
    """The machine, and how quiet it was."""
    about = defaultdict(str, run.about)
    return (
        f"{about['cores']} cores {about['processor']}, Linux {about['system']}, Python {about['python']}, "
        f"Envoy {about['envoy']}, {about['time'][:10]}, load before the run {about['load']}."
    )


def _section(name: str, title: str, run: Run) -> Iterator[str]:
    yield from (f"### {title}", f"`{run.about.get('command', name)}`", "", *table(run), "")


def _row(one: Figure) -> dict[str, Any]:
    return asdict(one) | {"verdict": one.verdict, "ratio": one.ratio}


def _figure(row: Mapping[str, Any]) -> Figure:
    fields = {name: value for name, value in row.items() if name not in ("verdict", "ratio", "point", "samples")}
    point = row.get("point")
    return Figure(**fields, samples=tuple(row["samples"]), point=Point(**point) if point else None)
