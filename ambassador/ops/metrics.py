"""The watcher's own metrics. Label values are few and fixed: never a name that users choose."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class StatusMetrics:
    """What the status writer counts. Results: `written`, or how it failed: `unreachable`, `forbidden`, `gone` …"""

    writes: Counter
    events: Counter
    waiting: Gauge
    leader: Gauge


@dataclass(frozen=True, slots=True)
class TrafficMetrics:
    """What Envoy tells of requests: how many, how many of them nobody had time for, and what it costs."""

    requests: Counter
    dropped: Counter
    undecodable: Counter
    seconds: Counter


@dataclass(frozen=True, slots=True)
class LayoutMetrics:
    """How routes are laid out for Envoy. Asked when somebody reads them."""

    buckets: Gauge
    copies: Gauge
    longest: Gauge


@dataclass(frozen=True, slots=True)
class Metrics:
    """Everything the watcher counts, in a registry of its own."""

    registry: CollectorRegistry
    compile_seconds: Histogram
    acknowledged_seconds: Histogram
    recomputed: Counter
    revisions: Counter
    nacks: Counter
    quarantined: Gauge
    objects: Gauge
    route_tables: Gauge
    connected: Gauge
    status: StatusMetrics
    traffic: TrafficMetrics
    layout: LayoutMetrics

    def render(self) -> bytes:
        """Prometheus text."""
        return generate_latest(self.registry)


def new_metrics() -> Metrics:
    """Metrics that start at zero."""
    registry = CollectorRegistry()
    return Metrics(
        registry,
        Histogram("ambassador_compile_seconds", "Compiling one change", buckets=_BUCKETS, registry=registry),
        Histogram(
            "ambassador_acknowledged_seconds",
            "From publishing a revision until Envoy holds all of it",
            buckets=_BUCKETS,
            registry=registry,
        ),
        Counter("ambassador_recomputed_rules", "Rules that had to run again", registry=registry),
        Counter("ambassador_revisions", "Published revisions", registry=registry),
        Counter("ambassador_nacks", "Responses that Envoy refused", ["type"], registry=registry),
        Gauge("ambassador_quarantined_objects", "Objects held back because Envoy refuses them", registry=registry),
        Gauge("ambassador_objects", "Input objects", registry=registry),
        Gauge("ambassador_route_tables", "Route tables", registry=registry),
        Gauge("ambassador_envoy_connected", "Whether Envoy has an ADS stream", registry=registry),
        _status(registry),
        _traffic(registry),
        _layout(registry),
    )


def _status(registry: CollectorRegistry) -> StatusMetrics:
    return StatusMetrics(
        Counter("ambassador_status_writes", "Statuses sent to the API server", ["result"], registry=registry),
        Counter("ambassador_status_events", "Events sent to the API server", ["result"], registry=registry),
        Gauge("ambassador_status_waiting", "Objects whose status may have to be written", registry=registry),
        Gauge("ambassador_status_leader", "Whether this replica writes statuses", registry=registry),
    )


def _traffic(registry: CollectorRegistry) -> TrafficMetrics:
    return TrafficMetrics(
        Counter("ambassador_traffic_requests", "Requests that Envoy told of", registry=registry),
        Counter("ambassador_traffic_dropped", "Of these, requests not counted by route", registry=registry),
        Counter("ambassador_traffic_undecodable", "Access log messages that could not be read", registry=registry),
        Counter("ambassador_traffic_seconds", "CPU time spent on counting requests", registry=registry),
    )


def _layout(registry: CollectorRegistry) -> LayoutMetrics:
    return LayoutMetrics(
        Gauge("ambassador_route_buckets", "Short lists that long lists of routes became", registry=registry),
        Gauge("ambassador_route_copies", "Routes in such lists besides their first", registry=registry),
        Gauge("ambassador_route_longest_list", "The most routes that Envoy asks for one request", registry=registry),
    )
