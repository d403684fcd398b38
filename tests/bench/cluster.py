"""How long an edit takes on a real cluster: API server's answer → first right answer through Envoy, beside the floor.

The floor is one watch through the same API server and a bare delta ADS with ready-made bytes. Product and floor watch a
namespace each, so that an edit reaches only the one that is measured. Needs KUBECONFIG.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from ambassador.kube.connect import connect
from ambassador.settings import Settings
from ambassador.sources.collect import HoldOff
from tests.bench.backends import backends
from tests.bench.cluster_world import INSTANCE, Cluster, Object, World, as_text, service_objects
from tests.bench.floor import Maker
from tests.bench.probe import Probe
from tests.bench.processes import (
    Running,
    cpu_seconds,
    peak_memory,
    settings_in,
    start_floor,
    start_product,
    watcher_of,
)
from tests.bench.report import Figure, median, percentile

PATIENCE = 120.0
REST = 0.3
BACKENDS = 4
TIMES_FLOOR = 1.3
MOST_CPU = 13.0
"""Milliseconds of the watcher's CPU a flip, at 5,000 routes."""
MANY = 5000
_IN_A_FILE = 1000
"""Objects; a file of some megabytes is refused."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of an Ingress, and the request that shows it."""

    ingress: Object
    host: str
    path: str
    answer: bytes


@dataclass(slots=True)
class Subject:
    """Something that takes edits of a namespace. `times` in ms, by kind of edit."""

    namespace: str
    running: Running
    probe: Probe
    times: dict[str, list[float]] = field(default_factory=dict)

    def take(self, cluster: Cluster, what: str, edit: Edit) -> None:
        cluster.change(self.namespace, edit.ingress)
        began = time.perf_counter()
        seen = self.probe.until_body(edit.path, edit.host, edit.answer, PATIENCE)
        self.times.setdefault(what, []).append((seen - began) * 1000)


def edits(world: World, rounds: int) -> list[tuple[str, Edit]]:
    """Flips of one path's backend and additions of a path, in turns; no Ingress is edited twice if there are enough."""
    found = []
    for number, ingress in enumerate(world.edited(rounds)):
        host = world.host(ingress)
        if number % 2:
            path = f"/added{number:03d}"
            after, answer = world.ingress(ingress, added=path), world.services[0]
            found.append(("route added", Edit(after, host, path, answer.encode())))
        else:
            answer = world.services[(ingress + number % 10 + 1) % len(world.services)]
            after = world.ingress(ingress, flipped=number % 10, service=answer)
            found.append(("backend flipped", Edit(after, host, f"/p{number % 10}", answer.encode())))
    return found


def measure(routes: int, rounds: int, folder: Path) -> list[Figure]:
    """Figures of one number of routes."""
    cluster = Cluster(connect(os.environ))
    address = own_address(cluster.api.host)
    with ExitStack() as stack:
        ports = stack.enter_context(backends(folder / "backends", BACKENDS, address))
        world = World(routes, tuple(ports))
        steps = edits(world, rounds)
        product, floor = stack.enter_context(_subjects(cluster, world, steps, folder, dict(ports), address))
        watcher = watcher_of(product.running)
        cpu = []
        for number, (what, edit) in enumerate(steps):
            first, second = (product, floor) if number % 2 else (floor, product)
            before = cpu_seconds(watcher)
            first.take(cluster, what, edit)
            time.sleep(REST)
            between = cpu_seconds(watcher)
            second.take(cluster, what, edit)
            time.sleep(REST)
            used = between - before if first is product else cpu_seconds(watcher) - between
            cpu.append(used * 1000)
        return _figures(routes, product, floor, cpu, peak_memory(watcher) / 2**20)


@contextmanager
def _subjects(
    cluster: Cluster, world: World, steps: list[tuple[str, Edit]], folder: Path, ports: dict[str, int], address: str
) -> Iterator[tuple[Subject, Subject]]:
    services = list(service_objects(address, ports))
    with ExitStack() as stack:
        names = [
            stack.enter_context(cluster.namespace(f"bench-{kind}-{world.routes}-{os.getpid()}"))
            for kind in ("product", "floor")
        ]
        for name in names:
            cluster.create(name, [*services, *world.objects()])
        product = start_on_cluster(stack, names[0], folder / "product")
        floor = _floor(stack, names[1], world, steps, folder / "floor", services)
        last = world.ingresses - 1
        for subject in (product, floor):
            subject.probe.until_answered("/p0", world.host(last), PATIENCE, 0.05)
        time.sleep(2)
        yield product, floor


def start_on_cluster(stack: ExitStack, namespace: str, folder: Path) -> Subject:
    """The product, watching one namespace."""
    settings = _cluster_settings(folder, namespace)
    environment = {
        "AMBASSADOR_NAMESPACE": namespace,
        "AMBASSADOR_SINGLE_NAMESPACE": "yes",
        "AMBASSADOR_ID": INSTANCE,
    }
    running = start_product(replace(settings, config=()), "--kubernetes", environment=environment)
    stack.callback(running.end)
    return Subject(namespace, running, Probe(settings.http_port))


def _floor(
    stack: ExitStack, namespace: str, world: World, steps: list[tuple[str, Edit]], folder: Path, services: list[Object]
) -> Subject:
    settings = _cluster_settings(folder, namespace)
    manifests = settings.config[0]
    everything = [*services, *world.objects()]
    for number in range(0, len(everything), _IN_A_FILE):
        text = as_text(everything[number : number + _IN_A_FILE], namespace)
        (manifests / f"{number}.yaml").write_text(text)
    texts = [as_text([edit.ingress], namespace) for _, edit in steps]
    made = Maker(manifests, folder).make(settings, texts)
    data = settings.state / "floor.data"
    data.write_bytes(made)
    running = start_floor(settings, data, ("tests.bench.watch_trigger", namespace))
    stack.callback(running.end)
    return Subject(namespace, running, Probe(settings.http_port))


def _cluster_settings(folder: Path, namespace: str) -> Settings:
    settings = replace(settings_in(folder), kubernetes=True, namespace=namespace, single_namespace=True)
    return replace(settings, ambassador_id=INSTANCE)


def own_address(api_server: str) -> str:
    """The address of this machine from which the API server is reached: no loopback, which a slice may not name."""
    there = urlsplit(api_server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((there.hostname, there.port or 443))
        return str(probe.getsockname()[0])


def _figures(routes: int, product: Subject, floor: Subject, cpu: list[float], memory: float) -> list[Figure]:
    hold_off = HoldOff().quiet * 1000
    where = f"{routes} routes of Ingresses"
    figures = []
    for what, times in product.times.items():
        base = median(floor.times[what])
        limit, promise = TIMES_FLOOR * base + hold_off, f"= {TIMES_FLOOR} x floor + {hold_off:g} ms hold-off"
        tail = f"p95 {percentile(times, 0.95):.1f}, floor's p95 {percentile(floor.times[what], 0.95):.1f}"
        name = f"{where}, {what}: API server's answer → answered"
        figures.append(Figure("cluster", name, median(times), "ms", limit, base, promise, tuple(times), tail))
    most = MOST_CPU if routes <= MANY else None
    figures.append(Figure("cluster", f"{where}: watcher's CPU an edit", median(cpu), "ms", most, samples=tuple(cpu)))
    figures.append(Figure("cluster", f"{where}: watcher's peak memory", memory, "MiB"))
    return figures
