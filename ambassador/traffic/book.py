"""What has arrived since this watcher began, by route. One thread writes, others read; neither waits long.

Bounded: routes that are gone are forgotten, and there is an end to the number of routes and of samples of each.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NewType

import orjson

from ambassador.traffic.counts import SLOT_SECONDS, SLOTS, Count, Counter
from ambassador.traffic.redact import redacted_authority, redacted_path
from ambassador.traffic.wire import Logged, Record, by_answer, logged

UNROUTED = ""
"""Stands for the route of requests that no route took."""
MOST_ROUTES = 60_000
_READ_AT_ONCE = 256
_LONGEST_DETAILS = 200


@dataclass(frozen=True, slots=True)
class Totals:
    """`dropped`: requests that were not counted by route. `seconds`: how far back what is called recent goes."""

    since: float
    requests: int
    dropped: int
    seconds: float


Sample = NewType("Sample", Logged)
"""A request as it may be shown."""


@dataclass(slots=True)
class Book:
    """`since`: when it was begun; all times are seconds since the epoch."""

    since: float
    _counters: dict[str, Counter] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _requests: int = 0
    _dropped: int = 0

    def enter(self, records: Sequence[Record], now: float) -> None:
        """Counts requests and keeps a few as samples.

        Raises:
            MalformedRecordsError: they are none of our Envoy's.
        """
        groups = by_answer(records)
        with self._lock:
            self._requests += len(records)
            counters = [self._counted(*answer, len(group), now) for answer, group in groups.items()]
            for counter, group in zip(counters, groups.values(), strict=True):
                granted = 0 if counter is None else counter.may_sample(len(group), now)
                if counter is not None and granted:
                    counter.keep(tuple(_sample(one) for one in _spread(group, granted)))

    def drop(self, number: int) -> None:
        """Notes requests that nobody had the time to look at."""
        with self._lock:
            self._requests += number
            self._dropped += number

    def _counted(self, route: str, status: int, number: int, now: float) -> Counter | None:
        """The route's counter after so many requests; None when there is no room for another route."""
        counter = self._counters.get(route)
        if counter is None:
            if len(self._counters) >= MOST_ROUTES:
                self._dropped += number
                return None
            counter = self._counters[route] = Counter()
        counter.add(status, number, now)
        return counter

    def forget_all_but(self, routes: Collection[str]) -> None:
        """Forgets routes that are not among these."""
        with self._lock:
            gone = [route for route in self._counters if route not in routes and route != UNROUTED]
            for route in gone:
                del self._counters[route]

    def totals(self, now: float) -> Totals:
        """What is true of all requests together."""
        with self._lock:
            seconds = (SLOTS - 1) * SLOT_SECONDS + now % SLOT_SECONDS
            return Totals(self.since, self._requests, self._dropped, max(1.0, min(seconds, now - self.since)))

    def counts(self, now: float, among: Collection[str] | None = None) -> Mapping[str, Count]:
        """Routes that something arrived at: all, or of those `among` some."""
        with self._lock:
            if among is None:
                counters = list(self._counters.items())
            else:
                counters = [(route, self._counters[route]) for route in among if route in self._counters]
        return dict(self._in_turns(counters, now))

    def _in_turns(self, counters: list[tuple[str, Counter]], now: float) -> Iterator[tuple[str, Count]]:
        """The lock is given back now and then: who writes must not wait for ten thousand routes."""
        left = iter(counters)
        while some := list(islice(left, _READ_AT_ONCE)):
            with self._lock:
                found = [(route, counter.count(now)) for route, counter in some]
            yield from found

    def samples(self, route: str) -> tuple[Sample, ...]:
        """The newest requests of a route, redacted, newest first."""
        counter = self._counters.get(route)
        kept = () if counter is None else counter.samples
        return tuple(sorted((Sample(Logged(*orjson.loads(one))) for one in kept), key=lambda one: -one.time))


def _spread(group: Sequence[Record], number: int) -> Sequence[Record]:
    """So many of a group, from its end to its beginning, as far from each other as can be."""
    step = len(group) / number
    return [group[-1 - int(turn * step)] for turn in range(number)]


def _sample(record: Record) -> bytes:
    one = logged(record)
    shown = one._replace(
        authority=redacted_authority(one.authority),
        path=redacted_path(one.path),
        details=one.details[:_LONGEST_DETAILS],
    )
    # A copy: what orjson returns goes on holding the 4 KiB that it was written in.
    return bytes(memoryview(orjson.dumps(tuple(shown))))
