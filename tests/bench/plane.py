"""What the product's defaults cost a request: full load on it and on a hand-written static Envoy, in turns.

Once as it is installed, and once without the counting of requests by route, which a hand-written Envoy does not have.
All are started several times: two Envoys with the same configuration differ by up to 8 % for as long as they live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bench import hand_written
from tests.bench.full_load import Load, run
from tests.bench.layouts import Layout, ManyFiles
from tests.bench.probe import Probe
from tests.bench.processes import Running, cpu_seconds, descendants, envoy_of, settings_in, start_envoy, start_product
from tests.bench.report import Figure, median, percentile

PATIENCE = 60.0
SECONDS = 2.0
LEAST_RATE = 0.97
_PLAIN: Mapping[str, str] = {"ENVOY_CONCURRENCY": "1"}
_SAME = "product, requests not counted by route"
"""The one with the features of the hand-written configuration, which the limit is for."""
_PRODUCTS: Mapping[str, Mapping[str, str]] = {
    _SAME: {**_PLAIN, "AMBASSADOR_LIVE_TRAFFIC": "false"},
    "product as installed": _PLAIN,
}


@dataclass(slots=True)
class Subject:
    """A gateway. `cpu`: its Envoy's in µs a request; `beside`: that of all its other processes."""

    name: str
    running: Running
    envoy: int = 0
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)

    def load(self, layout: Layout) -> None:
        """One round."""
        before, all_before = cpu_seconds(self.envoy), self._all()
        paths = tuple(layout.prefix(number, 0) + "x?page=1" for number in range(layout.mappings))
        done = run(Load(self.running.settings.http_port, SECONDS, "any.test", paths))
        self.rates.append(done.rate)
        used, all_used = cpu_seconds(self.envoy) - before, self._all() - all_before
        self.cpu.append(used / done.requests * 1e6)
        self.beside.append((all_used - used) / done.requests * 1e6)

    def _all(self) -> float:
        """CPU time of the whole gateway."""
        started = [one.pid for one in self.running.processes]
        return sum(cpu_seconds(pid) for one in started for pid in (one, *descendants(one)))


def measure(layout: Layout, starts: int, rounds: int, folder: Path) -> list[Figure]:
    """Figures after so many starts of each, with so many rounds that count."""
    found = [_started(layout, rounds, folder / f"start-{number}") for number in range(starts)]
    return _figures([_joined(same) for same in zip(*found, strict=True)])


def _started(layout: Layout, rounds: int, folder: Path) -> list[Subject]:
    """Each gateway of one start, after its rounds. The first, which warms connections up, is left out."""
    with ExitStack() as running:
        subjects = [_hand_written(running, layout, folder / "hand-written")]
        for number, (name, environment) in enumerate(_PRODUCTS.items()):
            subjects.append(_product(running, name, environment, layout, folder / f"product-{number}"))
        for subject in subjects:
            probe = Probe(subject.running.settings.http_port)
            probe.until_answered(layout.prefix(0, 0) + "x", "any.test", PATIENCE, 0.05, subject.running.check)
            probe.close()
            subject.envoy = envoy_of(subject.running)
        for turn in range(rounds + 1):
            for subject in reversed(subjects) if turn % 2 else subjects:
                subject.load(layout)
    return [replace(one, rates=one.rates[1:], cpu=one.cpu[1:], beside=one.beside[1:]) for one in subjects]


def _joined(starts: Sequence[Subject]) -> Subject:
    """All rounds of one gateway, whichever start they belong to."""
    first = starts[0]
    rates, cpu, beside = ([value for one in starts for value in getattr(one, of)] for of in ("rates", "cpu", "beside"))
    return replace(first, rates=rates, cpu=cpu, beside=beside)


def _product(running: ExitStack, name: str, environment: Mapping[str, str], layout: Layout, folder: Path) -> Subject:
    settings = settings_in(folder)
    ManyFiles(settings.config[0]).fill(layout.texts())
    started = start_product(settings, environment=environment)
    running.callback(started.end)
    return Subject(name, started)


def _hand_written(running: ExitStack, layout: Layout, folder: Path) -> Subject:
    settings = settings_in(folder)
    file = folder / "envoy.json"
    hand_written.write(layout, settings, file)
    started = start_envoy(settings, file)
    running.callback(started.end)
    return Subject("hand-written Envoy configuration", started)


def _figures(subjects: Sequence[Subject]) -> list[Figure]:
    base, *products = subjects
    figures = [
        Figure("plane", f"{one.name}: requests/s", median(one.rates), "/s", samples=tuple(one.rates), note=note)
        for one in subjects
        for note in [f"CPU a request: Envoy {median(one.cpu):.1f} µs, others {median(one.beside):.1f} µs"]
    ]
    for one in products:
        pairs = tuple(rate / other for rate, other in zip(one.rates, base.rates, strict=True))
        cpu = median(other / used for used, other in zip(one.cpu, base.cpu, strict=True))
        note = (
            f"median of pairs, {percentile(pairs, 0.1):.2f} to {percentile(pairs, 0.9):.2f}; by Envoy's CPU {cpu:.2f}"
        )
        what = f"{one.name} / hand-written: requests/s"
        limit = LEAST_RATE if one.name == _SAME else None
        figures.append(Figure("plane", what, median(pairs), "x", limit, samples=pairs, note=note, least=True))
    return figures
