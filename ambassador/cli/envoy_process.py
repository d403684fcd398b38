"""Runs Envoy for supervisord: starts it, and on SIGTERM drains it before it stops it.

Envoy itself ends 10 ms after SIGTERM, with whatever is in flight. This process lives as long as Envoy does and nearly
always only waits, so it loads nothing that it does not need before the end; `envoy_start` has prepared all.

`python -m ambassador.cli.envoy_process ADMIN_PORT DRAIN_SECONDS COMMAND...`
"""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
from typing import Any

from ambassador.cli.signals import Signals

STOP_SECONDS = 5.0
STOPPING = (signal.SIGTERM, signal.SIGINT)


def main(arguments: list[str]) -> int:
    """Runs Envoy until it ends or a signal comes; the exit code is Envoy's, 0 after a stop that was asked for."""
    admin_port, drain_timeout, *command = arguments
    with Signals((*STOPPING, signal.SIGCHLD)) as signals:
        envoy = subprocess.Popen(command)
        while envoy.poll() is None:
            if set(signals.wait(60)) & set(STOPPING):
                _drain(envoy, int(admin_port), float(drain_timeout), signals)
                return _stop(envoy)
    return _exit_code(envoy.returncode)


def _drain(envoy: subprocess.Popen[bytes], admin_port: int, timeout: float, signals: Signals) -> None:
    def pause(seconds: float) -> bool:
        return bool(set(signals.wait(seconds)) & set(STOPPING)) or envoy.poll() is not None

    drain: Any = importlib.import_module("ambassador.cli.drain")
    try:
        drain.drain(drain.Admin(admin_port), timeout, pause)
    except drain.FAULTS as error:
        print(f"Envoy did not drain: {error}", file=sys.stderr)


def _stop(envoy: subprocess.Popen[bytes]) -> int:
    envoy.terminate()
    try:
        envoy.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        envoy.kill()
        envoy.wait()
    return 0


def _exit_code(returncode: int) -> int:
    return returncode if returncode >= 0 else 128 - returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
