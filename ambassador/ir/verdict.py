"""What became of an input object, per parent that it was meant for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ambassador.model.keys import ObjectKey


class State(Enum):
    """ACCEPTED: all of it is used. PARTIAL: some of it was dropped. REJECTED: none is used. IGNORED: not ours."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"
    REJECTED = "rejected"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class ParentVerdict:
    """One (object, parent) pair, e.g. a Mapping on a Host. `reason` is one CamelCase word."""

    parent: ObjectKey | None
    accepted: bool
    resolved_refs: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole of what is known of one object after a compile; `why` is one sentence when it isn't accepted."""

    state: State
    why: str = ""
    parents: tuple[ParentVerdict, ...] = ()
    routes: tuple[str, ...] = ()
