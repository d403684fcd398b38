"""The command that runs the product on samples. Apart from `run`, which needs no server of its own."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from ambassador.cli import announcement, live, options
from ambassador.cli import demo as samples
from ambassador.cli import run as process
from ambassador.settings import Settings


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
    settings = live.with_log_format(options.settings({**given, "config": (folder,)}))

    def announce(running: Settings) -> None:
        announcement.ready(running)
        announcement.samples(running, folder)

    with samples.backends() as ports:
        samples.prepare(folder, ports)
        return process.run(dataclasses.replace(settings, demo=True), options.state(given), announce)
