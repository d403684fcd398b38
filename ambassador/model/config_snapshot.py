"""All input objects at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import compress
from operator import is_, is_not

from ambassador.model.keys import ObjectKey
from ambassador.model.layers import differing, flat
from ambassador.model.objects import SourceObject
from ambassador.model.origins import NoOrigins, Origins
from ambassador.model.problems import Problem


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source is doing. `complete`: all its objects have been read once; `stale`: they may be outdated."""

    name: str
    kind: str
    complete: bool
    stale: bool = False
    message: str = ""


@dataclass(frozen=True, slots=True)
class ConfigSnapshot:
    """Immutable object table, with the problems found before there were objects (texts that do not parse)."""

    objects: Mapping[ObjectKey, SourceObject]
    origins: Origins = field(default_factory=NoOrigins, compare=False)
    problems: tuple[Problem, ...] = ()
    sources: tuple[SourceState, ...] = ()

    @property
    def complete(self) -> bool:
        return all(source.complete for source in self.sources)


Objects = Mapping[ObjectKey, SourceObject]
Changes = Mapping[ObjectKey, SourceObject | None]


def diff(old: Objects, new: Objects) -> Changes:
    """Objects that differ, by key; None stands for one that is gone.

    Tables of successive snapshots know what they differ in; others mostly hold the same objects in the same order, so
    identities are compared in C.
    """
    if old is new:
        return {}
    known = differing(old, new)
    if known is not None:
        return {key: new.get(key) for key in known if old.get(key) != new.get(key)}
    return _diff(flat(old), flat(new))


def _diff(old: Objects, new: Objects) -> Changes:
    if len(old) == len(new) and all(map(is_, old, new)):
        different = compress(new.items(), map(is_not, old.values(), new.values()))
        return {key: value for key, value in different if old[key] != value}
    changes: dict[ObjectKey, SourceObject | None] = {
        key: value for key, value in new.items() if (seen := old.get(key)) is not value and seen != value
    }
    added = sum(key not in old for key in changes)
    if len(old) + added > len(new):
        changes |= {key: None for key in old.keys() - new.keys()}
    return changes
