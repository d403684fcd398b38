"""The commands that run the product: `run` and `demo`. They load no compiler; the watcher is a process of its own."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import click

from ambassador.cli import announcement, options
from ambassador.cli import demo as samples
from ambassador.cli import run as process
from ambassador.settings import Settings


@click.command(short_help="The gateway on this machine.")
@options.flags(options.SOURCES, options.PORTS, options.PROCESS)
def run(**given: Any) -> int:
    """Run Envoy, watcher and diagnostics on this machine.

    Prints one `ready:` line when traffic flows. A port of 0 picks a free one. SIGTERM or Ctrl-C drains and stops all;
    a second one ends at once.
    """
    settings = options.settings(given)
    return process.run(_with_log_format(settings), options.state(given), announcement.ready)


@click.command(short_help="The gateway with samples.")
@click.option(
    "--samples",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("ambassador-demo"),
    metavar="DIR",
    help="Where the sample manifests are copied to, unless it holds some already.  [./ambassador-demo]",
)
@options.flags(options.PORTS, options.PROCESS)
def demo(folder: Path, **given: Any) -> int:
    """Run the gateway on sample manifests with sample backends."""
    settings = _with_log_format(options.settings({**given, "config": (folder,)}))

    def announce(running: Settings) -> None:
        announcement.ready(running)
        announcement.samples(running, folder)

    with samples.backends() as ports:
        samples.prepare(folder, ports)
        return process.run(dataclasses.replace(settings, demo=True), options.state(given), announce)


def _with_log_format(settings: Settings) -> Settings:
    """The children write into pipes, so they cannot see whether a person reads along."""
    if settings.json_logging is not None:
        return settings
    return dataclasses.replace(settings, json_logging=not sys.stderr.isatty())
