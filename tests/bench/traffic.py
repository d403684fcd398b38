"""What it costs to count requests by route: two gateways alike, one of them told not to, under full load in turns.

Then one Mapping is edited over and over while the load goes on, in turns as well.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ambassador.settings import Settings
from tests.bench.full_load import Answered, Load, begin, finished
from tests.bench.layouts import Layout, ManyFiles, file_name
from tests.bench.probe import GaveUpError, Probe
from tests.bench.processes import Running, cpu_seconds, envoy_of, settings_in, start_product, watcher_of
from tests.bench.report import Figure, median, percentile

SECONDS, EDIT_SECONDS = 2.0, 4.0
PATHS = 100
MOST_EDITS_A_ROUND = 6
TIMES_CPU = 1.2
PATIENCE = 30.0
_OFF: Mapping[str, str] = {"AMBASSADOR_LIVE_TRAFFIC": "false"}


@dataclass(slots=True)
class Subject:
    """A gateway, and what each round of load showed: requests/s, CPU in µs a request, edits in ms."""

    running: Running
    store: ManyFiles
    probe: Probe
    watcher: int = 0
    envoy: int = 0
    rates: list[float] = field(default_factory=list)
    envoy_cpu: list[float] = field(default_factory=list)
    watcher_cpu: list[float] = field(default_factory=list)
    edits: list[float] = field(default_factory=list)
    sent: int = 0

    @property
    def settings(self) -> Settings:
        return self.running.settings

    def load(self, layout: Layout) -> None:
        """One round of load with nothing else."""
        before = cpu_seconds(self.envoy), cpu_seconds(self.watcher)
        done = self._finished(self._load(layout, SECONDS))
        # What Envoy has not told yet belongs to this round.
        time.sleep(1)
        after = cpu_seconds(self.envoy), cpu_seconds(self.watcher)
        self.rates.append(done.rate)
        self.envoy_cpu.append((after[0] - before[0]) / done.requests * 1e6)
        self.watcher_cpu.append((after[1] - before[1]) / done.requests * 1e6)

    def edit_under_load(self, layout: Layout, edition: int) -> int:
        """Edits while the load goes on; the next edition."""
        process = self._load(layout, EDIT_SECONDS)
        time.sleep(0.5)
        end = time.monotonic() + EDIT_SECONDS - 1
        for _ in range(MOST_EDITS_A_ROUND):
            edition += 1
            mapping = layout.mappings - 1 - edition % (layout.mappings - PATHS)
            save = self.store.edit(file_name(mapping), layout.text(mapping, edition))
            began = save.by_rename(time.perf_counter)
            path = layout.prefix(mapping, edition) + "x"
            answered, _ = self.probe.until_answered(path, layout.host_header(mapping), PATIENCE, 0.002)
            self.edits.append((answered - began) * 1000)
            if time.monotonic() > end:
                break
        self._finished(process)
        return edition

    def _load(self, layout: Layout, seconds: float) -> subprocess.Popen[bytes]:
        paths = tuple(f"{layout.prefix(number, 0)}x?page=1" for number in range(PATHS))
        return begin(Load(self.settings.http_port, seconds, "any.test", paths))

    def _finished(self, process: subprocess.Popen[bytes]) -> Answered:
        done = finished(process)
        self.sent += done.requests
        return done

    def told(self) -> dict[str, Any]:
        """What the watcher says of the routes under load."""
        return _report(self.settings, "/traffic")

    def told_of_load(self, layout: Layout) -> int:
        """Requests on the routes under load that were counted."""
        names = {f"mapping/default/m{number:05d}" for number in range(PATHS)}
        return sum(one["requests"] for name, one in self.told()["routes"].items() if name in names)


def _report(settings: Settings, path: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("watcher", timeout=20)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(20)
    connection.sock.connect(str(settings.report_socket))
    try:
        connection.request("GET", path)
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        return found
    finally:
        connection.close()


def measure(layout: Layout, rounds: int, folder: Path) -> list[Figure]:
    """Figures after so many rounds of each kind."""
    with _subjects(layout, folder) as (on, off):
        editions = {id(on): 0, id(off): 0}
        for turn in range(rounds):
            for subject in (on, off) if turn % 2 else (off, on):
                subject.load(layout)
        counted = _settled(on, layout)
        for turn in range(rounds):
            for subject in (on, off) if turn % 2 else (off, on):
                editions[id(subject)] = subject.edit_under_load(layout, editions[id(subject)])
        all_counted = _settled(on, layout)
        return [*_figures(layout, on, off), _missing("at full load", on.sent, all_counted, on, counted)]


@contextmanager
def _subjects(layout: Layout, folder: Path) -> Iterator[tuple[Subject, Subject]]:
    with ExitStack() as running:
        on, off = (_subject(running, layout, folder / name, more) for name, more in (("on", {}), ("off", _OFF)))
        for subject in (on, off):
            last = layout.mappings - 1
            subject.probe.until_answered(layout.prefix(last, 0) + "x", layout.host_header(last), PATIENCE, 0.05)
            subject.watcher = watcher_of(subject.running)
            subject.envoy = envoy_of(subject.running)
        yield on, off


def _subject(running: ExitStack, layout: Layout, folder: Path, environment: Mapping[str, str]) -> Subject:
    settings = settings_in(folder)
    store = ManyFiles(settings.config[0])
    store.fill(layout.texts())
    started = start_product(settings, environment=environment)
    running.callback(started.end)
    return Subject(started, store, Probe(settings.http_port))


def _settled(subject: Subject, layout: Layout) -> int:
    """Requests of the load that were counted, once nothing more comes."""
    end = time.monotonic() + PATIENCE
    counted = -1
    while (newest := subject.told_of_load(layout)) != counted:
        if time.monotonic() > end:
            raise GaveUpError("requests are still being counted")
        counted = newest
        time.sleep(1)
    return counted


def _missing(when: str, sent: int, counted: int, on: Subject, before: int) -> Figure:
    dropped = on.told()["dropped"]
    note = f"{counted} of {sent} counted by route, {dropped} told as dropped; {before} of them before there were edits"
    return Figure("traffic", f"requests that the counts lack, {when}", max(0, sent - counted - dropped), "", note=note)


def _figures(layout: Layout, on: Subject, off: Subject) -> list[Figure]:
    """Rounds are compared in pairs, one right after the other: what else the machine does meets both."""
    where = f"{layout.mappings} Mappings at full load"
    tail = f"p95 {percentile(on.edits, 0.95):.1f}, without {percentile(off.edits, 0.95):.1f}"
    return [
        _compared(f"{where}: requests/s", "/s", on.rates, off.rates),
        _ratio(f"{where}: requests/s without / with", off.rates, on.rates, None),
        _compared(f"{where}: Envoy's CPU a request", "µs", on.envoy_cpu, off.envoy_cpu),
        _ratio(f"{where}: Envoy's CPU with / without", on.envoy_cpu, off.envoy_cpu, TIMES_CPU),
        _compared(f"{where}: watcher's CPU for 1,000 requests", "ms", on.watcher_cpu, off.watcher_cpu),
        _compared(f"{where}: edit, saved → answered", "ms", on.edits, off.edits, tail),
    ]


def _compared(what: str, unit: str, on: list[float], off: list[float], note: str = "floor: without") -> Figure:
    return Figure("traffic", what, median(on), unit, None, median(off), samples=tuple(on), note=note)


def _ratio(what: str, over: list[float], under: list[float], limit: float | None) -> Figure:
    ratios = [one / other for one, other in zip(over, under, strict=True)]
    return Figure("traffic", what, median(ratios), "x", limit, samples=tuple(ratios), note="median of pairs")
