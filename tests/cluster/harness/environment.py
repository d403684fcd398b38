"""What the caller says of the cluster: `tests/cluster/README.md` lists the variables."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[3]
MANIFEST = HOME / "k8s" / "ambassador.yaml"


@dataclass(frozen=True, slots=True)
class Hooks:
    """Commands that do to the cluster what its API cannot; empty: this cluster has no such command.

    `stop_api` ends the API server's process and `start_api` brings it back; `pause_api` freezes it and `resume_api`
    thaws it; `compact` makes etcd forget all but the present revision. `long` asks for the full durations.
    """

    stop_api: str = ""
    start_api: str = ""
    pause_api: str = ""
    resume_api: str = ""
    compact: str = ""
    long: bool = False

    def needs(self, *names: str) -> None:
        """Skips the test when the cluster has no such command."""
        missing = [f"CLUSTER_{name.upper()}" for name in names if not getattr(self, name)]
        if missing:
            pytest.skip(f"this cluster gives no command for it: {', '.join(missing)}")

    def run(self, name: str, seconds: float = 60.0) -> None:
        """Runs one of the commands."""
        done = subprocess.run(
            shlex.split(getattr(self, name)), capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, f"CLUSTER_{name.upper()} failed: {done.stdout}{done.stderr}"

    def seconds(self, usual: float, full: float) -> float:
        """How long a test takes: `full` only when asked."""
        return full if self.long else usual


def hooks() -> Hooks:
    """From the environment."""
    named = {name: os.environ.get(f"CLUSTER_{name.upper()}", "") for name in Hooks.__slots__ if name != "long"}
    return Hooks(**named, long=bool(os.environ.get("CLUSTER_LONG")))


def image() -> str:
    """The image that the manifest names."""
    lines = [line.strip() for line in MANIFEST.read_text().splitlines()]
    (found,) = {line.removeprefix("image: ") for line in lines if line.startswith("image: ")}
    return found
