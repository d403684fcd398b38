"""What is known of one kind, and what each list or event changes in it.

A list is compared with what is known, so that after a pause only real differences become changes. Not thread-safe: each
kind has its own thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.sources.base import CLUSTER_PLACE, Change
from ambassador.sources.cluster.convert import Mistake, key_of, read
from ambassador.sources.cluster.convert import same as is_same
from ambassador.sources.cluster.observed import Observed
from ambassador.sources.cluster.resources import Resource


class Step(NamedTuple):
    """What one list page or event did: changes for the snapshot, and what was observed beside them."""

    changes: tuple[Change, ...] = ()
    observed: tuple[tuple[ObjectKey, Observed | None], ...] = ()


NOTHING = Step()


class Table:
    """The objects of one kind."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self._known: dict[ObjectKey, SourceObject] = {}
        # Keys of the list that is being read.
        self._listed: set[ObjectKey] | None = None
        self._mistakes: dict[ObjectKey | None, Mistake] = {}

    def __len__(self) -> int:
        return len(self._known)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Objects that cannot be taken."""
        return tuple(_problem(self.resource, one) for one in self._mistakes.values())

    def begin(self) -> None:
        """A list begins; what an earlier one that was not finished gave does not count."""
        self._listed = set()
        self._mistakes = {}

    def page(self, items: Iterable[object]) -> Step:
        """Some objects of the list."""
        return _joined([self._take(item) for item in items])

    def end(self) -> Step:
        """The list is over: what was not in it is gone."""
        listed, self._listed = self._listed or set(), None
        gone = [key for key in self._known if key not in listed]
        return _joined([self._drop(key) for key in gone])

    def event(self, kind: str, item: object) -> Step:
        """ADDED, MODIFIED or DELETED."""
        if kind != "DELETED":
            return self._take(item)
        key = key_of(self.resource, item)
        return NOTHING if key is None else self._drop(key)

    def clear(self) -> Step:
        """The kind exists no more."""
        self._mistakes = {}
        return _joined([self._drop(key) for key in list(self._known)])

    def _take(self, item: object) -> Step:
        reading = read(self.resource, item)
        if isinstance(reading, Mistake):
            self._mistakes[reading.key] = reading
            # The form that could be read goes on being served.
            self._note(reading.key)
            return NOTHING
        source, observed = reading
        key = source.key
        self._note(key)
        self._mistakes.pop(key, None)
        beside = () if observed is None else ((key, observed),)
        known = self._known.get(key)
        if known is not None and is_same(known, source):
            return Step((), beside)
        self._known[key] = source
        return Step((Change(CLUSTER_PLACE, key, source),), beside)

    def _note(self, key: ObjectKey | None) -> None:
        if key is not None and self._listed is not None:
            self._listed.add(key)

    def _drop(self, key: ObjectKey) -> Step:
        self._mistakes.pop(key, None)
        if self._known.pop(key, None) is None:
            return NOTHING
        return Step((Change(CLUSTER_PLACE, key, None),), ((key, None),))


def _joined(steps: Iterable[Step]) -> Step:
    steps = list(steps)
    return Step(
        tuple(change for step in steps for change in step.changes),
        tuple(seen for step in steps for seen in step.observed),
    )


def _problem(resource: Resource, mistake: Mistake) -> Problem:
    source = mistake.key or ObjectKey("APIResource", "", resource.name)
    return Problem(Severity.ERROR, Reason.INVALID_OBJECT, mistake.message, source)
