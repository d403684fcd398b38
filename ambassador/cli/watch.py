"""`ambassador watch`: the watcher alone. Loads what opens the socket that Envoy asks on, and no more."""

from __future__ import annotations

from typing import Any

import click

from ambassador.app import start
from ambassador.cli import options


@click.command(short_help="The watcher alone.")
@options.flags(options.SOURCES, options.PORTS, options.PROCESS)
def watch(**given: Any) -> int:
    """Watch manifests, compile them, and serve Envoy over ADS on a unix socket in the state folder."""
    return start.watch(options.settings(given))
