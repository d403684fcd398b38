"""Starts the load generator, which is a process of its own, and reads what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.processes import HOME

PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked, and for how many seconds. `status`: that of a good answer; `batch`: requests sent at once."""

    port: int
    seconds: float
    host: str
    paths: tuple[str, ...]
    status: int = 200
    connections: int = 16
    batch: int = 8


@dataclass(frozen=True, slots=True)
class Answered:
    """How many requests were answered, and in how many seconds."""

    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def begin(load: Load) -> subprocess.Popen[bytes]:
    """Starts it; `finished` waits for it."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("traffic_load.py")), json.dumps(asdict(load))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HOME)


def finished(process: subprocess.Popen[bytes]) -> Answered:
    """Its result.

    Raises:
        RuntimeError: a request had another answer, or there was none.
    """
    try:
        output, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    done = json.loads(output)
    if done["failed"] or not done["requests"]:
        raise RuntimeError(f"the load was not answered: {done}")
    return Answered(int(done["requests"]), done["seconds"])


def run(load: Load) -> Answered:
    """From start to end."""
    return finished(begin(load))
