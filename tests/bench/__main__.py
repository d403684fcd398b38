"""`python -m tests.bench`: runs the parts that are asked for and prints one table. Exit code 1: a limit is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.ends import ending_on_signals
from tests.bench.kept import Run, as_markdown, read, write
from tests.bench.parts import ALL_PARTS, PARTS, TITLES, Found, Wishes
from tests.bench.report import machine, show


def main() -> int:
    with ending_on_signals():
        return _measure(_arguments())


def _measure(given: argparse.Namespace) -> int:
    wishes = Wishes(given.n, given.rounds, given.edits, given.seed, given.starts)
    about = machine() | {"command": " ".join(["python -m tests.bench", *sys.argv[1:]])}
    found: dict[str, Found] = {}
    for name in given.part or PARTS:
        began = time.monotonic()
        print(f"{name} ...", end=" ", flush=True, file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            part = ALL_PARTS[name](wishes, Path(folder))
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
        found[name] = part
    figures = [one for part in found.values() for one in part.figures]
    faults = [fault for part in found.values() for fault in part.faults]
    show(figures, about)
    print(*(f"fault: {fault}" for fault in faults), sep="\n", end="\n" if faults else "")
    runs = read(given.json) | {name: Run(about, tuple(part.figures)) for name, part in found.items()}
    ordered = {name: runs[name] for name in ALL_PARTS if name in runs}
    write(given.json, ordered)
    given.json.with_suffix(".md").write_text(as_markdown(ordered, TITLES))
    return int(any(one.verdict == "MISS" for one in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--part", type=_parts, default=(), help=f"some of {','.join(ALL_PARTS)}; {','.join(PARTS)} without it"
    )
    parser.add_argument("--n", type=_numbers, default=Wishes().counts, help="numbers of Mappings, such as 10,1000")
    parser.add_argument("--rounds", type=int, default=0, help="edits of each subject at each number")
    parser.add_argument("--edits", type=int, default=Wishes().random_edits, help="random edits under load")
    parser.add_argument("--seed", type=int, default=Wishes().seed, help="of the random edits")
    parser.add_argument(
        "--starts", type=int, default=Wishes().starts, help="starts of each, where a part starts more than once"
    )
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"), help="where figures go with all samples")
    return parser.parse_args()


def _parts(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in ALL_PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no part {unknown[0]!r}; there are {', '.join(ALL_PARTS)}")
    return names


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"numbers of Mappings, not {text!r}")
    return numbers


if __name__ == "__main__":
    sys.exit(main())
