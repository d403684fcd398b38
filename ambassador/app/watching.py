"""The watcher: sources to controller to Envoy, and everybody who looks on. What comes before is in `start`."""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from typing import Any

from ambassador.app.cluster import NO_CLUSTER, Cluster
from ambassador.app.compilers import compiler_for
from ambassador.app.questions import Questions
from ambassador.ir.listener import ListenerIdentity
from ambassador.ir.virtual_host import Layout
from ambassador.ops import heap
from ambassador.ops.metrics import LayoutMetrics, new_metrics
from ambassador.settings import Settings
from ambassador.sources.collect import collect
from ambassador.sources.files import FolderSource
from ambassador.sources.last_good import LastGood
from ambassador.traffic.book import Book
from ambassador.traffic.receiver import Receiver
from ambassador.traffic.routes import route_names
from ambassador.watcher.controller import Controller
from ambassador.watcher.head_start import head_start
from ambassador.watcher.journal import Journal
from ambassador.watcher.news import News
from ambassador.watcher.opened_ports import OpenedPorts
from ambassador.watcher.pace import Pace
from ambassador.watcher.ports import bind_fault, held_by_envoy
from ambassador.watcher.waiting import Waiting
from ambassador.wire.construction import give_pydantic_back
from ambassador.xds.ledger import Outcome
from ambassador.xds.server import AdsServer

_LOOK_SECONDS = 1.0
_UNCOLLECTED_SECONDS = 20.0
_FORGET_SECONDS = 60.0
_PAUSE_SECONDS = 5.0
_SWITCH = 0.005
"""Seconds after which a thread that computes lets another one go on, from the first revision on: Python's own."""
_UNANSWERED_SECONDS = 3.0
"""How long diagnostics wait for the first revision."""
_MEMORY = "accepted.json"


async def run(settings: Settings, server: AdsServer, cluster: Cluster, began: float) -> None:
    """Runs the watcher on a server that has been started, until SIGTERM or SIGINT. The server is stopped then.

    `began`: when the watcher did, in seconds of the monotonic clock.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    metrics = new_metrics()
    with ThreadPoolExecutor(1, "compile") as executor:
        journal = Journal(settings.state / _MEMORY)
        news = News(metrics, cluster.notify)
        controller = Controller(compiler_for(settings), executor, _ports(settings), news, journal.load())
        controller.waiting = Waiting(cluster.secrets)
        book = Book(time.time()) if settings.live_traffic else None
        pace = Pace()
        server.attach(
            _both(pace.heard, controller.on_outcome), (Receiver(book, metrics.traffic).handler(),) if book else ()
        )
        controller.attach(server)
        metrics.connected.set_function(lambda: float(server.connected))
        _tell_layout(metrics.layout, controller)
        cluster.start_writing(controller.current, metrics)
        # Requests that fail leave cycles behind, and an API server may be away for days.
        asyncio.get_running_loop().call_later(_UNCOLLECTED_SECONDS, gc.enable)
        questions = Questions(settings.report_socket, controller.current, metrics, book, began)
        begun = asyncio.Event()
        jobs = [_follow(settings, cluster, controller, pace, begun), _look_again(journal, controller)]
        jobs += [_answer(questions, begun), _give_back(controller), *([_forget(book, controller)] if book else [])]
        try:
            await _until(stopped, [asyncio.create_task(job) for job in jobs])
        finally:
            await asyncio.to_thread(cluster.stop_writing)
            # Before a compile that still runs is waited for: Envoy shall not talk to a loop that does not answer.
            await server.stop()


async def _until(stopped: asyncio.Event, work: list[asyncio.Task[None]]) -> None:
    """Ends all work when it is told to, or when some of it fails, with the error of that."""
    ended = asyncio.create_task(stopped.wait())
    await asyncio.wait([ended, *work], return_when=asyncio.FIRST_COMPLETED)
    for task in (ended, *work):
        task.cancel()
    for result in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


def cluster_of(settings: Settings) -> Cluster:
    """The cluster that is watched, if any. May take long: what the kubeconfig names may be a program that logs in.

    Raises:
        StartError: there is no way to the cluster.
    """
    if not settings.kubernetes:
        return NO_CLUSTER
    # Imported only where it is needed: it brings the API server's client, which takes time and memory.
    give_pydantic_back()
    on_cluster: Any = importlib.import_module("ambassador.app.on_cluster")
    cluster: Cluster = on_cluster.OnCluster(settings, os.environ)
    return cluster


def _tell_layout(gauges: LayoutMetrics, controller: Controller) -> None:
    def layout() -> Layout:
        return controller.revision.compiled.gateway.layout

    gauges.buckets.set_function(lambda: layout().buckets)
    gauges.copies.set_function(lambda: layout().copies)
    gauges.longest.set_function(lambda: layout().longest)


async def _follow(
    settings: Settings, cluster: Cluster, controller: Controller, pace: Pace, begun: asyncio.Event
) -> None:
    """Every config snapshot goes to the controller; `begun` is set behind the first."""
    last_good = LastGood(settings.state / "last-good.sqlite")
    last_good.start()
    try:
        # Only of a folder that is all there is: what another source gives may shape its clusters.
        alone = len(settings.config) == 1 and not settings.kubernetes
        ahead = head_start(controller) if alone else None
        sources = [*cluster.sources(last_good), *(FolderSource(one, last_good, ahead=ahead) for one in settings.config)]
        async with aclosing(collect(sources)) as arrivals:
            await controller.take((await anext(arrivals)).config)
            last_good.release()
            # What the first compile made lives on: the collector need not look at it again and again.
            gc.freeze()
            gc.enable()
            sys.setswitchinterval(_SWITCH)
            begun.set()
            async for arrival in arrivals:
                await controller.take(arrival.config, settled=arrival.settled)
                await pace.keep(controller.current() if arrival.settled else None)
    finally:
        last_good.stop()


async def _answer(questions: Questions, begun: asyncio.Event) -> None:
    """Serves diagnostics. What they need is loaded behind the first compile, unless that takes long: Envoy does not
    wait for it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_UNANSWERED_SECONDS):
            await begun.wait()
    reporting: Any = await asyncio.to_thread(importlib.import_module, "ambassador.app.reporting")
    await reporting.serve(questions)


def _both(first: Callable[[Outcome], None], second: Callable[[Outcome], None]) -> Callable[[Outcome], None]:
    def hear(outcome: Outcome) -> None:
        first(outcome)
        second(outcome)

    return hear


async def _look_again(journal: Journal, controller: Controller) -> None:
    """Ports that were taken may be free again, certificates expire, and what Envoy said is kept for a restart."""
    saved = controller.known
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        await controller.check_again()
        newest = controller.known
        if any(new is not old for new, old in zip(newest, saved, strict=True)):
            saved = newest
            await asyncio.to_thread(journal.save, controller.to_remember())


async def _give_back(controller: Controller) -> None:
    """What compiles needed for a moment is not kept once they pause."""
    last = 0
    while True:
        await asyncio.sleep(_PAUSE_SECONDS)
        newest = controller.revision.number
        if newest != last:
            last = newest
            await asyncio.to_thread(heap.give_back)


async def _forget(book: Book, controller: Controller) -> None:
    """Routes that are gone need no counts."""
    # By number: whoever holds a gateway holds all that has been edited since as well.
    last = controller.revision.number
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        newest = controller.revision.number
        if newest != last:
            # Not at once: it asks all routes that are there.
            last = newest
            book.forget_all_but(await asyncio.to_thread(route_names, controller.revision.compiled.gateway))


def _ports(settings: Settings) -> OpenedPorts:
    async def check(identities: Iterable[ListenerIdentity]) -> Mapping[ListenerIdentity, str]:
        faults = {one: fault for one in identities if (fault := bind_fault(one))}
        ours = await held_by_envoy(settings.admin_port) if faults else None
        return {one: fault for one, fault in faults.items() if ours is not None and (one.address, one.port) not in ours}

    return OpenedPorts(check)
