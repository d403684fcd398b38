"""Runs Envoy for supervisord: starts it, and on SIGTERM drains it before it stops it.

Envoy itself ends 10 ms after SIGTERM, with whatever is in flight. This process lives as long as Envoy does and nearly
always only waits, so it loads next to nothing before the end: neither `subprocess` nor `typing`, and no packages beside
Python's own (`envoy_start` sees to that, and has prepared all).

`python -S -m ambassador.cli.envoy_process ADMIN_PORT DRAIN_SECONDS COMMAND...`
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time

from ambassador.cli.signals import Signals

STOP_SECONDS = 5.0
STOPPING = (signal.SIGTERM, signal.SIGINT)
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


class Envoy:
    """The process that runs it. `ended`: its exit code, minus the signal that killed it; None while it runs."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.ended: int | None = None

    def runs(self) -> bool:
        """Whether it has not ended yet."""
        if self.ended is None:
            found, status = os.waitpid(self._pid, os.WNOHANG)
            self.ended = os.waitstatus_to_exitcode(status) if found else None
        return self.ended is None

    def send(self, number: signal.Signals) -> None:
        """Nothing happens when it has ended."""
        if self.runs():
            os.kill(self._pid, number)


def main(arguments: list[str]) -> int:
    """Runs Envoy until it ends or a signal comes; the exit code is Envoy's, 0 after a stop that was asked for."""
    admin_port, drain_timeout, *command = arguments
    with Signals((*STOPPING, signal.SIGCHLD)) as signals:
        envoy = Envoy(os.posix_spawn(command[0], command, os.environ, setsigdef=IGNORED_BY_PYTHON))
        while envoy.runs():
            if set(signals.wait(60)) & set(STOPPING):
                _drain(envoy, int(admin_port), float(drain_timeout), signals)
                return _stop(envoy, signals)
    return _exit_code(envoy.ended or 0)


def _drain(envoy: Envoy, admin_port: int, timeout: float, signals: Signals) -> None:
    def pause(seconds: float) -> bool:
        return bool(set(signals.wait(seconds)) & set(STOPPING)) or not envoy.runs()

    drain = importlib.import_module("ambassador.cli.drain")
    try:
        drain.drain(drain.Admin(admin_port), timeout, pause)
    except drain.FAULTS as error:
        print(f"Envoy did not drain: {error}", file=sys.stderr)


def _stop(envoy: Envoy, signals: Signals) -> int:
    envoy.send(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while envoy.runs() and (left := deadline - time.monotonic()) > 0:
        signals.wait(left)
    envoy.send(signal.SIGKILL)
    while envoy.runs():
        signals.wait(STOP_SECONDS)
    return 0


def _exit_code(returncode: int) -> int:
    return returncode if returncode >= 0 else 128 - returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
