"""How long a changed endpoint takes: an EndpointSlice saved → first request answered by the new endpoint.

As many clusters as Services, each with a slice of one address and a Mapping of its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.layouts import Layout, ManyFiles, OneFile, Save
from tests.bench.probe import Probe
from tests.bench.processes import cpu_seconds, settings_in, start_product, watcher_of
from tests.bench.report import Figure, median, percentile

PATIENCE = 300.0
REST = 0.05
MOST_P99 = 25.0
_SERVICE = """apiVersion: v1
kind: Service
metadata: {{name: s{number:05d}}}
spec: {{ports: [{{name: http, port: 80}}]}}
"""
_SLICE = """apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: s{number:05d}-1, labels: {{kubernetes.io/service-name: s{number:05d}}}}}
addressType: IPv4
ports: [{{name: http, port: {port}}}]
endpoints: [{{addresses: ["{address}"], conditions: {{ready: true}}}}]
"""
_RESOLVER = """apiVersion: getambassador.io/v3alpha1
kind: Module
metadata: {name: ambassador}
spec: {config: {resolver: kubernetes-endpoint}}
"""


def measure(clusters: int, rounds: int, ports: Sequence[int], folder: Path) -> list[Figure]:
    """Figures after so many changed endpoints; `ports` are those of backend-0 and so on."""
    layout = Layout(clusters, 0, tuple(f"s{number:05d}:80" for number in range(clusters)))
    settings = settings_in(folder)
    config = settings.config[0]
    OneFile(config).fill(
        {"module": _RESOLVER} | {str(one): _SERVICE.format(number=one) for one in range(clusters)} | layout.texts()
    )
    ManyFiles(config).fill({_file(number): _slice(number, ports[0]) for number in range(clusters)})
    running = start_product(settings)
    try:
        probe = Probe(settings.http_port)
        for number in (0, clusters - 1):
            probe.until_answered(layout.prefix(number, 0) + "x", "any.test", PATIENCE, 0.05, running.check)
        time.sleep(1)
        return _changed(layout, rounds, ports, config, probe, watcher_of(running))
    finally:
        running.end()


def _changed(
    layout: Layout, rounds: int, ports: Sequence[int], config: Path, probe: Probe, watcher: int
) -> list[Figure]:
    times, cpu = [], []
    for turn, number in enumerate(layout.edited(rounds)):
        # Where there are more rounds than clusters, an endpoint comes back.
        backend = 1 + turn // layout.mappings % (len(ports) - 1)
        save = Save(config / _file(number), _slice(number, ports[backend]).encode())
        before = cpu_seconds(watcher)
        began = (save.by_rename if turn % 2 else save.in_place)(time.perf_counter)
        answer = f"backend-{backend}".encode()
        seen = probe.until_body(layout.prefix(number, 0) + "x", "any.test", answer, PATIENCE)
        times.append((seen - began) * 1000)
        time.sleep(REST)
        cpu.append((cpu_seconds(watcher) - before) * 1000)
    what = f"{layout.mappings} clusters, an endpoint changed: saved → answered"
    note = f"median {median(times):.2f} ms, {rounds} changes"
    return [
        Figure("endpoints", f"{what}, p99", percentile(times, 0.99), "ms", MOST_P99, samples=tuple(times), note=note),
        Figure("endpoints", f"{layout.mappings} clusters: watcher's CPU", median(cpu), "ms", samples=tuple(cpu)),
    ]


def _file(number: int) -> str:
    return f"slice-{number:05d}.yaml"


def _slice(number: int, port: int) -> str:
    return _SLICE.format(number=number, port=port, address="127.0.0.1")
