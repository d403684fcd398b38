"""What arrives at each route, as JSON. It changes with every request, so it belongs to no revision."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from ambassador.report.render import Json
from ambassador.traffic.book import UNROUTED, Book, Sample, Totals
from ambassador.traffic.counts import Count

_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
_NONE = Count(0, (0,) * len(_CLASSES), 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class TrafficQuery:
    """Which routes are asked for: `name` (empty: all), or whose name has all of `words`, in any case.

    `route`: the one whose last requests are wanted, too; empty stands for requests that no route took.
    """

    words: tuple[str, ...] = ()
    name: str = ""
    route: str | None = None

    def wants(self, name: str) -> bool:
        if name == UNROUTED or (self.route is not None and name != self.route):
            return False
        return self.name in ("", name) and all(word in name.lower() for word in self.words)


def traffic_query(text: str) -> TrafficQuery:
    """The query of an address."""
    given = parse_qs(text, keep_blank_values=True)
    words = tuple(given.get("q", [""])[-1].lower().split())
    return TrafficQuery(words, given.get("name", [""])[-1], given.get("route", [None])[-1])


def traffic(book: Book, query: TrafficQuery, now: float, among: Collection[str] | None = None) -> Json:
    """Counts of routes that something arrived at since the book was begun: what is asked for, or those `among` some."""
    totals = book.totals(now)
    wanted = among if query.route is None else (query.route,)
    counts = book.counts(now) if wanted is None else book.counts(now, {*wanted, UNROUTED})
    shown: Json = {
        "since": totals.since,
        "total": totals.requests,
        "dropped": totals.dropped,
        "recent_seconds": round(totals.seconds, 1),
        "unrouted": _count(counts.get(UNROUTED, _NONE), totals),
        "routes": _counts(counts, query if among is None else TrafficQuery(), totals),
    }
    if query.route is None:
        return shown
    return {**shown, "samples": [_sample(one) for one in book.samples(query.route)]}


def _counts(counts: Mapping[str, Count], query: TrafficQuery, totals: Totals) -> Json:
    return {name: _count(counts[name], totals) for name in sorted(counts) if query.wants(name)}


def _count(one: Count, totals: Totals) -> Json:
    return {
        "requests": one.requests,
        "per_second": round(one.recent / totals.seconds, 3),
        "success_percent": _success(one.requests, one.failed),
        "recent": one.recent,
        "recent_success_percent": _success(one.recent, one.recent_failed),
        "classes": {name: number for name, number in zip(_CLASSES, one.classes, strict=True) if number},
        "last_seen": round(one.last_seen, 3) or None,
    }


def _success(requests: int, failed: int) -> float | None:
    """In percent; never rounded up, so that 100 means all of them."""
    return int((requests - failed) * 10_000 / requests) / 100 if requests else None


def _sample(one: Sample) -> Json:
    return {
        "time": round(one.time, 3),
        "method": one.method,
        "scheme": one.scheme,
        "authority": one.authority,
        "path": one.path,
        "status": one.status,
        "flags": one.flags,
        "details": one.details,
        "ms": one.milliseconds,
        "backend": one.backend,
    }
