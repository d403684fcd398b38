"""How long one edit takes: file saved → first request answered by the new route, against the floor, in turns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ambassador.settings import Settings
from ambassador.sources.collect import HoldOff
from tests.bench.floor import AS_PRODUCT, BUCKETS, Encoding, Maker
from tests.bench.layouts import Layout, ManyFiles, OneFile, file_name
from tests.bench.probe import Probe
from tests.bench.processes import Running, cpu_seconds, settings_in, start_floor, start_product, watcher_of
from tests.bench.report import Figure, median, percentile

PATIENCE = 120.0
REST = 0.3
"""Seconds between edits, so that each finds a watcher that has nothing else to do."""
SAMPLE = 20
"""Mappings whose answers are compared before anything is measured."""
TIMES_FLOOR = 1.5
TIMES_CPU = 3.0


@dataclass(slots=True)
class Subject:
    """Something that takes edits. `times` in ms; `cpu`: ms of the watcher's CPU an edit."""

    name: str
    running: Running
    probe: Probe
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Product(Subject):
    """The product on a folder."""

    store: ManyFiles | OneFile = field(default_factory=lambda: ManyFiles(Path()))
    watcher: int = 0

    def edit(self, layout: Layout, mapping: int, edition: int) -> None:
        save = self.store.edit(file_name(mapping), layout.text(mapping, edition))
        before = cpu_seconds(self.watcher)
        began = (save.by_rename if edition % 2 else save.in_place)(time.perf_counter)
        took = _seen(self, layout, mapping, edition, began)
        time.sleep(REST)
        self.times.append(took)
        self.cpu.append((cpu_seconds(self.watcher) - before) * 1000)


@dataclass(slots=True)
class Floor(Subject):
    """The floor with one encoding."""

    def edit(self, layout: Layout, mapping: int, edition: int) -> None:
        trigger = self.running.processes[0].stdin
        assert trigger is not None
        began = time.perf_counter()
        trigger.write(b"\n")
        trigger.flush()
        self.times.append(_seen(self, layout, mapping, edition, began))
        time.sleep(REST)


def _seen(subject: Subject, layout: Layout, mapping: int, edition: int, began: float) -> float:
    """Milliseconds until the edit's new path is answered."""
    path, host = layout.prefix(mapping, edition) + "x", layout.host_header(mapping)
    answered, answer = subject.probe.until_answered(path, host, PATIENCE)
    expected = f"backend-{mapping % len(layout.services)}".encode()
    if answer.body != expected:
        raise AssertionError(f"{subject.name} answers {answer.body!r}, not {expected!r}")
    return (answered - began) * 1000


def measure(layout: Layout, rounds: int, folder: Path) -> list[Figure]:
    """Figures of one layout, both ways of storing it, after `rounds` edits of each subject."""
    with _subjects(layout, rounds, folder) as subjects:
        _agree(layout, subjects)
        for edition, mapping in enumerate(layout.edited(rounds), 1):
            for subject in subjects if edition % 2 else reversed(subjects):
                subject.edit(layout, mapping, edition)
    return _figures(layout, subjects)


@contextmanager
def _subjects(layout: Layout, rounds: int, folder: Path) -> Iterator[list[Product | Floor]]:
    """Everything that is compared, started and answering."""
    with ExitStack() as running:
        products = [_product(running, layout, kind, folder / kind.__name__) for kind in (ManyFiles, OneFile)]
        subjects: list[Product | Floor] = [*products, *_floors(running, layout, rounds, folder)]
        last = layout.mappings - 1
        for subject in subjects:
            path, host = layout.prefix(last, 0) + "x", layout.host_header(last)
            subject.probe.until_answered(path, host, PATIENCE, 0.05)
        time.sleep(1)
        for product in products:
            product.watcher = watcher_of(product.running)
        yield subjects


def _agree(layout: Layout, subjects: list[Product | Floor]) -> None:
    """A floor that answers anything else is no floor: the same answers everywhere, to paths that exist or do not."""
    for mapping in layout.edited(SAMPLE):
        right, wrong = layout.prefix(mapping, 0), layout.prefix(mapping, 99)
        for path in (right, right + "x", right[:-1], wrong, "/"):
            answers = [one.probe.ask(path, layout.host_header(mapping)) for one in subjects]
            different = {(answer.status, answer.body) for answer in answers}
            if len(different) > 1:
                raise AssertionError(
                    f"{path} of {layout.host_header(mapping)} is answered in different ways: {different}"
                )


def _product(running: ExitStack, layout: Layout, kind: type[ManyFiles] | type[OneFile], folder: Path) -> Product:
    settings = settings_in(folder)
    store = kind(settings.config[0])
    store.fill(layout.texts())
    started = start_product(settings)
    running.callback(started.end)
    return Product(f"product, {kind.name}", started, Probe(settings.http_port), store=store)


def _floors(running: ExitStack, layout: Layout, rounds: int, folder: Path) -> list[Floor]:
    encodings = (AS_PRODUCT, BUCKETS) if layout.mappings > 100 and not layout.hosts else (AS_PRODUCT,)
    places = {encoding: settings_in(folder / f"floor-{number}") for number, encoding in enumerate(encodings)}
    edits = [layout.text(mapping, edition) for edition, mapping in enumerate(layout.edited(rounds), 1)]
    made = Maker(folder / ManyFiles.__name__ / "config", folder).make(places, edits)
    return [_floor(running, encoding, made[encoding], places) for encoding in encodings]


def _floor(running: ExitStack, encoding: Encoding, data: bytes, places: dict[Encoding, Settings]) -> Floor:
    settings = places[encoding]
    file = settings.state / "floor.data"
    file.write_bytes(data)
    started = start_floor(settings, file)
    running.callback(started.end)
    return Floor(encoding.name, started, Probe(settings.http_port))


def _figures(layout: Layout, subjects: list[Product | Floor]) -> list[Figure]:
    floors = [one for one in subjects if isinstance(one, Floor)]
    fastest = min(floors, key=lambda one: median(one.times))
    floor = median(fastest.times)
    hold_off = HoldOff().quiet * 1000
    where = f"{layout.mappings} Mappings on {layout.hosts or '*'}"
    figures = []
    for one in subjects:
        if not isinstance(one, Product):
            figures.append(_floor_figure(where, one, one is fastest))
            continue
        tail = f"p95 {percentile(one.times, 0.95):.1f}, floor's p95 {percentile(fastest.times, 0.95):.1f}"
        limit, promise = TIMES_FLOOR * floor + hold_off, f"= {TIMES_FLOOR} x floor + {hold_off:g} ms hold-off"
        what = f"{where}, {one.store.name}: saved → answered"
        figures.append(Figure("edit", what, median(one.times), "ms", limit, floor, promise, tuple(one.times), tail))
        what = f"{where}, {one.store.name}: watcher's CPU"
        figures.append(Figure("cpu", what, median(one.cpu), "ms", samples=tuple(one.cpu)))
    return figures


def _floor_figure(where: str, one: Floor, fastest: bool) -> Figure:
    note = f"floor; p95 {percentile(one.times, 0.95):.1f}" + (", the fastest" if fastest else "")
    return Figure("floor", f"{where}, {one.name}", median(one.times), "ms", samples=tuple(one.times), note=note)


def growth(figures: list[Figure], few: int, many: int) -> list[Figure]:
    """How much more CPU an edit takes among `many` than among `few` Mappings."""
    found = []
    for store in (ManyFiles.name, OneFile.name):
        ends = [f"{count} Mappings on *, {store}: watcher's CPU" for count in (few, many)]
        values = {one.what: one.value for one in figures if one.part == "cpu"}
        if all(end in values for end in ends):
            less, more = (values[end] for end in ends)
            what = f"CPU an edit at {many} / at {few}, {store}"
            found.append(Figure("cpu", what, more / less, "x", TIMES_CPU, note=f"{more:.1f} / {less:.1f} ms"))
    return found
