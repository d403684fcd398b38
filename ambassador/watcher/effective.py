"""Which form of each object is served: the user's, or the last one that Envoy accepted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ambassador.model.config_snapshot import Changes, Objects
from ambassador.model.keys import ObjectKey
from ambassador.model.layers import layered
from ambassador.model.objects import SourceObject

_FEW, _MANY = 4, 12_000
"""So many objects that change, among so many, make little work."""


@dataclass(frozen=True, slots=True)
class Effective:
    """Objects as they are compiled. `refused`: those held back that have no accepted form to fall back on."""

    objects: Objects = field(default_factory=dict)
    refused: frozenset[ObjectKey] = frozenset()

    @property
    def accepted(self) -> Objects:
        """What Envoy has taken when it acknowledges this."""
        if not self.refused:
            return self.objects
        return layered(self.objects).changed(dict.fromkeys(self.refused))


@dataclass(frozen=True, slots=True)
class Step:
    """The next effective state and what it takes to get there."""

    effective: Effective
    changes: Changes
    refusals: Mapping[ObjectKey, bool]

    @property
    def is_quick(self) -> bool:
        """Whether it compiles in a few milliseconds at most: for one of those, going to a thread and back is long.

        A Mapping is one route, mostly; other objects shape many, or have many themselves.
        """
        few = len(self.changes) <= _FEW and len(self.effective.objects) <= _MANY
        return few and all(key.kind == "Mapping" for key in self.changes)


def step(
    now: Effective, desired: Objects, accepted: Objects, held: frozenset[ObjectKey], touched: Iterable[ObjectKey]
) -> Step:
    """What is served next.

    `accepted` are the objects of the last revision that Envoy took whole. Only `touched` keys (edited, or held back or
    released just now) are looked at. A deletion can be held back too.
    """
    changes: dict[ObjectKey, SourceObject | None] = {}
    refusals: dict[ObjectKey, bool] = {}
    refused = set(now.refused)
    for key in touched:
        wanted = desired.get(key)
        without_form = key in held and wanted is not None and key not in accepted
        target = accepted[key] if key in held and key in accepted else wanted
        if without_form != (key in refused):
            refusals[key] = without_form
            refused.symmetric_difference_update({key})
        if now.objects.get(key) is not target:
            changes[key] = target
    if not changes and not refusals:
        return Step(now, changes, refusals)
    return Step(Effective(layered(now.objects).changed(changes), frozenset(refused)), changes, refusals)
