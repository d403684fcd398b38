"""How long one change takes: file saved → first request answered by the new route, against the floor, in turns."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ambassador.settings import Settings
from ambassador.sources.burst import HoldOff
from tests.bench.changes import EDITED, FLIPPED, KINDS, Change, changes
from tests.bench.floor import Maker
from tests.bench.layouts import Layout, ManyFiles, OneFile
from tests.bench.plain import BUCKETS, LIST, Encoding, FloorBytes, sample
from tests.bench.probe import Probe
from tests.bench.processes import Running, cpu_seconds, settings_in, start_floor, start_product, watcher_of
from tests.bench.report import Figure, Point, median, percentile
from tests.bench.shards import ShardedBytes

PATIENCE = 120.0
REST = 0.3
"""Seconds between edits, so that each finds a watcher that has nothing else to do."""
SAMPLE = 20
"""Mappings whose answers are compared before anything is measured."""
TIMES_FLOOR = 1.3
TIMES_CPU = 3.0
MOST_CPU = {(FLIPPED, 5000): 13.0}
"""Milliseconds of the watcher's CPU a change, by kind and Mappings."""


Stores = Sequence[type[ManyFiles] | type[OneFile]]


@dataclass(slots=True)
class Subject:
    """Something that takes changes. `times` in ms by kind; `cpu`: ms of the watcher's CPU for one."""

    name: str
    running: Running
    probe: Probe
    times: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    cpu: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def note(self, layout: Layout, change: Change, began: float) -> None:
        """Waits until the change shows."""
        seen = self.probe.until_body(change.path, layout.host_header(change.state.number), change.answer, PATIENCE)
        self.times[change.kind].append((seen - began) * 1000)


@dataclass(slots=True)
class Product(Subject):
    """The product on a folder."""

    store: ManyFiles | OneFile = field(default_factory=lambda: ManyFiles(Path()))
    watcher: int = 0

    def take(self, layout: Layout, change: Change, by_rename: bool) -> None:
        save = self.store.edit(change.state.file, layout.manifest(change.state))
        before = cpu_seconds(self.watcher)
        began = (save.by_rename if by_rename else save.in_place)(time.perf_counter)
        self.note(layout, change, began)
        time.sleep(REST)
        self.cpu[change.kind].append((cpu_seconds(self.watcher) - before) * 1000)


@dataclass(slots=True)
class Floor(Subject):
    """The floor with one encoding."""

    def take(self, layout: Layout, change: Change, by_rename: bool) -> None:
        trigger = self.running.processes[0].stdin
        assert trigger is not None
        began = time.perf_counter()
        trigger.write(b"\n")
        trigger.flush()
        self.note(layout, change, began)
        time.sleep(REST)


def measure(
    part: str, layout: Layout, rounds: int, folder: Path, stores: Stores, times: float = TIMES_FLOOR
) -> list[Figure]:
    """Figures of one layout after `rounds` changes of each kind a subject; `times` the floor is allowed, 0: any."""
    steps = changes(layout, rounds)
    with _subjects(layout, steps, folder, stores) as subjects:
        _agree(layout, subjects)
        for number, change in enumerate(steps):
            for subject in reversed(subjects) if number % 2 else subjects:
                subject.take(layout, change, number % 4 < 2)
    return [figure for kind in KINDS for figure in _figures(part, layout, kind, subjects, times)]


@contextmanager
def _subjects(layout: Layout, steps: Sequence[Change], folder: Path, stores: Stores) -> Iterator[list[Product | Floor]]:
    """Everything that is compared, started and answering."""
    with ExitStack() as running:
        subjects: list[Product | Floor] = [_product(running, layout, kind, folder / kind.__name__) for kind in stores]
        encodings = (LIST, BUCKETS) if layout.mappings > 100 and not layout.hosts else (LIST,)
        subjects += [
            _floor(running, layout, steps, encoding, folder / f"floor-{number}")
            for number, encoding in enumerate(encodings)
        ]
        if layout.hosts:
            subjects.append(_like_product(running, layout, steps, folder))
        if layout.hosts == layout.mappings:
            subjects.append(_sharded(running, layout, steps, folder / "floor-shards"))
        last = layout.mappings - 1
        for subject in subjects:
            path, host = layout.prefix(last, 0) + "x", layout.host_header(last)
            subject.probe.until_answered(path, host, PATIENCE, 0.05)
        time.sleep(1)
        for subject in subjects:
            if isinstance(subject, Product):
                subject.watcher = watcher_of(subject.running)
        yield subjects


def _agree(layout: Layout, subjects: Sequence[Subject]) -> None:
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
    started = start_product(settings, environment={"AMBASSADOR_HOST_SHARDS": str(layout.host_shards)})
    running.callback(started.end)
    return Product(f"product, {kind.name}", started, Probe(settings.http_port), store=store)


def _floor(running: ExitStack, layout: Layout, steps: Sequence[Change], encoding: Encoding, folder: Path) -> Floor:
    settings = settings_in(folder)
    data = FloorBytes(sample(layout, settings, folder / "sample"), encoding).data(steps)
    return _started(running, settings, encoding.name, data)


def _sharded(running: ExitStack, layout: Layout, steps: Sequence[Change], folder: Path) -> Floor:
    settings = settings_in(folder)
    data = ShardedBytes(sample(layout, settings, folder / "sample"), LIST).data(steps)
    return _started(running, settings, "256 tables by a hash of the host", data)


def _like_product(running: ExitStack, layout: Layout, steps: Sequence[Change], folder: Path) -> Floor:
    """How the product spreads hosts over resources may be faster than one table."""
    settings = settings_in(folder / "floor-product")
    manifests = folder / ManyFiles.__name__ / "config"
    data = Maker(manifests, folder).make(settings, [layout.manifest(one.state) for one in steps])
    return _started(running, settings, "the product's own bytes", data)


def _started(running: ExitStack, settings: Settings, name: str, data: bytes) -> Floor:
    file = settings.state / "floor.data"
    file.write_bytes(data)
    started = start_floor(settings, file)
    running.callback(started.end)
    return Floor(name, started, Probe(settings.http_port))


def _figures(part: str, layout: Layout, kind: str, subjects: Sequence[Product | Floor], allowed: float) -> list[Figure]:
    floors = [one for one in subjects if isinstance(one, Floor)]
    fastest = min(floors, key=lambda one: median(one.times[kind]))
    floor, tail = median(fastest.times[kind]), percentile(fastest.times[kind], 0.95)
    hold_off = HoldOff().quiet * 1000
    limit = allowed * floor + hold_off if allowed else None
    promise = f"= {allowed} x floor + {hold_off:g} ms hold-off" if allowed else ""
    where, point = f"{layout.where}, {kind}", partial(Point, _plot(part, layout, kind), n=layout.mappings)
    figures = []
    for one in subjects:
        times = tuple(one.times[kind])
        if isinstance(one, Floor):
            note = f"floor; p95 {percentile(times, 0.95):.1f}" + (", the fastest" if one is fastest else "")
            mark = point(line="list") if one.name == LIST.name else None
            what = f"{where}, {one.name}"
            figures.append(Figure("floor", what, median(times), "ms", samples=times, note=note, point=mark))
            continue
        note = f"p95 {percentile(times, 0.95):.1f}, floor's p95 {tail:.1f}"
        mark = point(line="product") if isinstance(one.store, ManyFiles) else None
        what = f"{where}, {one.store.name}: saved → answered"
        figures.append(Figure(part, what, median(times), "ms", limit, floor, promise, times, note, point=mark))
        what = f"{where}, {one.store.name}: watcher's CPU"
        most = MOST_CPU.get((kind, layout.mappings))
        mark = point(line="cpu") if mark else None
        figures.append(Figure("cpu", what, median(one.cpu[kind]), "ms", most, samples=tuple(one.cpu[kind]), point=mark))
    return figures


def _plot(part: str, layout: Layout, kind: str) -> str:
    shards = f" in {layout.host_shards} shards" if layout.host_shards else ""
    return f"{part}, {kind}" + (f", many hosts{shards}" if layout.hosts else "")


def growth(figures: list[Figure], few: int, many: int) -> list[Figure]:
    """How much more CPU an edit takes among `many` than among `few` Mappings."""
    found = []
    for store in (ManyFiles.name, OneFile.name):
        ends = [f"{count} Mappings on *, {EDITED}, {store}: watcher's CPU" for count in (few, many)]
        values = {one.what: one.value for one in figures if one.part == "cpu"}
        if all(end in values for end in ends):
            less, more = (values[end] for end in ends)
            what = f"CPU an edit at {many} / at {few}, {store}"
            found.append(Figure("cpu", what, more / less, "x", TIMES_CPU, note=f"{more:.1f} / {less:.1f} ms"))
    return found
