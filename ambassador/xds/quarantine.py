"""Which source objects make Envoy refuse a revision: a search by trials, each of which holds some objects back. Pure.

Knows nothing of Envoy or resources. The caller publishes with `held_back` objects in their last good form (or not at
all), and hands the result to `observed`. Finding one culprit among n suspects costs about log2(n) trials; whoever is
found innocent on the way is live from that trial on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from ambassador.model.keys import ObjectKey

Keys = tuple[ObjectKey, ...]


class Stage(Enum):
    """What the current trial finds out.

    HINT: holding back only the hinted ones is enough. ALL: holding back everybody is enough. GROUP: a part of the
    group is innocent. POOL: everybody nothing is known of is innocent.
    """

    HINT = "hint"
    ALL = "all"
    GROUP = "group"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Search:
    """A running search.

    `group` holds at least one culprit when `sure` (one of its members may have changed since). Of `pool` nothing is
    known. Both are held back, but for those in `trial`. At HINT, `rest` are suspects that are live.
    """

    stage: Stage
    group: Keys
    pool: Keys = ()
    trial: Keys = ()
    rest: Keys = ()
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Quarantine:
    """`culprits` stay held back until they change. `stuck`: refused even with every suspect held back."""

    culprits: frozenset[ObjectKey] = frozenset()
    search: Search | None = None
    stuck: str = ""

    @property
    def searching(self) -> bool:
        return self.search is not None

    @property
    def held_back(self) -> frozenset[ObjectKey]:
        """What the next revision must not contain in its new form."""
        if self.search is None:
            return self.culprits
        return self.culprits.union(self.search.group, self.search.pool).difference(self.search.trial)


def refused(quarantine: Quarantine, suspects: Collection[ObjectKey], hinted: Collection[ObjectKey]) -> Quarantine:
    """Start a search after a NACK.

    `suspects` are the objects that changed since the last fully acknowledged revision, in the order in which they are
    tried (when two are refused only together, the later one is the culprit); `hinted` those of them that the NACK
    speaks of, which are tried first. Does nothing while a search runs, or while stuck and nothing changed.
    """
    if quarantine.searching or quarantine.stuck:
        return quarantine
    left = [key for key in dict.fromkeys(suspects) if key not in quarantine.culprits]
    likely = frozenset(hinted)
    first = tuple(key for key in left if key in likely)
    others = tuple(key for key in left if key not in likely)
    stage = Stage.HINT if first and others else Stage.ALL
    search = Search(Stage.HINT, first, rest=others) if stage is Stage.HINT else Search(Stage.ALL, (*first, *others))
    return replace(quarantine, search=search, stuck="")


def observed(quarantine: Quarantine, accepted: bool, message: str = "") -> Quarantine:
    """The result of the current trial: whether Envoy accepted the revision without `held_back`."""
    search = quarantine.search
    if search is None:
        return quarantine
    match search.stage:
        case Stage.HINT if not accepted:
            # The hinted ones were not there, so somebody of the rest is a culprit.
            both = replace(search, stage=Stage.ALL, group=search.rest, rest=(), pool=(*search.group, *search.pool))
            return replace(quarantine, search=both)
        case Stage.ALL if not accepted:
            return replace(quarantine, search=None, stuck=message or "Envoy refuses the configuration")
        case Stage.HINT | Stage.ALL:
            return _next(quarantine, replace(search, rest=()))
        case Stage.GROUP:
            return _next(quarantine, _group_tried(search, accepted))
        case Stage.POOL:
            return _next(quarantine, _pool_tried(search, accepted))


def changed(quarantine: Quarantine, keys: Iterable[ObjectKey]) -> Quarantine:
    """Objects were edited: a culprit among them gets another chance, a suspect is treated anew.

    During a search new objects wait in the pool, in the given order, so that they cannot spoil the running trial.
    """
    newest = tuple(dict.fromkeys(keys))
    edited = frozenset(newest)
    culprits = quarantine.culprits - edited
    search = quarantine.search
    if search is None:
        return Quarantine(culprits)
    pool = (*_without(search.pool, edited), *newest)
    group, trial, rest = (_without(part, edited) for part in (search.group, search.trial, search.rest))
    touched = len(group) + len(rest) < len(search.group) + len(search.rest)
    moved = replace(search, group=group, trial=trial, rest=rest, pool=pool, sure=search.sure and not touched)
    same = replace(quarantine, culprits=culprits, stuck="")
    if search.trial and not trial:
        return _next(same, moved)
    return replace(same, search=moved)


def _group_tried(search: Search, accepted: bool) -> Search:
    left = _without(search.group, frozenset(search.trial))
    if accepted:
        return replace(search, group=left)
    return replace(search, group=search.trial, pool=(*left, *search.pool), sure=True)


def _pool_tried(search: Search, accepted: bool) -> Search:
    left = _without(search.pool, frozenset(search.trial))
    return replace(search, pool=left, group=() if accepted else search.trial, sure=True)


def _next(quarantine: Quarantine, search: Search) -> Quarantine:
    """Draw the conclusion that can be drawn, and choose the next trial."""
    if len(search.group) == 1 and search.sure:
        found = replace(quarantine, culprits=quarantine.culprits.union(search.group))
        return _next(found, replace(search, group=()))
    if search.group:
        half = search.group[: (len(search.group) + 1) // 2]
        return replace(quarantine, search=replace(search, stage=Stage.GROUP, trial=half))
    if search.pool:
        return replace(quarantine, search=replace(search, stage=Stage.POOL, trial=search.pool))
    return replace(quarantine, search=None)


def _without(keys: Keys, gone: frozenset[ObjectKey]) -> Keys:
    return tuple(key for key in keys if key not in gone)
