"""`python -m tests.bench`: runs the parts that are asked for and prints one table. Exit code 1: a limit is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.parts import ALL_PARTS, PARTS, Found, Wishes
from tests.bench.report import machine, show, write_json


def main() -> int:
    given = _arguments()
    wishes = Wishes(given.n, given.rounds, given.edits, given.seed, given.starts)
    about = machine() | {"command": " ".join(["python -m tests.bench", *sys.argv[1:]])}
    found = Found()
    for name in given.part or PARTS:
        began = time.monotonic()
        print(f"{name} ...", end=" ", flush=True, file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            part = ALL_PARTS[name](wishes, Path(folder))
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
        found.figures += part.figures
        found.faults += part.faults
    show(found.figures, about)
    print(*(f"fault: {fault}" for fault in found.faults), sep="\n", end="\n" if found.faults else "")
    write_json(given.json, found.figures, about)
    return int(any(one.verdict == "MISS" for one in found.figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--part", type=_parts, default=(), help=f"some of {','.join(ALL_PARTS)}; {','.join(PARTS)} without it"
    )
    parser.add_argument("--n", type=_numbers, default=Wishes().counts, help="numbers of Mappings, such as 10,1000")
    parser.add_argument("--rounds", type=int, default=0, help="edits of each subject at each number")
    parser.add_argument("--edits", type=int, default=Wishes().random_edits, help="random edits under load")
    parser.add_argument("--seed", type=int, default=Wishes().seed, help="of the random edits")
    parser.add_argument("--starts", type=int, default=Wishes().starts, help="cold starts of each")
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
