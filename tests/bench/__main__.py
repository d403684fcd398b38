"""`python -m tests.bench`: runs the parts that are asked for and prints one table."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import edits
from tests.bench.backends import backends
from tests.bench.layouts import Layout
from tests.bench.report import Figure, machine, show, write_json

ROUNDS = {10: 30, 1000: 24}
FEWEST_ROUNDS = 16


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--part", default="")
    parser.add_argument("--n", default="10,1000,10000")
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    given = parser.parse_args()
    about = machine()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        figures += edit_part(Path(folder), [int(text) for text in given.n.split(",")])
    show(figures, about)
    write_json(given.json, figures, about)
    return 0


def edit_part(folder: Path, counts: list[int]) -> list[Figure]:
    figures = []
    with backends(folder / "backends", 4) as ports:
        services = tuple(f"127.0.0.1:{port}" for port in ports.values())
        for count in counts:
            began = time.monotonic()
            layout = Layout(count, 0, services)
            figures += edits.measure(layout, ROUNDS.get(count, FEWEST_ROUNDS), folder / f"n{count}")
            print(f"{count}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return figures + edits.growth(figures, 1000, 10000)


if __name__ == "__main__":
    sys.exit(main())
