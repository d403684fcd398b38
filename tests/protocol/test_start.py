"""A watcher that is only just starting: who may connect, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# Loads as long as a program may take that a kubeconfig names for logging in.
STUCK = """
import importlib.abc, sys, time

class Stuck(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "ambassador.app.watching":
            time.sleep(60)

sys.meta_path.insert(0, Stuck())
from ambassador.cli.commands import main
main(["watch", "--config", sys.argv[1], "--state", sys.argv[2]])
"""

COMPILES = """
import sys, time
from ambassador.wire.construction import trust_own_messages
trust_own_messages()
from ambassador.compile.pipeline import Compiler

def compile(self, changes, early=None):
    print("compiles", flush=True)
    time.sleep(5)
    raise SystemExit(0)

Compiler.compile = compile
from ambassador.app import start
from ambassador.settings import Settings
from pathlib import Path
start.watch(Settings(config=(Path(sys.argv[1]),), state=Path(sys.argv[2])))
"""


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@contextmanager
def loading(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A watcher that has opened its socket and loads for a minute."""
    (folder / "config").mkdir()
    (folder / "s").mkdir(mode=0o700)
    command = [sys.executable, "-c", STUCK, str(folder / "config"), str(folder / "s")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not listens(folder / "s" / "ads.sock"):
            assert process.poll() is None and time.monotonic() < deadline
            threading.Event().wait(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"]
)
def test_given_a_watcher_that_still_loads_when_told_to_stop_then_it_ends_at_once(
    number: int, code: int, tmp_path: Path
) -> None:
    with loading(tmp_path) as process:
        process.send_signal(number)
        assert process.wait(5) == code


def test_given_no_way_to_the_cluster_then_the_watcher_says_so_and_leaves_no_socket(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ambassador", "watch", "--kubernetes", "--state", str(tmp_path)]
    environment = {**os.environ, "KUBECONFIG": str(tmp_path / "none")}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 78, "what supervisord does not start again at once"
    assert ended.stderr.count("\n") == 1 and "kubeconfig" in ended.stderr.lower()
    assert not (tmp_path / "ads.sock").exists()


def test_given_a_compile_that_takes_long_when_told_to_stop_then_envoy_is_not_kept_waiting_for_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "config").mkdir()
    command = [sys.executable, "-c", COMPILES, str(tmp_path / "config"), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None and process.stdout.readline() == b"compiles\n"
        process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 3
        while listens(tmp_path / "ads.sock"):
            assert time.monotonic() < deadline, "the socket stays open while the compile lasts"
            threading.Event().wait(0.02)
        assert process.poll() is None, "the compile still runs"
        process.kill()
