"""How fast the routes are found that a list finds last: one host with N routes, the product beside a hand-written list.

Envoy answers by itself, with a redirect, so that only the route counts; one worker thread each. All gateways stay
up and take the load in turns, so that the ratio to few routes is one of the same run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from tests.bench.full_load import Load, run
from tests.bench.layouts import Layout, ManyFiles
from tests.bench.plain import LIST, FloorBytes, sample
from tests.bench.probe import Probe
from tests.bench.processes import (
    Running,
    cpu_seconds,
    envoy_of,
    resident_memory,
    settings_in,
    start_floor,
    start_product,
)
from tests.bench.report import Figure, Point, median

PATIENCE = 300.0
SECONDS = 1.5
LEAST_RATE, MOST_MEMORY = 0.9, 1.0
MANY = 10_000
"""Routes from which a list's memory is a measure; below, Envoy itself is all there is."""
LAST = 100
"""So many routes that a list asks last, a tenth of which are asked for in turn."""
REDIRECT = 301
MIB = 1 << 20
# What the counting of requests costs is measured by another part.
_ENVIRONMENT: Mapping[str, str] = MappingProxyType({"AMBASSADOR_LIVE_TRAFFIC": "false", "ENVOY_CONCURRENCY": "1"})


@dataclass(slots=True)
class Subject:
    """A gateway with all routes of a layout. `cpu`: Envoy's in µs a request."""

    line: str
    layout: Layout
    running: Running
    envoy: int = 0
    memory: float = 0.0
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the route that a list asks last, the least of prefixes that are equally long, and of each tenth
        before it: where there are short lists, some of these are in long ones and some in short ones."""
        return tuple(self.layout.prefix(number, 0) + "x" for number in range(0, min(LAST, self.layout.mappings), 10))

    def ready(self) -> None:
        """Waits until all routes are there."""
        probe = Probe(self.running.settings.http_port)
        for path in (self.paths[0], self.layout.prefix(self.layout.mappings - 1, 0) + "x"):
            probe.until_status(path, "any.test", REDIRECT, PATIENCE, 0.05, self.running.check)
        probe.close()
        self.envoy = envoy_of(self.running)

    def load(self) -> None:
        """One round."""
        before = cpu_seconds(self.envoy)
        # Envoy closes a connection with more than two of its own answers under way.
        load = Load(self.running.settings.http_port, SECONDS, "any.test", self.paths, REDIRECT, batch=2)
        done = run(load)
        self.rates.append(done.rate)
        self.cpu.append((cpu_seconds(self.envoy) - before) / done.requests * 1e6)


def measure(counts: Sequence[int], rounds: int, folder: Path) -> list[Figure]:
    """Figures of all numbers of routes, after so many rounds of load on each gateway."""
    with ExitStack() as running:
        subjects = []
        for count in counts:
            layout = Layout(count, 0, ("elsewhere.test",), redirect=True)
            subjects.append(_product(running, layout, folder / f"product-{count}"))
            subjects.append(_list(running, layout, folder / f"list-{count}"))
            for subject in subjects[-2:]:
                subject.ready()
        for turn in range(rounds):
            for subject in reversed(subjects) if turn % 2 else subjects:
                subject.load()
        for subject in subjects:
            subject.memory = resident_memory(subject.envoy) / MIB
    return _figures(subjects)


def _product(running: ExitStack, layout: Layout, folder: Path) -> Subject:
    settings = settings_in(folder)
    ManyFiles(settings.config[0]).fill(layout.texts())
    started = start_product(settings, environment=_ENVIRONMENT)
    running.callback(started.end)
    return Subject("product", layout, started)


def _list(running: ExitStack, layout: Layout, folder: Path) -> Subject:
    settings = replace(settings_in(folder), live_traffic=False)
    file = settings.state / "floor.data"
    file.write_bytes(FloorBytes(sample(layout, settings, folder / "sample"), LIST).data())
    started = start_floor(settings, file, workers=1)
    running.callback(started.end)
    return Subject("list", layout, started)


def _figures(subjects: Sequence[Subject]) -> list[Figure]:
    products = [one for one in subjects if one.line == "product"]
    lists = {one.layout.mappings: one for one in subjects if one.line == "list"}
    figures = []
    for one in products:
        other = lists[one.layout.mappings]
        figures += [_rate(one, median(other.rates)), _rate(other, None)]
    for one in products[1:]:
        figures += _against_few(one, products[0])
    for one in products:
        figures.append(_memory(one, lists[one.layout.mappings]))
    return figures


def _rate(one: Subject, floor: float | None) -> Figure:
    count = one.layout.mappings
    note = f"Envoy's CPU a request {median(one.cpu):.1f} µs" + ("" if floor is None else "; floor: list")
    what = f"{count} routes on one host, {one.line}: requests/s on the last"
    point = Point("rate", one.line, count)
    return Figure("rate", what, median(one.rates), "/s", None, floor, "", tuple(one.rates), note, point=point)


def _against_few(one: Subject, few: Subject) -> list[Figure]:
    """Rounds are compared in pairs, which lie seconds apart: what else the machine does meets both."""
    what = f"{one.layout.mappings} routes / {few.layout.mappings} routes, product"
    rates = tuple(more / less for more, less in zip(one.rates, few.rates, strict=True))
    cpu = tuple(less / more for more, less in zip(one.cpu, few.cpu, strict=True))
    note = f"median of pairs; by Envoy's CPU a request {median(cpu):.2f}"
    return [Figure("rate", f"{what}: requests/s", median(rates), "x", LEAST_RATE, samples=rates, note=note, least=True)]


def _memory(one: Subject, other: Subject) -> Figure:
    count = one.layout.mappings
    limit = MOST_MEMORY if count >= MANY else None
    note = f"{one.memory:.0f} / {other.memory:.0f} MiB"
    return Figure("rate", f"{count} routes: Envoy's memory / list's", one.memory / other.memory, "x", limit, note=note)
