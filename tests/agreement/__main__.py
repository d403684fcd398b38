"""As many random cases as one likes, with any seed: `python -m tests.agreement --cases 10000`."""

from __future__ import annotations

import argparse
import random
import sys
import time

from tests.agreement.hunt import CROWDED, MIXED, hunt
from tests.agreement.lab import running_lab


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.agreement", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="how many requests (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="which ones; any when not given")
    parser.add_argument("--crowded", action="store_true", help="many routes of one host, as a list and in buckets")
    options = parser.parse_args()
    started = time.monotonic()
    with running_lab() as lab:
        hunted = hunt(lab, options.cases, options.seed, CROWDED if options.crowded else MIXED)
    took = time.monotonic() - started
    disagreements = "one disagreement" if hunted.found else "no disagreement"
    tables = f"{hunted.tables} tables ({hunted.trees} with buckets, {hunted.cut} in parts)"
    print(f"seed {options.seed}: {hunted.cases} cases on {tables} in {took:.0f} s, {disagreements}")
    if hunted.found:
        print(hunted.found)
    return 1 if hunted.found else 0


if __name__ == "__main__":
    sys.exit(main())
