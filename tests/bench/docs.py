"""`make bench-docs`: puts the figures that were measured last into docs/performance.md, between its marks.

A block whose part was not measured stays as it is.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.bench.kept import Run, read, table, where
from tests.bench.report import Figure, number

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
_BLOCK = re.compile(r"(?P<head><!-- figures: (?P<name>[a-z]+) -->\n).*?(?P<tail><!-- /figures -->)", re.DOTALL)
_SHORT = ("edit", "hosts")
"""Parts with dozens of figures: one line for each point of their plots."""
_HEAD = (
    "Mappings",
    "change",
    "product, ms",
    "floor, ms",
    "one list, ms",
    "ratio",
    "limit, ms",
    "",
    "watcher's CPU, ms",
)


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-docs", description=__doc__)
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="figures of make bench")
    PAGE.write_text(filled(PAGE.read_text(), read(parser.parse_args().json)))
    return 0


def filled(page: str, runs: Mapping[str, Run]) -> str:
    """The page with the tables of these runs."""

    def block(found: re.Match[str]) -> str:
        run = runs.get(found["name"])
        if run is None:
            return found[0]
        lines = list(_by_point(run)) if found["name"] in _SHORT else table(run)
        return found["head"] + "\n".join(lines) + "\n" + found["tail"]

    return _BLOCK.sub(block, page)


def _by_point(run: Run) -> Iterator[str]:
    points: dict[tuple[str, int], dict[str, Figure]] = {}
    for one in run.figures:
        if one.point:
            points.setdefault((one.point.plot, one.point.n), {})[one.point.line] = one
    yield from (where(run), "")
    yield from ("| " + " | ".join(row) + " |" for row in (_HEAD, ("---",) * len(_HEAD)))
    for (plot, n), lines in points.items():
        cells = (f"{n:,}", plot.partition(", ")[2], *_compared(lines["product"], lines.get("list")))
        yield "| " + " | ".join((*cells, _value(lines.get("cpu")))) + " |"


def _compared(one: Figure, as_list: Figure | None) -> tuple[str, ...]:
    floor = "" if one.floor is None else number(one.floor)
    ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
    limit = "" if one.limit is None else number(one.limit)
    return (number(one.value), floor, _value(as_list), ratio, limit, one.verdict)


def _value(one: Figure | None) -> str:
    return "" if one is None else number(one.value)


if __name__ == "__main__":
    sys.exit(main())
