"""What keeps Envoy for supervisord: its ends, and how little it loads. Draining is tested with a real Envoy."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ambassador.cli import layout
from ambassador.cli.envoy_start import keeper

NOBODY = "1"
"""An admin port at which nobody listens."""


def kept(*command: str) -> "subprocess.Popen[str]":
    """The keeper with a shell in Envoy's place."""
    return subprocess.Popen(
        keeper(NOBODY, "5", *command),
        env={**os.environ, "PYTHONPATH": str(layout.HOME)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("script", "code"), [("exit 3", 3), ("kill -KILL $$", 128 + signal.SIGKILL), ("exit 0", 0)])
def test_given_an_envoy_that_ends_then_its_end_is_told(script: str, code: int) -> None:
    with kept("/bin/sh", "-c", script) as process:
        assert process.wait(20) == code


def test_given_an_envoy_that_does_not_answer_when_told_to_stop_then_it_is_stopped_all_the_same() -> None:
    with kept("/bin/sh", "-c", "trap 'echo stopped; exit 7' TERM; echo here; while :; do sleep 0.05; done") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "stopped\n"
        assert process.wait(20) == 0
        assert process.stderr.read().startswith("Envoy did not drain: ")


def test_given_an_envoy_that_is_started_then_it_does_not_ignore_what_python_ignores() -> None:
    with kept("/bin/sh", "-c", "grep SigIgn /proc/self/status") as process:
        assert process.stdout is not None
        ignored = int(process.stdout.read().split()[1], 16)
    assert not ignored & (1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1)


def test_the_keeper_loads_next_to_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; before = set(sys.modules); import ambassador.cli.envoy_process; print(*set(sys.modules) - before)"
    )
    found = subprocess.run(
        [sys.executable, "-P", "-S", "-c", program],
        env={**os.environ, "PYTHONPATH": str(layout.HOME)},
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    loaded = set(found.stdout.split())
    assert "ambassador.cli.envoy_process" in loaded
    assert not loaded & {"typing", "subprocess", "re", "http", "pathlib", "ambassador.cli.drain"}
