"""The parts of the bench: what is measured on which layouts, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import cluster, cluster_flips, cold, edits, endpoints, explain, memory, plane, rate, soak, traffic
from tests.bench.backends import backends
from tests.bench.layouts import Layout, ManyFiles, OneFile
from tests.bench.report import Figure

EDIT_COUNTS = (10, 1000, 5000, 10_000, 50_000)
ROUNDS = {10: 24, 1000: 16, 5000: 12}
"""Changes of each kind and subject; more where one is quick."""
FEWEST_ROUNDS = 9
RATE_COUNTS, RATE_ROUNDS = (10, 1000, 10_000, 50_000), 9
CLUSTER_ROUNDS = 24
CLUSTER_COUNTS = (10, 1000, 5000, 10_000, 50_000)
MANY, HOSTS = 10_000, 1_000
FEW_BACKENDS, SOAK_BACKENDS = 4, 6
TRAFFIC_MAPPINGS, TRAFFIC_ROUNDS = 500, 10
PLANE_MAPPINGS, PLANE_STARTS, PLANE_ROUNDS = 10, 8, 4
COLD_STARTS = 3
MEMORY_MAPPINGS, ENDPOINT_ROUNDS = 1000, 200
HOST_SHARDS, TIMES_HOSTS = 256, 1.5
"""How many parts a table may have, and times the floor then, for one host changed among many."""
_DEAD = "127.1.{}.{}:9"
"""Addresses of this machine where nobody listens: distinct backends that are never asked."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for. `counts`: numbers of Mappings, where not those of the part; `seed`: of the random edits."""

    counts: tuple[int, ...] = ()
    rounds: int = 0
    random_edits: int = 2000
    seed: int = 1
    starts: int = 0


@dataclass(slots=True)
class Found:
    """Figures, and faults in words."""

    figures: list[Figure] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def edit(wishes: Wishes, folder: Path) -> Found:
    """One Mapping changed among many, on one host name and (10,000) on 1,000."""
    figures: list[Figure] = []
    with _few(folder) as services:
        for count in wishes.counts or EDIT_COUNTS:
            layouts = [Layout(count, 0, services), *([Layout(count, HOSTS, services)] if count == MANY else [])]
            for layout in layouts:
                rounds = wishes.rounds or ROUNDS.get(count, FEWEST_ROUNDS)
                # One file of 50,000 Mappings is nobody's; two more gateways of that size are a burden.
                stores = (ManyFiles, OneFile) if count <= MANY else (ManyFiles,)
                figures += edits.measure("edit", layout, rounds, folder / f"{count}-{layout.hosts}", stores)
    return Found(figures + edits.growth(figures, HOSTS, MANY))


def many_hosts(wishes: Wishes, folder: Path) -> Found:
    """One of many hosts changed, a Mapping each: as the product is installed, and with host shards."""
    figures: list[Figure] = []
    with _few(folder) as services:
        for count in wishes.counts or (MANY,):
            rounds = wishes.rounds or FEWEST_ROUNDS
            for shards, times in ((0, 0.0), (HOST_SHARDS, TIMES_HOSTS)):
                layout = Layout(count, count, services, host_shards=shards)
                place = folder / f"hosts-{count}-{shards}"
                figures += edits.measure("hosts", layout, rounds, place, (ManyFiles,), times)
    return Found(figures)


def changed_endpoints(wishes: Wishes, folder: Path) -> Found:
    """One endpoint changed among many clusters."""
    figures: list[Figure] = []
    with backends(folder / "backends", FEW_BACKENDS) as ports:
        for count in wishes.counts or (MANY,):
            rounds = wishes.rounds or ENDPOINT_ROUNDS
            figures += endpoints.measure(count, rounds, tuple(ports.values()), folder / f"endpoints-{count}")
    return Found(figures)


def sizes(wishes: Wishes, folder: Path) -> Found:
    """Memory of the Python processes."""
    with _few(folder) as services:
        rest = memory.at_rest(wishes.counts or tuple(memory.LIMITS), services, folder / "rest")
        layout = Layout(MEMORY_MAPPINGS, 0, services)
        return Found(rest + memory.after_edits(layout, wishes.random_edits, folder / "edits"))


def rates(wishes: Wishes, folder: Path) -> Found:
    """Requests a second on the last of many routes of one host."""
    return Found(rate.measure(wishes.counts or RATE_COUNTS, wishes.rounds or RATE_ROUNDS, folder))


def start(wishes: Wishes, folder: Path) -> Found:
    """Cold start of 10,000 Mappings on 1,000 hosts: a backend each, few backends, and with Hosts."""
    figures: list[Figure] = []
    count = max(wishes.counts or (MANY,))
    hosts = min(HOSTS, count)
    with _few(folder) as services:
        dead = tuple(_DEAD.format(number // 250, number % 250 + 1) for number in range(count - 1))
        where = f"{count} Mappings on {hosts} hosts"
        layouts = {
            f"{where}, a backend each": Layout(count, hosts, (*dead, services[-1])),
            f"{where}, {FEW_BACKENDS} backends": Layout(count, hosts, services),
            f"{where} with Host objects, {FEW_BACKENDS} backends": Layout(count, hosts, services, declared=True),
        }
        for number, (what, layout) in enumerate(layouts.items()):
            figures += cold.measure(layout, what, wishes.starts or COLD_STARTS, folder / f"start-{number}")
    return Found(figures)


def random_edits(wishes: Wishes, folder: Path) -> Found:
    """Random edits under load."""
    with backends(folder / "backends", SOAK_BACKENDS) as ports:
        return Found(*soak.measure(wishes.random_edits, folder / "soak", ports, wishes.seed))


def live_traffic(wishes: Wishes, folder: Path) -> Found:
    """Full load with and without counting requests by route."""
    with _few(folder) as services:
        layout = Layout(TRAFFIC_MAPPINGS, 0, services)
        return Found(traffic.measure(layout, wishes.rounds or TRAFFIC_ROUNDS, folder / "traffic"))


def data_plane(wishes: Wishes, folder: Path) -> Found:
    """Full load beside a hand-written Envoy configuration."""
    with _few(folder) as services:
        return Found(
            plane.measure(
                Layout(PLANE_MAPPINGS, 0, services),
                wishes.starts or PLANE_STARTS,
                wishes.rounds or PLANE_ROUNDS,
                folder / "plane",
            )
        )


def answers(wishes: Wishes, folder: Path) -> Found:
    """Questions where a request goes, among the most Mappings."""
    return Found(explain.measure(max(wishes.counts or (MANY,)), wishes.seed))


def on_cluster(wishes: Wishes, folder: Path) -> Found:
    """One path of an Ingress edited among many on a real cluster, and flips under load."""
    found = Found()
    counts = wishes.counts or CLUSTER_COUNTS
    for count in counts:
        rounds = wishes.rounds or CLUSTER_ROUNDS
        found.figures += cluster.measure(count, rounds, folder / f"cluster-{count}")
    figures, faults = cluster_flips.measure(max(counts), folder / "flips")
    return Found(found.figures + figures, faults)


PARTS = {
    "edit": edit,
    "hosts": many_hosts,
    "endpoints": changed_endpoints,
    "rate": rates,
    "cold": start,
    "memory": sizes,
    "plane": data_plane,
    "soak": random_edits,
    "traffic": live_traffic,
    "explain": answers,
}
ALL_PARTS = {**PARTS, "cluster": on_cluster}
"""Those that need a cluster are run only when they are asked for."""

TITLES = {
    "edit": "One Mapping edited, flipped or added among many",
    "hosts": "One host changed among many",
    "endpoints": "An endpoint changed among many clusters",
    "rate": "Requests a second on the last of many routes",
    "cold": "Cold start",
    "memory": "Memory of the Python processes",
    "plane": "The data plane beside a hand-written configuration",
    "soak": "Random edits under load",
    "traffic": "Requests counted by route, at full load",
    "explain": "Where a request goes: an answer as JSON",
    "cluster": "On a cluster: one path of an Ingress edited by PATCH",
}
"""Headings of their tables."""


@contextmanager
def _few(folder: Path) -> Iterator[tuple[str, ...]]:
    with backends(folder / "backends", FEW_BACKENDS) as ports:
        yield tuple(f"127.0.0.1:{port}" for port in ports.values())
