"""The command that runs the product. It loads no compiler; the watcher is a process of its own."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import click

from ambassador.cli import announcement, options
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
    return process.run(with_log_format(settings), options.state(given), announcement.ready)


def with_log_format(settings: Settings) -> Settings:
    """The children write into pipes, so they cannot see whether a person reads along."""
    if settings.json_logging is not None:
        return settings
    return dataclasses.replace(settings, json_logging=not sys.stderr.isatty())
