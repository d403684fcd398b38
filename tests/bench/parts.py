"""The parts of the bench: what is measured on which layouts, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import cluster, cluster_flips, cold, edits, explain, soak, traffic
from tests.bench.backends import backends
from tests.bench.layouts import Layout
from tests.bench.report import Figure

ROUNDS = {10: 40, 1000: 24}
"""Edits of each subject; more where one is quick."""
FEWEST_ROUNDS = 16
CLUSTER_ROUNDS = 24
MANY, HOSTS = 10_000, 1_000
FEW_BACKENDS, SOAK_BACKENDS = 4, 6
TRAFFIC_MAPPINGS, TRAFFIC_ROUNDS = 500, 10
_DEAD = "127.1.{}.{}:9"
"""Addresses of this machine where nobody listens: distinct backends that are never asked."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for. `counts`: numbers of Mappings to edit one among; `seed`: of the random edits."""

    counts: tuple[int, ...] = (10, 1000, MANY)
    rounds: int = 0
    random_edits: int = 2000
    seed: int = 1
    starts: int = 3


@dataclass(slots=True)
class Found:
    """Figures, and faults in words."""

    figures: list[Figure] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def edit(wishes: Wishes, folder: Path) -> Found:
    """One prefix edited among many, on one host name and (the largest) on many."""
    figures: list[Figure] = []
    with _few(folder) as services:
        for count in wishes.counts:
            layouts = [Layout(count, 0, services), *([Layout(count, HOSTS, services)] if count > HOSTS else [])]
            for layout in layouts:
                rounds = wishes.rounds or ROUNDS.get(count, FEWEST_ROUNDS)
                figures += edits.measure(layout, rounds, folder / f"{count}-{layout.hosts}")
    return Found(figures + edits.growth(figures, HOSTS, MANY))


def start(wishes: Wishes, folder: Path) -> Found:
    """Cold start of 10,000 Mappings on 1,000 hosts: a backend each, few backends, and with Hosts."""
    figures: list[Figure] = []
    count, hosts = max(wishes.counts), min(HOSTS, max(wishes.counts))
    with _few(folder) as services:
        dead = tuple(_DEAD.format(number // 250, number % 250 + 1) for number in range(count - 1))
        where = f"{count} Mappings on {hosts} hosts"
        layouts = {
            f"{where}, a backend each": Layout(count, hosts, (*dead, services[-1])),
            f"{where}, {FEW_BACKENDS} backends": Layout(count, hosts, services),
            f"{where} with Host objects, {FEW_BACKENDS} backends": Layout(count, hosts, services, declared=True),
        }
        for number, (what, layout) in enumerate(layouts.items()):
            figures += cold.measure(layout, what, wishes.starts, folder / f"start-{number}")
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


def answers(wishes: Wishes, folder: Path) -> Found:
    """Questions where a request goes, among the most Mappings."""
    return Found(explain.measure(max(wishes.counts), wishes.seed))


def on_cluster(wishes: Wishes, folder: Path) -> Found:
    """One path of an Ingress edited among many on a real cluster, and flips under load."""
    found = Found()
    for count in wishes.counts:
        rounds = wishes.rounds or CLUSTER_ROUNDS
        found.figures += cluster.measure(count, rounds, folder / f"cluster-{count}")
    figures, faults = cluster_flips.measure(max(wishes.counts), folder / "flips")
    return Found(found.figures + figures, faults)


PARTS = {"edit": edit, "cold": start, "soak": random_edits, "traffic": live_traffic, "explain": answers}
ALL_PARTS = {**PARTS, "cluster": on_cluster}
"""Those that need a cluster are run only when they are asked for."""


@contextmanager
def _few(folder: Path) -> Iterator[tuple[str, ...]]:
    with backends(folder / "backends", FEW_BACKENDS) as ports:
        yield tuple(f"127.0.0.1:{port}" for port in ports.values())
