"""`make bench-compare BASE=<git ref>`: this version and another one in turns, and what became faster or slower.

The other version is checked out below build/ and removed at the end. It is measured by this version's bench, so that
both are asked the same, or by its own where that does not fit; figures are then compared by their names. It gets a
virtual environment of its own only where it locks other packages. Changes not yet committed belong to this version.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ambassador.errors import UsageError
from tests.bench.ends import ending_on_signals
from tests.bench.report import median, number

HOME = Path(__file__).resolve().parents[2]
BUILD = HOME / "build" / "compare"
LOCKS = ("requirements.lock", "requirements-dev.lock")
GRACE = 60.0
"""Seconds a bench that is stopped has to end what it started."""
_HEAD = ("part", "what", "base", "this", "this / base", "pairs")

Key = tuple[str, str]
Values = dict[Key, tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Version:
    """A tree with the product and the Python to run it."""

    name: str
    tree: Path
    python: Path

    def run(self, arguments: Sequence[str], file: Path) -> Values:
        """One run of the bench: values and units by part and name.

        Raises:
            UsageError: it did not get to its end.
        """
        command = [str(self.python), "-m", "tests.bench", *arguments, "--json", str(file)]
        file.unlink(missing_ok=True)
        process = subprocess.Popen(command, cwd=self.tree, env=self._environment(), stdout=subprocess.DEVNULL)
        try:
            process.wait()
        finally:
            _stop(process)
        if not file.exists():
            raise UsageError(f"{self.name}: the bench ended with {process.returncode} and no figures; see above")
        return _values(json.loads(file.read_text()))

    def runs_bench(self) -> bool:
        """Whether the bench in its tree can be imported there."""
        command = [str(self.python), "-c", "import tests.bench.parts"]
        return not subprocess.run(command, cwd=self.tree, env=self._environment(), capture_output=True).returncode

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(self.tree)}


def main() -> int:
    """Returns the exit code."""
    given, arguments = _arguments()
    try:
        with ending_on_signals(), _other(given.base) as base:
            this = Version("this", HOME, Path(sys.executable))
            before, after = _in_turns(base, this, given.turns, arguments)
    except (UsageError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    show(before, after, given.base)
    return 0


def _in_turns(base: Version, this: Version, turns: int, arguments: Sequence[str]) -> tuple[list[Values], list[Values]]:
    found: dict[str, list[Values]] = {base.name: [], this.name: []}
    for turn in range(turns):
        for version in (this, base) if turn % 2 else (base, this):
            print(f"turn {turn + 1} of {turns}: {version.name} ...", file=sys.stderr, flush=True)
            found[version.name].append(version.run(arguments, BUILD / "figures.json"))
    return found[base.name], found[this.name]


def show(base: Sequence[Values], this: Sequence[Values], name: str) -> None:
    """Prints medians and their ratios as Markdown; `pairs` is the range of the ratios turn by turn."""
    print(f"{len(base)} turns each; base: {name}; medians")
    for cells in (_HEAD, ("---",) * len(_HEAD)):
        print("| " + " | ".join(cells) + " |")
    for key in base[0]:
        if all(key in run for run in (*base, *this)):
            print("| " + " | ".join(_row(key, base, this)) + " |")
    for key in sorted({key for run in (*base, *this) for key in run} - set(base[0]).intersection(*base, *this)):
        print(f"only in some runs: {key[0]}: {key[1]}")


def _row(key: Key, base: Sequence[Values], this: Sequence[Values]) -> tuple[str, ...]:
    before, after = ([run[key][0] for run in runs] for runs in (base, this))
    unit = base[0][key][1]
    ratios = [new / old for old, new in zip(before, after, strict=True) if old]
    ratio = f"{median(after) / median(before):.2f}" if median(before) else ""
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}" if ratios else ""
    return (*key, f"{number(median(before))} {unit}", f"{number(median(after))} {unit}", ratio, spread)


@contextmanager
def _other(reference: str) -> Iterator[Version]:
    """The other version, for as long as the context lasts."""
    commit = _git("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    if not commit:
        raise UsageError(f"BASE={reference} is no commit, tag or branch of this repository")
    tree = BUILD / commit[:12]
    _remove(tree)
    BUILD.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(tree), commit], cwd=HOME, check=True)
        other = Version(f"{reference} ({commit[:12]})", tree, _python(tree))
        _bring_bench(other)
        yield other
    finally:
        _remove(tree)


def _bring_bench(other: Version) -> None:
    theirs, own = other.tree / "tests" / "bench", other.tree / "tests" / "bench.own"
    theirs.rename(own)
    shutil.copytree(HOME / "tests" / "bench", theirs)
    if not other.runs_bench():
        print(f"{other.name} is measured by its own bench", file=sys.stderr)
        shutil.rmtree(theirs)
        own.rename(theirs)


def _values(found: dict[str, Any]) -> Values:
    """Of this version's file of figures, and of an older form that knew no runs."""
    runs = [found] if isinstance(found.get("figures"), list) else found.values()
    return {(one["part"], one["what"]): (one["value"], one["unit"]) for run in runs for one in run["figures"]}


def _python(tree: Path) -> Path:
    if all((tree / name).read_bytes() == (HOME / name).read_bytes() for name in LOCKS):
        return Path(sys.executable)
    print("other packages are locked there: making an environment for it", file=sys.stderr)
    subprocess.run(["make", "--no-print-directory", "install-dev"], cwd=tree, check=True)
    return tree / ".venv" / "bin" / "python"


def _remove(tree: Path) -> None:
    if tree.exists():
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=HOME, check=False)
        shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["git", "worktree", "prune"], cwd=HOME, check=False)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=HOME, check=False, capture_output=True, text=True).stdout.strip()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="make bench-compare", description=__doc__, epilog="All other flags go to the bench: --part, --n, --rounds."
    )
    parser.add_argument("--base", required=True, help="commit, tag or branch to compare with")
    parser.add_argument("--turns", type=int, default=3, help="runs of each version")
    return parser.parse_known_args()


if __name__ == "__main__":
    sys.exit(main())
