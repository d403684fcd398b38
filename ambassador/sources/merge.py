"""Objects of all sources → one table: who wins a key that several places define, and what annotations add.

Synchronous and without I/O; `collect` and the offline `folder` both stand on it. Costs what a batch touches. Must not
know YAML or the file system.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from ambassador.model.config_snapshot import ConfigSnapshot, SourceState
from ambassador.model.keys import ObjectKey, file_key
from ambassador.model.layers import LayeredTable
from ambassador.model.objects import SourceObject
from ambassador.model.origins import CLUSTER, Excerpt, Origin
from ambassador.model.problems import FieldPath, Problem, Reason, Severity
from ambassador.sources.annotations import ANNOTATION_PATH, CARRIERS, Nested, expand
from ambassador.sources.base import CLUSTER_PLACE, Batch, NoPlaces, Places

_NOWHERE = NoPlaces()


class Claim(NamedTuple):
    """One place that defines a key. `nested` is set for an object inside an annotation."""

    source: int
    place: str
    object: SourceObject
    nested: Nested | None = None


class MergedOrigins:
    """Origins of one ConfigSnapshot: which claim won, and the places as they were then."""

    __slots__ = ("_places", "_winners")

    def __init__(self, winners: Mapping[ObjectKey, Claim], places: tuple[Places, ...]) -> None:
        self._winners = winners
        self._places = places

    def of(self, key: ObjectKey) -> Origin:
        """Origin of an object, or of a whole file."""
        if key.kind == "File":
            return Origin(key.name, 1)
        claim = self._winners.get(key)
        return CLUSTER if claim is None else self.of_claim(claim)

    def file(self, key: ObjectKey) -> str | None:
        """File of an object, or of a whole file."""
        if key.kind == "File":
            return key.name
        claim = self._winners.get(key)
        return None if claim is None or claim.place == CLUSTER_PLACE else claim.place

    def line(self, key: ObjectKey, path: FieldPath) -> int | None:
        """Line of a field; of its nearest existing parent when the field is absent; None when not from a file."""
        claim = self._winners.get(key)
        return None if claim is None else self._line(claim, path)

    def excerpt(self, key: ObjectKey) -> Excerpt | None:
        """The text that an object stands in; of one in an annotation, its part of the annotation."""
        claim = self._winners.get(key)
        if claim is None:
            return None
        if claim.nested is None:
            return self._places[claim.source].excerpt(claim.place, key)
        return self._of_nested(claim, claim.nested)

    def _of_nested(self, claim: Claim, nested: Nested) -> Excerpt:
        parent = claim.object.nested_in or claim.object.key
        places = self._places[claim.source]
        first, second = (places.line(claim.place, parent, ANNOTATION_PATH, nested.above + more) for more in (0, 1))
        # Only in a literal block is each line of the annotation one of the file.
        exact = first is not None and second == first + 1
        text = nested.raw.decode(errors="replace")
        return Excerpt(text, first if exact else None, nested.document, nested.path, nested.flat)

    def of_claim(self, claim: Claim) -> Origin:
        return CLUSTER if claim.place == CLUSTER_PLACE else Origin(claim.place, self._line(claim, ()))

    def _line(self, claim: Claim, path: FieldPath) -> int | None:
        places, nested = self._places[claim.source], claim.nested
        if claim.place == CLUSTER_PLACE:
            return None
        if nested is None or claim.object.nested_in is None:
            return places.line(claim.place, claim.object.key, path)
        return places.line(claim.place, claim.object.nested_in, ANNOTATION_PATH, nested.line(path))


class Merge:
    """The table. One per `collect`; not shared between threads."""

    def __init__(self, sources: int) -> None:
        self._latest: list[Batch | None] = [None] * sources
        self._claims: dict[ObjectKey, tuple[Claim, ...]] = {}
        self._contested: set[ObjectKey] = set()
        self._winners: dict[ObjectKey, Claim] = {}
        self._nested: dict[ObjectKey, tuple[ObjectKey, ...]] = {}
        self._annotation_problems: dict[ObjectKey, tuple[Problem, ...]] = {}
        self._unpublished: dict[ObjectKey, None] = {}
        self._published: tuple[LayeredTable[ObjectKey, SourceObject], LayeredTable[ObjectKey, Claim]] = (
            LayeredTable({}),
            LayeredTable({}),
        )

    @property
    def complete(self) -> bool:
        """Whether every source has given all its objects once."""
        return all(batch is not None and batch.state.complete for batch in self._latest)

    def apply(self, source: int, batch: Batch) -> None:
        """Takes the next batch of source number `source`."""
        self._latest[source] = batch
        for place, key, value in batch.changes:
            claim = None if value is None else Claim(source, place, value)
            self._claim(key, (source, place, None), claim)
        self._settle({change.key for change in batch.changes} | self._contested)

    def apply_all(self, batches: Iterable[tuple[int, Batch]]) -> None:
        """Takes several batches, each with the number of its source, in their order."""
        for source, batch in batches:
            self.apply(source, batch)

    def snapshot(self) -> ConfigSnapshot:
        """Everything as it is now; later batches do not change it."""
        objects, winners = self._published
        if self._unpublished:
            won = {key: self._winners.get(key) for key in self._unpublished}
            objects = objects.changed({key: None if one is None else one.object for key, one in won.items()})
            self._published = objects, (winners := winners.changed(won))
            self._unpublished = {}
        origins = MergedOrigins(winners, self._places())
        return ConfigSnapshot(objects, origins, tuple(self._problems(origins)), tuple(self._states()))

    def _claim(self, key: ObjectKey, by: tuple[int, str, ObjectKey | None], claim: Claim | None) -> None:
        """What one place says of a key is replaced; what other places say stays."""
        others = tuple(item for item in self._claims.get(key, ()) if _by(item) != by)
        claims = others if claim is None else (*others, claim)
        if claims:
            self._claims[key] = claims
        else:
            self._claims.pop(key, None)
        if len(claims) > 1:
            self._contested.add(key)
        else:
            self._contested.discard(key)

    def _settle(self, keys: Collection[ObjectKey]) -> None:
        nested_keys: set[ObjectKey] = set()
        for key in keys:
            was, now = self._winners.get(key), self._winner(key)
            if was is now:
                continue
            self._unpublished[key] = None
            if now is None:
                del self._winners[key]
            else:
                self._winners[key] = now
            if key.kind in CARRIERS and (was is None or now is None or was[:3] != now[:3]):
                nested_keys |= self._expand(key, was, now)
        if nested_keys:
            self._settle(nested_keys)

    def _winner(self, key: ObjectKey) -> Claim | None:
        claims = self._claims.get(key, ())
        return claims[0] if len(claims) == 1 else self._ranked(claims)[0] if claims else None

    def _ranked(self, claims: tuple[Claim, ...]) -> list[Claim]:
        """The cluster before folders, then by path and line; one that stands alone before one in an annotation."""
        origins = MergedOrigins({}, self._places())

        def rank(claim: Claim) -> tuple[str, int, bool, tuple[str, ...], int]:
            parent = claim.object.nested_in
            return claim.place, origins.of_claim(claim).line or 0, parent is not None, parent or (), claim.source

        return sorted(claims, key=rank)

    def _expand(self, key: ObjectKey, was: Claim | None, now: Claim | None) -> set[ObjectKey]:
        """Replaces what the annotation of an object gives; returns the keys that this touches."""
        touched = set(self._nested.pop(key, ()))
        self._annotation_problems.pop(key, None)
        if was is not None:
            for nested_key in touched:
                self._claim(nested_key, (was.source, was.place, key), None)
        if now is None or now.nested is not None:
            return touched
        expansion = expand(now.object)
        if expansion.problems:
            self._annotation_problems[key] = expansion.problems
        if expansion.nested:
            self._nested[key] = tuple(item.object.key for item in expansion.nested)
        for item in expansion.nested:
            self._claim(item.object.key, (now.source, now.place, key), Claim(now.source, now.place, item.object, item))
        return touched | set(self._nested.get(key, ()))

    def _places(self) -> tuple[Places, ...]:
        return tuple(_NOWHERE if batch is None else batch.places for batch in self._latest)

    def _states(self) -> Iterator[SourceState]:
        return (batch.state for batch in self._latest if batch is not None)

    def _problems(self, origins: MergedOrigins) -> Iterator[Problem]:
        for batch in self._latest:
            yield from batch.problems if batch is not None else ()
        for problems in self._annotation_problems.values():
            yield from problems
        for key in sorted(self._contested):
            winner, *losers = self._ranked(self._claims[key])
            for loser in losers:
                if loser.place == winner.place and loser.source != winner.source:
                    # One file that two sources show: folders given twice, or one inside the other.
                    continue
                yield _duplicate(key, loser, origins.of_claim(loser), origins.of_claim(winner))


def _by(claim: Claim) -> tuple[int, str, ObjectKey | None]:
    return claim.source, claim.place, claim.object.nested_in


def _duplicate(key: ObjectKey, loser: Claim, at: Origin, used: Origin) -> Problem:
    parent = loser.object.nested_in
    where = f"the annotation of {parent} at {at}" if parent else str(at)
    message = f"{key} at {where} is already defined at {used}, which is used: remove or rename one of them"
    if parent is not None:
        return Problem(Severity.ERROR, Reason.DUPLICATE_OBJECT, message, parent, ANNOTATION_PATH)
    source = key if at.file is None else file_key(at.file)
    return Problem(Severity.ERROR, Reason.DUPLICATE_OBJECT, message, source, line=at.line)
