"""The watcher's first moments: the socket that Envoy asks on, before anything is loaded that could answer.

An Envoy that finds no socket tries again after up to a second; one that finds it waits for its answer. So this module
loads next to nothing, and all else while Envoy already starts.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import signal
import sys
from typing import Any

from ambassador.ops import logs
from ambassador.settings import Settings
from ambassador.xds.activation import await_activation
from ambassador.xds.server import AdsServer

_SHORT_SWITCH = 0.0005
"""Seconds after which a thread that computes lets another one go on, until the first revision."""


def watch(settings: Settings) -> int:
    """Runs the watcher until SIGTERM or SIGINT.

    Raises:
        StartError: there is no way to the cluster, or a socket can't be made.
    """
    logs.configure(settings.json_logging)
    # Everything that a first compile makes lives long: collecting it over and over only costs time.
    gc.disable()
    # Envoy's answers wait for the thread that compiles, and with them Envoy.
    sys.setswitchinterval(_SHORT_SWITCH)
    asyncio.run(_watch(settings))
    return 0


async def _watch(settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = AdsServer(settings.ads_socket, await_activation(settings.admin_port))
    await server.start()
    try:
        watching: Any = await asyncio.to_thread(importlib.import_module, "ambassador.app.watching")
        await watching.run(settings, server, stopped)
    finally:
        await server.stop()
