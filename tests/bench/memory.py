"""How much memory the Python processes of a pod have: at rest among N routes, and after many edits against before.

Proportional (PSS): what supervisord, diag, the watcher and the wrapper of Envoy share counts once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.changes import EDITED, FLIPPED, changes
from tests.bench.layouts import Layout, ManyFiles
from tests.bench.probe import Probe
from tests.bench.processes import (
    Running,
    descendants,
    envoy_of,
    peak_memory,
    proportional_memory,
    resident_memory,
    settings_in,
    start_product,
    watcher_of,
)
from tests.bench.report import Figure, Point

PATIENCE = 300.0
LIMITS = {5000: 110.0, 50_000: 600.0}
"""Megabytes of all Python processes, by routes."""
GROWTH = 1.05
WARM_UP = 100
"""Changes after which caches are as full as they get."""
ASKED = 10
"""Requests to each route before its watcher is weighed for the first time: as many as live traffic keeps of one."""
REST = 3.0
MB = 1_000_000


def at_rest(counts: Sequence[int], services: tuple[str, ...], folder: Path) -> list[Figure]:
    """Memory of all Python processes, a while after the last route answers."""
    figures = []
    for count in counts:
        parts: Counter[str] = Counter()
        with _started(Layout(count, 0, services), folder / str(count)) as (running, _):
            time.sleep(REST)
            for pid, line in _python_processes(running).items():
                parts[_role(line)] += proportional_memory(pid)
            peak = peak_memory(watcher_of(running)) / MB
        note = ", ".join(f"{name} {size / MB:.0f}" for name, size in parts.items()) + f"; watcher's peak {peak:.0f}"
        what = f"{count} routes: PSS of all Python processes"
        point = Point("memory", "product", count)
        figures.append(Figure("memory", what, parts.total() / MB, "MB", LIMITS.get(count), note=note, point=point))
    return figures


def after_edits(layout: Layout, edits: int, folder: Path) -> list[Figure]:
    """The watcher's memory after so many changes, each waited for. What requests cost is there before the first."""
    steps = changes(layout, edits // 2, (EDITED, FLIPPED))
    with _started(layout, folder) as (running, store):
        probe, watcher = Probe(running.settings.http_port), watcher_of(running)
        for number in range(layout.mappings * ASKED):
            place = number % layout.mappings
            probe.until_answered(layout.prefix(place, 0) + "x", layout.host_header(place), PATIENCE)
        time.sleep(REST)
        sizes = [_sizes(watcher)]
        for part in (steps[:WARM_UP], steps[WARM_UP:]):
            for change in part:
                store.edit(change.state.file, layout.manifest(change.state)).by_rename(time.perf_counter)
                host = layout.host_header(change.state.number)
                probe.until_body(change.path, host, change.answer, PATIENCE)
            time.sleep(REST)
            sizes.append(_sizes(watcher))
    return _growth(layout, edits, sizes)


def _growth(layout: Layout, edits: int, sizes: Sequence[tuple[float, float]]) -> list[Figure]:
    figures = []
    for number, kind in enumerate(("RSS", "PSS")):
        before, warm, after = (one[number] for one in sizes)
        note = f"{after:.1f} / {before:.1f} MB; {after / warm:.3f} of what it was after {WARM_UP}"
        what = f"{layout.where}: watcher's {kind} after {edits} edits / before"
        figures.append(Figure("memory", what, after / before, "x", GROWTH, note=note))
    return figures


@contextmanager
def _started(layout: Layout, folder: Path) -> Iterator[tuple[Running, ManyFiles]]:
    """The product with all routes of a layout."""
    settings = settings_in(folder)
    store = ManyFiles(settings.config[0])
    store.fill(layout.texts())
    running = start_product(settings)
    try:
        probe = Probe(settings.http_port)
        for number in (0, layout.mappings - 1):
            path, host = layout.prefix(number, 0) + "x", layout.host_header(number)
            probe.until_answered(path, host, PATIENCE, 0.05, running.check)
        probe.close()
        yield running, store
    finally:
        running.end()


def _sizes(pid: int) -> tuple[float, float]:
    return resident_memory(pid) / MB, proportional_memory(pid) / MB


def _python_processes(running: Running) -> dict[int, str]:
    """All of the product but Envoy."""
    [main] = running.processes
    everything = {main.pid: "ambassador run", **descendants(main.pid)}
    envoy = envoy_of(running)
    return {pid: line for pid, line in everything.items() if pid != envoy}


def _role(line: str) -> str:
    words = {"watch": "watcher", "gunicorn": "diag", "supervisord": "supervisord", "envoy_": "Envoy's wrapper"}
    return next((name for word, name in words.items() if word in line), "ambassador run")
