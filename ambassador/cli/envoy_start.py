"""Prepares Envoy's start: writes its bootstrap, and becomes the process that runs it.

What this needs is not wanted for as long as Envoy runs, so that is a program of its own: `envoy_process`, which takes
the place of this one (same process id). Must not know any configuration beyond the bootstrap.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path

from ambassador.cli import bootstrap, child, layout, straight
from ambassador.cli.drain import ACCEPTING_SHARE
from ambassador.errors import AmbassadorError, UsageError
from ambassador.ops.envoy_binary import envoy_path
from ambassador.settings import Settings, from_environment


def main() -> int:
    """Becomes Envoy's keeper; 1 when Envoy cannot be started."""
    try:
        settings = from_environment(os.environ)
        arguments = command(envoy_path(), settings, workers(os.environ))
        write_bootstrap(settings, _raise_open_files())
        straight.take(os.environ)
        becoming = keeper(*_drain(settings), *arguments)
        os.execve(becoming[0], becoming, {**os.environ, "PYTHONPATH": str(layout.HOME)})
    except (AmbassadorError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def keeper(*arguments: str) -> list[str]:
    """The command of Envoy's keeper: without `site`, which may cost as much memory as the keeper itself, so PYTHONPATH
    must say where our modules are."""
    python, *module = child.python_module("ambassador.cli.envoy_process", *arguments)
    return [python, "-S", *module]


def _drain(settings: Settings) -> tuple[str, str]:
    return str(settings.admin_port), str(settings.drain_timeout)


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


if __name__ == "__main__":
    sys.exit(main())
