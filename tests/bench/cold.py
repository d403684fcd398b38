"""How long until the last route answers when everything starts from nothing, against the floor's own cold start."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ambassador.settings import Settings
from tests.bench.floor import Maker
from tests.bench.layouts import Layout, ManyFiles, OneFile
from tests.bench.probe import Probe
from tests.bench.processes import Running, peak_memory, settings_in, start_floor, start_product, watcher_of
from tests.bench.report import Figure, median

PATIENCE = 180.0
POLL = 0.005
TIMES_FLOOR, TIMES_FEW = 1.3, 2.0
"""The floor of a cluster each, where Envoy has most to do, and of few, where it has next to nothing to do."""
MOST_MEMORY = 350.0
REST = 2.0
MIB = 1 << 20


@dataclass(slots=True)
class Starter:
    """Something that is started again and again. `times` in s; `memory`: the watcher's peak in MiB."""

    name: str
    settings: Settings
    start: Callable[[Settings], Running]
    floor: bool = False
    times: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def once(self, layout: Layout) -> None:
        began = time.perf_counter()
        running = self.start(self.settings)
        try:
            answered = _last_answered(running, layout)
            self.times.append(answered - began)
            if not self.floor:
                time.sleep(1)  # what follows the first answer counts for memory too
                self.memory.append(peak_memory(watcher_of(running)) / MIB)
        finally:
            running.end()
        _forget_state(self.settings)
        time.sleep(REST)


def measure(layout: Layout, what: str, rounds: int, folder: Path) -> list[Figure]:
    """Figures of one layout after `rounds` starts of each: as one file a Mapping, in one file, and the floor."""
    starters = [_product(layout, kind, folder / kind.__name__) for kind in (ManyFiles, OneFile)]
    starters.append(_floor(layout, folder))
    for number in range(rounds):
        for one in starters if number % 2 == 0 else reversed(starters):
            one.once(layout)
    return _figures(what, starters, TIMES_FLOOR if len(layout.services) == layout.mappings else TIMES_FEW)


def _product(layout: Layout, kind: type[ManyFiles] | type[OneFile], folder: Path) -> Starter:
    settings = settings_in(folder)
    kind(settings.config[0]).fill(layout.texts())
    return Starter(kind.name, settings, start_product)


def _floor(layout: Layout, folder: Path) -> Starter:
    settings = settings_in(folder / "floor")
    file = settings.state.parent / "floor.data"
    file.write_bytes(Maker(folder / ManyFiles.__name__ / "config", folder).make(settings, ()))
    return Starter("floor", settings, lambda where: start_floor(where, file), floor=True)


def _last_answered(running: Running, layout: Layout) -> float:
    probe = Probe(running.settings.http_port)
    last = layout.mappings - 1
    try:
        answered, answer = probe.until_answered(
            layout.prefix(last, 0) + "x", layout.host_header(last), PATIENCE, POLL, running.check
        )
    finally:
        probe.close()
    if not answer.body.startswith(b"backend-"):
        raise AssertionError(f"{answer.body!r} is no backend's answer")
    return answered


def _forget_state(settings: Settings) -> None:
    """A cold start finds no last good configuration."""
    for path in settings.state.iterdir():
        path.unlink()


def _figures(what: str, starters: list[Starter], times: float) -> list[Figure]:
    [floor] = [median(one.times) for one in starters if one.floor]
    figures = []
    for one in starters:
        spread = f"{min(one.times):.1f} to {max(one.times):.1f}"
        if one.floor:
            label = f"{what}, {one.name}: exec → last route"
            figures.append(Figure("floor", label, median(one.times), "s", samples=tuple(one.times), note=spread))
            continue
        limit, promise = times * floor, f"= {times:g} x floor"
        label = f"{what}, {one.name}: exec → last route"
        figures.append(Figure("cold", label, median(one.times), "s", limit, floor, promise, tuple(one.times), spread))
        label = f"{what}, {one.name}: watcher's peak memory"
        figures.append(Figure("memory", label, max(one.memory), "MiB", MOST_MEMORY, samples=tuple(one.memory)))
    return figures
