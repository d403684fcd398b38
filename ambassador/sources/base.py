"""What every source gives: batches of changes, with the problems and the state it has now.

A source knows nothing of other sources, of annotations or of compile; `collect` joins them. Times are seconds.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ambassador.model.config_snapshot import SourceState
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.origins import Excerpt
from ambassador.model.problems import FieldPath, Problem

CLUSTER_PLACE = ""
"""The place of objects that are in no file."""


class Change(NamedTuple):
    """`place` (a file's path as the user wrote it, or CLUSTER_PLACE) now gives `object`; None: it no longer does.

    One key may come from several places at once; each place gives a key at most once.
    """

    place: str
    key: ObjectKey
    object: SourceObject | None


class Places(Protocol):
    """Lines of a source's objects, as they are at the moment of a batch. Immutable."""

    def line(self, place: str, key: ObjectKey, path: FieldPath = (), within: int | None = None) -> int | None:
        """1-based line of a field (of its nearest existing parent when it is absent); None when there are no lines.

        `within`: 0-based line inside the text that the field holds.
        """

    def excerpt(self, place: str, key: ObjectKey) -> Excerpt | None:
        """The text that an object stands in; None when there is none."""


class NoPlaces:
    """For sources without files."""

    def line(self, place: str, key: ObjectKey, path: FieldPath = (), within: int | None = None) -> int | None:
        return None

    def excerpt(self, place: str, key: ObjectKey) -> Excerpt | None:
        return None


@dataclass(frozen=True, slots=True)
class Batch:
    """What changed since the batch before. `problems`, `places` and `unread` are the whole of what holds now.

    `unread` are kinds of which it is not known what there is: that none of their objects was given means nothing.
    `since`: when the source learned that there is something, in seconds of `time.monotonic`; None: just now.
    """

    state: SourceState
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    places: Places = field(default_factory=NoPlaces)
    unread: frozenset[str] = frozenset()
    since: float | None = None


class Source(Protocol):
    """A folder or a cluster."""

    def batches(self) -> AsyncGenerator[Batch, None]:
        """Batches, the first as soon as there is something to say; ends only when it is closed.

        The state is `complete` from the batch on with which all objects have been given once.
        """
