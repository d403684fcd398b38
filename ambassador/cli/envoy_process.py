"""Runs Envoy for supervisord: writes its bootstrap, starts it, and on SIGTERM drains it before it stops it.

Envoy itself ends 10 ms after SIGTERM, with whatever is in flight. This process must not know any configuration
beyond the bootstrap.
"""

from __future__ import annotations

import http.client
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ambassador.cli import bootstrap, child, layout
from ambassador.cli.drain import ACCEPTING_SHARE, Admin, drain
from ambassador.cli.signals import Signals
from ambassador.errors import AmbassadorError, UsageError
from ambassador.ops.envoy_binary import envoy_path
from ambassador.settings import Settings, from_environment

STOP_SECONDS = 5.0
STOPPING = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Runs Envoy until it ends or a signal comes; the exit code is Envoy's, 0 after a stop that was asked for."""
    try:
        settings = from_environment(os.environ)
        arguments = command(envoy_path(), settings, workers(os.environ))
        write_bootstrap(settings, _raise_open_files())
    except (AmbassadorError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    with Signals((*STOPPING, signal.SIGCHLD)) as signals:
        envoy = subprocess.Popen(arguments)
        while envoy.poll() is None:
            if set(signals.wait(60)) & set(STOPPING):
                _drain(envoy, settings, signals)
                return _stop(envoy)
    return _exit_code(envoy.returncode)


def workers(environ: Mapping[str, str]) -> int:
    """How many worker threads ENVOY_CONCURRENCY asks for; 0: it does not say.

    Raises:
        UsageError: it is no number above 0.
    """
    text = environ.get("ENVOY_CONCURRENCY", "").strip()
    if text and not (text.isdecimal() and int(text) > 0):
        raise UsageError(f"ENVOY_CONCURRENCY must be a number of threads, not {text!r}")
    return int(text or 0)


def command(binary: Path, settings: Settings, workers: int) -> list[str]:
    """Envoy's command line. `workers`: number of worker threads, 0 for one a core."""
    drain_seconds = int(settings.drain_timeout * ACCEPTING_SHARE)
    arguments = [str(binary), "-c", str(bootstrap_path(settings)), "--disable-hot-restart"]
    # main and config warn about each stop and each second without a watcher; what Envoy refuses the watcher reports.
    arguments += ["--log-level", "warning", "--component-log-level", "main:error,config:error"]
    arguments += ["--drain-time-s", str(drain_seconds)]
    if workers:
        arguments += ["--concurrency", str(workers)]
    return child.command(arguments)


def bootstrap_path(settings: Settings) -> Path:
    return settings.state / "envoy.yaml"


def write_bootstrap(settings: Settings, open_files: int) -> None:
    """Writes the file that Envoy starts from, readable by its owner only."""
    text = bootstrap.render(layout.BOOTSTRAP_TEMPLATE.read_text(), settings, open_files)
    path = bootstrap_path(settings)
    path.write_text(text)
    path.chmod(0o600)


def _raise_open_files() -> int:
    """Lets Envoy open as many files as the system allows; returns how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1 << 20


def _drain(envoy: subprocess.Popen[bytes], settings: Settings, signals: Signals) -> None:
    def pause(seconds: float) -> bool:
        return bool(set(signals.wait(seconds)) & set(STOPPING)) or envoy.poll() is not None

    try:
        drain(Admin(settings.admin_port), settings.drain_timeout, pause)
    except (OSError, http.client.HTTPException) as error:
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
    sys.exit(main())
