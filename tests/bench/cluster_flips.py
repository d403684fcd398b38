"""Flips of one path's backend through the API server, five a second, under load: nothing may fail.

Once between backends that other routes use too, once between two that nothing else uses, so that each flip makes a
cluster and ends another.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ambassador.kube.connect import connect
from tests.bench.backends import backends
from tests.bench.cluster import PATIENCE, Subject, own_address, start_on_cluster
from tests.bench.cluster_world import Cluster, World, service_objects
from tests.bench.processes import cpu_seconds, watcher_of
from tests.bench.report import Figure

FLIPS = 60
EVERY = 0.2
CONNECTIONS, RATE = 4, 300
SHARED = 4
"""Backends of all routes; those after them are used by the flipped route alone."""
ALONE = 2


def measure(routes: int, folder: Path) -> tuple[list[Figure], list[str]]:
    """Figures, and what failed in words."""
    cluster = Cluster(connect(os.environ))
    address = own_address(cluster.api.host)
    figures: list[Figure] = []
    faults: list[str] = []
    with ExitStack() as stack:
        ports = stack.enter_context(backends(folder / "backends", SHARED + ALONE, address))
        names = tuple(ports)
        world = World(routes, names[:SHARED])
        namespace = stack.enter_context(cluster.namespace(f"bench-flips-{os.getpid()}"))
        cluster.create(namespace, [*service_objects(address, ports), *world.objects()])
        product = start_on_cluster(stack, namespace, folder / "product")
        product.probe.until_answered("/p0", world.host(world.ingresses - 1), PATIENCE, 0.05)
        time.sleep(2)
        for what, pair in (("shared clusters", names[:2]), ("clusters of its own", names[SHARED:])):
            seen, cpu = _flipped(cluster, world, product, pair, folder / f"{what[:6]}.json")
            where = f"{routes} routes, {FLIPS} flips under {CONNECTIONS} x {RATE} requests/s, {what}"
            figures.append(Figure("cluster", f"{where}: failed", seen["failed"], "", 0, note=f"of {seen['requests']}"))
            figures.append(Figure("cluster", f"{where}: watcher's CPU a flip", cpu, "ms"))
            faults += [f"{what}: {question}: {fault}" for _, question, fault in seen["failures"][:10]]
    return figures, faults


def _flipped(
    cluster: Cluster, world: World, product: Subject, pair: tuple[str, ...], spec: Path
) -> tuple[dict[str, Any], float]:
    """What the clients saw, and the watcher's CPU a flip in ms."""
    target = world.ingresses // 2
    cluster.change(product.namespace, world.ingress(target, 0, pair[0]))
    product.probe.until_body("/p0", world.host(target), pair[0].encode(), PATIENCE)
    watcher = watcher_of(product.running)
    with _clients(product, world, target, pair, spec) as clients:
        before = cpu_seconds(watcher)
        for flip in range(FLIPS):
            began = time.monotonic()
            cluster.change(product.namespace, world.ingress(target, 0, pair[(flip + 1) % 2]))
            time.sleep(max(0.0, began + EVERY - time.monotonic()))
        cpu = (cpu_seconds(watcher) - before) * 1000 / FLIPS
    output, _ = clients.communicate(timeout=60)
    return json.loads(output), cpu


@contextmanager
def _clients(
    product: Subject, world: World, target: int, pair: tuple[str, ...], spec: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Clients that ask the flipped route and its neighbours until the end of the context."""
    flipped = {"host": world.host(target), "path": "/p0", "tls": False, "allowed": list(pair)}
    neighbour = {"host": world.host(target), "path": "/p1", "tls": False, "allowed": list(world.services)}
    settings = product.running.settings
    questions = {"questions": [flipped, flipped, flipped, neighbour], "plain": CONNECTIONS, "secure": 0, "rate": RATE}
    spec.write_text(json.dumps({**questions, "http_port": settings.http_port}))
    command = [sys.executable, "-m", "tests.bench.soak_traffic", str(spec)]
    clients = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        time.sleep(1)
        yield clients
        time.sleep(1)
    finally:
        assert clients.stdin is not None
        clients.stdin.close()
        clients.stdin = None
