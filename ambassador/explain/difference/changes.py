"""What differs between two configurations, as data: in the words of people who write manifests. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ambassador.explain.request import Request
from ambassador.model.keys import ObjectKey


class Sign(Enum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Part(Enum):
    """What a change is about, in the order in which it is told."""

    LISTENER = "listener"
    CERTIFICATE = "certificate"
    HOST = "host"
    ROUTE = "route"
    BACKEND = "backend"


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that differs; an empty text stands for nothing."""

    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was added, removed or changed. `source` is the object to look at: on the old side of what is
    removed, else on the new one. `hosts` are those it concerns, where these are not all."""

    part: Part
    sign: Sign
    name: str
    source: ObjectKey | None
    details: tuple[Detail, ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Who takes a request. `routes` are names: the winner's first, then those that share with it; `source` is the
    winner's object."""

    words: str
    routes: tuple[str, ...] = ()
    source: ObjectKey | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class OtherAnswer:
    """Requests that are answered otherwise: an example, and how many like it were found."""

    request: Request
    old: Answer
    new: Answer
    count: int = 1


@dataclass(frozen=True, slots=True)
class Reordered:
    """Routes of some hosts that are asked in another order, which changes no answer."""

    routes: tuple[str, ...]
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All of it, sorted. `unasked` counts the routes that there were too many of to ask requests about each."""

    changes: tuple[Change, ...] = ()
    answers: tuple[OtherAnswer, ...] = ()
    harmless: tuple[Reordered, ...] = ()
    unasked: int = 0

    @property
    def same(self) -> bool:
        """Whether every request is treated as before."""
        return not (self.changes or self.answers or self.unasked)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate without anything secret. `fingerprint` is its SHA-256; `version` tells keys and chains apart."""

    names: tuple[str, ...]
    expires: str
    fingerprint: str
    version: str
