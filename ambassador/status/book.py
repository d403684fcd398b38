"""Which objects' statuses may have to be written, and from when on. Knows nothing of threads or the API server.

A look costs what changed: unchanged reports, objects and observations are recognised by identity, in C. An object that
changed waits for Envoy's word on the revision that holds it, so that it is normally written once; after `patience` it
is written as pending.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import compress
from operator import is_, is_not
from typing import TypeVar

from ambassador.compile.reports import ObjectReport
from ambassador.ir.verdict import State
from ambassador.model.keys import ObjectKey
from ambassador.model.layers import differing, flat
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Problem
from ambassador.report.revision import Revision
from ambassador.sources.cluster.observed import Observed
from ambassador.status.facts import INGRESS, Facts, Progress

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for Envoy's word before an object is called pending: as a rule, before Envoy has ever said
    anything, and before it is called so again.
    """

    usual: float = 1.0
    at_first: float = 30.0
    again: float = 30.0


@dataclass(frozen=True, slots=True)
class _Open:
    """An object that changed: the revision that Envoy must acknowledge, and when it is pending."""

    revision: int
    overdue: float


@dataclass(slots=True)
class Book:
    """One thread's view. `now` are seconds of any steadily growing clock.

    `_alarms` is a heap of the times in `_later`, with some that do not count any more.
    """

    patience: Patience = Patience()
    revision: Revision = field(default_factory=Revision)
    observed: Mapping[ObjectKey, Observed] = field(default_factory=dict)
    _acknowledged: int = 0
    _checked: Mapping[ObjectKey, Observed] = field(default_factory=dict)
    _beside: Mapping[ObjectKey, tuple[Problem, ...]] = field(default_factory=dict)
    _nested: dict[ObjectKey, set[ObjectKey]] = field(default_factory=dict)
    _open: dict[ObjectKey, _Open] = field(default_factory=dict)
    _due: tuple[dict[ObjectKey, None], ...] = field(default_factory=lambda: ({}, {}, {}))
    _later: dict[ObjectKey, float] = field(default_factory=dict)
    _alarms: list[tuple[float, ObjectKey]] = field(default_factory=list)
    _troubled: set[ObjectKey] = field(default_factory=set)

    def look(self, revision: Revision, observed: Mapping[ObjectKey, Observed], now: float) -> frozenset[ObjectKey]:
        """Takes in the newest revision; returns the objects that are gone."""
        before, self.revision, self.observed = self.revision, revision, observed
        if revision.connected:
            self._acknowledged = max(self._acknowledged, revision.ledger.acknowledged)
        beside = self._problems_beside(before)
        touched = changed(before.compiled.reports, revision.compiled.reports)
        touched |= changed(before.config.objects, revision.config.objects)
        if beside is not self._beside:
            touched |= {key for key in beside.keys() | self._beside.keys() if beside.get(key) != self._beside.get(key)}
            self._beside = beside
        if not before.number:
            self._checked = observed
        gone = frozenset(key for key in touched if key not in revision.config.objects)
        for key in touched:
            self._touch(key, before.config.objects.get(key), now)
        self._release(now)
        return gone

    def check_observed(self) -> None:
        """Has everything looked at again of which the cluster holds something else than at the last check."""
        for key in changed(self._checked, self.observed):
            self._put(key)
        self._checked = self.observed

    def ask_again(self, keys: frozenset[ObjectKey]) -> None:
        """Has these objects looked at again."""
        for key in keys:
            self._put(key)

    def next(self, now: float) -> ObjectKey | None:
        """The most urgent object that is due."""
        while self._alarms and self._alarms[0][0] <= now:
            due, key = heapq.heappop(self._alarms)
            if self._later.get(key) == due:
                del self._later[key]
                self._put(key)
        for urgency in self._due:
            if urgency:
                key = next(iter(urgency))
                del urgency[key]
                return key
        return None

    def put_off(self, key: ObjectKey, until: float) -> None:
        """The object is due again at that time."""
        self._later[key] = until
        heapq.heappush(self._alarms, (until, key))

    def wake_at(self) -> float:
        """When something is due that is not due now; infinity when nothing is."""
        soonest = min((one.overdue for one in self._open.values()), default=math.inf)
        return min(soonest, self._alarms[0][0] if self._alarms else math.inf)

    def facts(self, key: ObjectKey) -> Facts | None:
        """What is known of an object that the cluster holds as such; None of others."""
        source = self.revision.config.objects.get(key)
        if source is None or source.nested_in is not None or self.revision.config.origins.of(key).file is not None:
            return None
        return self._facts(key, source)

    def nested(self, key: ObjectKey) -> tuple[Facts, ...]:
        """Objects in the annotation of this one."""
        objects = self.revision.config.objects
        return tuple(self._facts(one, objects[one]) for one in sorted(self._nested.get(key, ())) if one in objects)

    def progress(self, key: ObjectKey) -> Progress:
        return Progress.OPEN if key in self._open else Progress.ACKNOWLEDGED

    @property
    def waiting(self) -> int:
        """How many objects are due or waited for."""
        return len(self._open.keys() | self._later.keys()) + sum(map(len, self._due))

    def _problems_beside(self, before: Revision) -> Mapping[ObjectKey, tuple[Problem, ...]]:
        """Problems that are in no report, by object; the same table as before when they are the same."""
        revision = self.revision
        if revision.extra == before.extra and revision.config.problems == before.config.problems:
            return self._beside
        found: dict[ObjectKey, list[Problem]] = {}
        for problem in (*revision.extra, *revision.config.problems):
            found.setdefault(problem.source, []).append(problem)
        return {key: tuple(problems) for key, problems in found.items()}

    def _facts(self, key: ObjectKey, source: SourceObject) -> Facts:
        report = self.revision.compiled.reports.get(key) or ObjectReport(State.IGNORED)
        kept = tuple(one for one in self.revision.extra if one.source == key)
        return Facts(source, report, self._beside.get(key, ()), kept)

    def _touch(self, key: ObjectKey, before: SourceObject | None, now: float) -> None:
        """An object came, changed or went. What is nested in another one is told there."""
        source = self.revision.config.objects.get(key)
        for parent in {one.nested_in for one in (before, source) if one is not None and one.nested_in is not None}:
            if source is not None and source.nested_in == parent:
                self._nested.setdefault(parent, set()).add(key)
            else:
                self._nested.get(parent, set()).discard(key)
            self._open_up(parent, now)
        if source is None:
            self._forget(key)
        elif source.nested_in is None:
            self._open_up(key, now)

    def _forget(self, key: ObjectKey) -> None:
        self._open.pop(key, None)
        self._later.pop(key, None)
        self._nested.pop(key, None)
        self._troubled.discard(key)
        for table in self._due:
            table.pop(key, None)

    def _open_up(self, key: ObjectKey, now: float) -> None:
        wait = self.patience.usual if self._acknowledged else self.patience.at_first
        known = self._open.get(key)
        self._open[key] = _Open(self.revision.number, known.overdue if known else now + wait)

    def _release(self, now: float) -> None:
        """What Envoy has acknowledged, or has no say in, is due; so is what has waited for too long."""
        for key, one in list(self._open.items()):
            facts = self.facts(key)
            if facts is None or facts.settled or one.revision <= self._acknowledged:
                del self._open[key]
            elif one.overdue > now:
                continue
            else:
                self._open[key] = replace(one, overdue=now + self.patience.again)
            if facts is not None and self._matters(key, facts):
                self._put(key)

    def _matters(self, key: ObjectKey, facts: Facts) -> bool:
        """Whether there may be something to tell. Most Services and EndpointSlices never have anything."""
        troubled = bool(facts.errors) or any(one.errors for one in self.nested(key))
        matters = troubled or key in self.observed or key in self._troubled
        (self._troubled.add if troubled else self._troubled.discard)(key)
        return matters

    def _put(self, key: ObjectKey) -> None:
        facts = self.facts(key)
        if facts is None:
            return
        urgency = 0 if facts.errors else 1 if key.kind == INGRESS else 2
        for number, table in enumerate(self._due):
            if number != urgency:
                table.pop(key, None)
        if key not in self._later:
            self._due[urgency][key] = None


def changed(old: Mapping[K, V], new: Mapping[K, V]) -> set[K]:
    """Keys under which there is another object than before, or none.

    Tables that do not know it themselves mostly hold the same keys in the same order, so identities are compared in C.
    """
    if old is new:
        return set()
    known = differing(old, new)
    return _changed(flat(old), flat(new)) if known is None else known


def _changed(old: Mapping[K, V], new: Mapping[K, V]) -> set[K]:
    if len(old) == len(new) and all(map(is_, old, new)):
        return set(compress(new, map(is_not, old.values(), new.values())))
    found = {key for key, value in new.items() if old.get(key) is not value}
    return found | (old.keys() - new.keys())
