"""The watcher's first moments: the socket that Envoy asks on, before anything is loaded that could answer.

An Envoy that finds no socket tries again after up to a second; one that finds it waits for its answer. So this module
loads next to nothing, and all else while Envoy already starts.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
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
    began = time.monotonic()
    logs.configure(settings.json_logging)
    # Everything that a first compile makes lives long: collecting it over and over only costs time.
    gc.disable()
    # Envoy's answers wait for the thread that compiles, and with them Envoy.
    sys.setswitchinterval(_SHORT_SWITCH)
    asyncio.run(_watch(settings, began))
    return 0


async def _watch(settings: Settings, began: float) -> None:
    server = AdsServer(settings.ads_socket, await_activation(settings.admin_port))
    await server.start()
    try:
        # There is nothing yet that a signal should end in order, so until `run` takes them they end the process.
        watching: Any = await _loaded(lambda: importlib.import_module("ambassador.app.watching"))
        cluster = await _loaded(lambda: watching.cluster_of(settings))
        await watching.run(settings, server, cluster, began)
    finally:
        await server.stop()


async def _loaded(load: Callable[[], Any]) -> Any:
    """What `load` gives. On a thread that nobody waits for when the process ends, however long it may still take."""
    done: Future[Any] = Future()
    done.set_running_or_notify_cancel()

    def work() -> None:
        try:
            done.set_result(load())
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for; else that would wait for ever
            done.set_exception(error)

    threading.Thread(target=work, name="load", daemon=True).start()
    return await asyncio.wrap_future(done)
