"""`make bench-plots`: plots of what `make bench` has measured last, for docs/performance.md."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.changes import ADDED, EDITED, FLIPPED
from tests.bench.kept import Run, read
from tests.bench.report import Figure
from tests.bench.svg import Line, plot

FLOOR = "floor"
_NAMES = {"product": "Ambassador", FLOOR: "floor", "list": "one list a host"}
_ACROSS = "routes on one host"


@dataclass(frozen=True, slots=True)
class Plot:
    """`name`: of the points; `lines` in the order of the legend."""

    name: str
    title: str
    up: str
    lines: tuple[str, ...] = ("product", "list", FLOOR)

    @property
    def part(self) -> str:
        """The part of the bench that measures it."""
        return self.name.partition(",")[0]


PLOTS = {
    "edit-flipped.svg": Plot(f"edit, {FLIPPED}", "A route's service flipped: saved → answered", "ms (less is better)"),
    "edit-prefix.svg": Plot(f"edit, {EDITED}", "A route's prefix edited: saved → answered", "ms (less is better)"),
    "edit-added.svg": Plot(f"edit, {ADDED}", "A route added: saved → answered", "ms (less is better)"),
    "rate.svg": Plot("rate", "Requests on the last route", "requests/s, one thread", ("product", "list")),
}


def main() -> int:
    """Returns the exit code."""
    given = _arguments()
    runs = read(given.json)
    figures = [one for run in runs.values() for one in run.figures]
    given.to.mkdir(parents=True, exist_ok=True)
    for file, what in PLOTS.items():
        lines = [line for line in lines_of(what, figures) if len(line.points) > 1]
        if not lines:
            print(f"{file}: {given.json} has too few figures for it; make bench PART={what.part}")
            continue
        (given.to / file).write_text(plot(what.title, _ACROSS, what.up, lines, _note(runs[what.part])))
        print(given.to / file)
    return 0


def lines_of(what: Plot, figures: Iterable[Figure]) -> Sequence[Line]:
    """The lines of a plot; the floor is what the product's figures were compared with."""
    found: dict[str, dict[float, float]] = {name: {} for name in what.lines}
    for one in figures:
        if one.point is None or one.point.plot != what.name or one.point.line not in found:
            continue
        found[one.point.line][one.point.n] = one.value
        if one.floor is not None and FLOOR in found:
            found[FLOOR][one.point.n] = one.floor
    return [Line(_NAMES[name], sorted(points.items())) for name, points in found.items()]


def _note(run: Run) -> str:
    """When it was measured, and whether the machine was quiet."""
    return run.about.get("time", "")[:10] + (", provisional" if "provisional" in run.about.get("load", "") else "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-plots", description=__doc__)
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="figures of make bench")
    parser.add_argument("--to", type=Path, default=Path("docs/plots"), help="folder of the plots")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
