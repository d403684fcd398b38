"""What a leader does from its election on, one small step at a time: look, compare, write, tell. No threads, no sleep.

What the API server refuses on one object costs that object; where it does not answer, everything waits and the newest
state is written afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from ambassador.kube.errors import ApiError, KubeError
from ambassador.model.keys import ObjectKey
from ambassador.ops import bugs
from ambassador.ops.metrics import StatusMetrics
from ambassador.report.revision import Revision
from ambassador.sources.cluster.observed import Observed
from ambassador.status.addresses import Addresses, given, of_service
from ambassador.status.book import Book
from ambassador.status.events import EventPoster, News, Note, Reporter
from ambassador.status.facts import INGRESS, Facts, Progress, present_status
from ambassador.status.outage import Outage
from ambassador.status.pace import Rate, TokenBucket
from ambassador.status.port import Api
from ambassador.status.statuses import Manager, Statuses, Write

_log = structlog.get_logger()

_AGAIN = 1.0
"""Seconds between two writes of one object, and until a conflict is looked at again."""

_FORBIDDEN = 60.0
_AFTER_BUG = 300.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where, as whom and how fast is written; what addresses Ingresses get."""

    api: Api
    manager: Manager
    addresses: tuple[str, ...] = ()
    publish: ObjectKey | None = None
    writes: Rate = Rate(50.0, 100)
    events: Rate = Rate(10.0, 50)


class Reign:
    """State of one reign. One thread's."""

    def __init__(
        self, target: Target, metrics: StatusMetrics, clock: Callable[[], float], wall: Callable[[], datetime]
    ) -> None:
        self._target = target
        self._metrics = metrics
        self._clock = clock
        self._wall = wall
        self._book = Book()
        self._statuses = Statuses(target.api, target.manager, wall)
        self._news = News()
        self._poster = EventPoster(target.api, Reporter(target.manager.field_manager, target.manager.envoy), wall)
        self._writes = TokenBucket(target.writes, clock)
        self._tellings = TokenBucket(target.events, clock)
        self._outage = Outage(clock)
        self._notes: dict[str, Note] = {}
        self._rested: dict[ObjectKey, float] = {}
        self._forbidden: dict[str, float] = {}
        self._addresses: Addresses | None = None

    def look(self, revision: Revision, observed: Mapping[ObjectKey, Observed]) -> None:
        """Takes in the newest revision and what the cluster holds."""
        for key in self._book.look(revision, observed, self._clock()):
            self._statuses.forget(key)
            self._news.forget(key)
        addresses = self._addresses_now()
        if addresses != self._addresses:
            self._addresses = addresses
            self._book.ask_again(frozenset(key for key in self._book.observed if key.kind == INGRESS))
        self._metrics.waiting.set(self._book.waiting)

    def check(self) -> None:
        """Looks at statuses that changed without us."""
        self._book.check_observed()

    def step(self) -> float:
        """Does one thing that is due; returns the seconds after which to call it again, 0 for at once."""
        now = self._clock()
        if (pause := self._outage.wait()) > 0.0:
            return pause
        if self._notes and not self._is_forbidden("events", now) and self._tellings.wait() <= 0.0:
            self._tell(next(iter(self._notes)))
            return 0.0
        if (wait := self._writes.wait()) > 0.0:
            return wait
        key = self._book.next(now)
        if key is None:
            return self._idle(now)
        try:
            self._attend(key, now)
        except Exception as error:  # noqa: BLE001 - a bug that one object brings out costs the others nothing
            self._book.put_off(key, now + _AFTER_BUG)
            _log.error("a bug: a status can't be made", object=str(key), traceback=bugs.stack(error))
        return 0.0

    def _idle(self, now: float) -> float:
        self._rested = {key: until for key, until in self._rested.items() if until > now}
        self._metrics.waiting.set(self._book.waiting)
        wait = self._book.wake_at() - now
        if self._notes:
            wait = min(wait, max(self._tellings.wait(), self._forbidden.get("events", 0.0) - now))
        return max(wait, 0.01)

    def _attend(self, key: ObjectKey, now: float) -> None:
        facts = self._book.facts(key)
        if facts is None:
            return
        observed = self._book.observed.get(key)
        if observed is not None and observed.generation > facts.generation(observed):
            # The newest revision is about an older form; the next one is on its way.
            self._book.put_off(key, now + _AGAIN)
            return
        progress = self._book.progress(key)
        self._hear(facts, observed, progress)
        if observed is None:
            return
        write = self._statuses.write_for(facts, observed, progress, self._addresses)
        if write is not None:
            self._write(write, now)

    def _hear(self, facts: Facts, observed: Observed | None, progress: Progress) -> None:
        """Notes what is new."""
        key = facts.source.key
        told = self._book.nested(key), self._statuses.present(key, observed), observed.uid if observed else ""
        # What Envoy refuses may be a suspicion only, until it has taken the rest.
        errors = facts.errors if progress is Progress.ACKNOWLEDGED else facts.errors_of_ours
        for note in self._news.of(facts, errors, *told):
            self._notes[note.name] = note

    def _write(self, write: Write, now: float) -> None:
        key, collection = write.key, write.observed.resource.name
        rested = max(self._rested.get(key, 0.0), self._forbidden.get(collection, 0.0))
        if rested > now:
            self._book.put_off(key, rested)
            return
        self._writes.take()
        try:
            self._statuses.apply(write)
        except KubeError as error:
            self._metrics.writes.labels(_result(error)).inc()
            self._failed(write, collection, error)
        else:
            self._metrics.writes.labels("written").inc()
            self._outage.over()
            self._rested[key] = now + _AGAIN

    def _failed(self, write: Write, collection: str, error: KubeError) -> None:
        now = self._clock()
        result = _result(error)
        if result == "unreachable":
            # Others come first afterwards: one object that the server fails on holds up nobody.
            self._book.put_off(write.key, now + self._outage.failed(error) + _AGAIN)
        elif result == "conflict":
            self._book.put_off(write.key, now + _AGAIN)
        elif result == "forbidden":
            self._forbid(
                collection, f"statuses of {collection}: grant patch on {write.observed.resource.plural}/status", error
            )
            self._book.put_off(write.key, self._forbidden[collection])
        else:
            self._statuses.give_up(write)
            if result == "refused":
                _log.warning("the API server refuses a status", object=str(write.key), why=str(error))

    def _tell(self, name: str) -> None:
        note = self._notes[name]
        self._tellings.take()
        try:
            written = self._poster.post(note)
        except KubeError as error:
            self._metrics.events.labels(_result(error)).inc()
            self._not_told(name, error)
        else:
            del self._notes[name]
            self._outage.over()
            if written:
                self._metrics.events.labels("written").inc()

    def _not_told(self, name: str, error: KubeError) -> None:
        result = _result(error)
        if result == "unreachable":
            self._outage.failed(error)
        elif result == "forbidden" and "being terminated" not in str(error):
            self._forbid("events", "grant create and patch on events", error)
        elif result != "conflict":
            del self._notes[name]

    def _forbid(self, what: str, grant: str, error: KubeError) -> None:
        if what not in self._forbidden:
            _log.warning("the status writer may not write all that it should", way_out=grant, why=str(error))
        self._forbidden[what] = self._clock() + _FORBIDDEN

    def _is_forbidden(self, what: str, now: float) -> bool:
        return self._forbidden.get(what, 0.0) > now

    def _addresses_now(self) -> Addresses | None:
        if self._target.addresses:
            return given(self._target.addresses)
        service = self._target.publish
        if service is None:
            return None
        source = self._book.revision.config.objects.get(service)
        observed = self._book.observed.get(service)
        # A Service that is not there (yet) is no reason to take addresses away from anybody.
        return (
            None if source is None or observed is None else of_service(source.content, present_status(observed.status))
        )


def _result(error: KubeError) -> str:
    """How a write failed, as the metrics call it."""
    if not isinstance(error, ApiError) or error.status == 429 or error.status >= 500:
        return "unreachable"
    return {403: "forbidden", 404: "gone", 409: "conflict"}.get(error.status, "refused")
