"""Where the objects of an ordinary kind go: compared with what is known, changes into the outbox."""

from __future__ import annotations

from collections.abc import Iterable

from ambassador.sources.cluster.observed import ObservedTable
from ambassador.sources.cluster.outbox import Outbox
from ambassador.sources.cluster.resources import Resource
from ambassador.sources.cluster.table import Step, Table


class KindSink:
    """The sink of one kind. It outlives its reflector: when the kind comes back, only differences are changes."""

    metadata_only = False

    def __init__(self, resource: Resource, outbox: Outbox, observed: ObservedTable) -> None:
        self._table = Table(resource)
        self._outbox = outbox
        self._observed = observed

    def begin(self) -> None:
        self._table.begin()

    def page(self, items: Iterable[object]) -> None:
        self._give(self._table.page(items))

    def end(self) -> None:
        self._give(self._table.end())

    def event(self, kind: str, item: object) -> None:
        self._give(self._table.event(kind, item))

    def clear(self) -> None:
        """The kind is gone, and all its objects with it."""
        self._give(self._table.clear())

    def move(self, resource: Resource) -> None:
        """The cluster serves the kind in another version now."""
        self._table.resource = resource

    def _give(self, step: Step) -> None:
        # Observed first: who is woken by a change finds what belongs to it.
        for key, seen in step.observed:
            self._observed.put(key, seen)
        self._outbox.give(self._table.resource.kind, step.changes, self._table.problems)
