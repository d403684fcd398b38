"""What the source's threads have to say, gathered into batches for the event loop.

Any number of events between two looks of the loop become one batch, and the loop is woken once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ambassador.model.config_snapshot import SourceState
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem
from ambassador.sources.base import Batch, Change

_LOG = logging.getLogger(__name__)
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """How one kind is doing. `settled`: it was listed once, or cannot be for a reason that waiting will not mend.

    `read`: it is known what there is of it. `guards`: the kind that must not be served without it.
    """

    settled: bool
    problem: Problem | None = None
    read: bool = True
    guards: str = ""


UNSETTLED = Standing(settled=False, read=False)
SETTLED = Standing(settled=True)


class Outbox:
    """Thread-safe. `name` is the cluster as people know it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._wake: Callable[[], None] = _asleep
        self._changes: dict[ObjectKey, Change] = {}
        self._standings: dict[str, Standing] = {}
        self._faulty: dict[str, tuple[Problem, ...]] = {}
        self._silence = ""
        self._complete = False
        self._news = False
        self._error: BaseException | None = None

    def bind(self, wake: Callable[[], None]) -> None:
        """`wake` is called, from any thread, when there is something to drain."""
        with self._lock:
            self._wake = wake

    def put(self, changes: Iterable[Change]) -> None:
        """Changed objects; of several changes of one the last counts."""
        with self._lock:
            self._put(changes)

    def give(self, kind: str, changes: Iterable[Change], faulty: tuple[Problem, ...]) -> None:
        """Changed objects together with all objects of the kind that cannot be taken now."""
        with self._lock:
            self._put(changes)
            self._fault(kind, faulty)

    def stand(self, kind: str, standing: Standing) -> None:
        """How a kind is doing now."""
        with self._lock:
            before = self._standings.get(kind)
            if before == standing:
                return
            self._standings[kind] = standing
            self._announce()
        _log_standing(kind, before, standing)

    def settled(self, kind: str) -> bool:
        """Whether nobody need wait for the kind."""
        with self._lock:
            return self._standings.get(kind, UNSETTLED).settled

    def faulty(self, kind: str, problems: tuple[Problem, ...]) -> None:
        """Objects of a kind that cannot be taken now."""
        with self._lock:
            self._fault(kind, problems)

    def reach(self, silence: str) -> None:
        """Why the API server cannot be asked; empty when it can."""
        with self._lock:
            before, self._silence = self._silence, silence
            self._announce()
        if silence and not before:
            _LOG.warning("%s: %s; what was read until now is still served", self._name, silence)
        elif before and not silence:
            _LOG.info("%s answers again", self._name)

    def fail(self, error: BaseException) -> None:
        """A thread ended by a bug."""
        with self._lock:
            self._error = error
            self._announce()

    def drain(self) -> Batch | None:
        """Everything since the last time.

        Raises:
            BaseException: what ended a thread.
        """
        with self._lock:
            if self._error is not None:
                raise self._error
            if not self._news:
                return None
            self._news = False
            changes, self._changes = tuple(self._changes.values()), {}
            unread = frozenset(kind for kind, standing in self._standings.items() if not standing.read)
            return Batch(self._state(), changes, self._problems(), unread=unread)

    def _put(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self._changes[change.key] = change
            self._announce()

    def _fault(self, kind: str, problems: tuple[Problem, ...]) -> None:
        if self._faulty.get(kind, ()) != problems:
            self._faulty[kind] = problems
            self._announce()

    def _announce(self) -> None:
        if not self._news:
            self._news = True
            self._wake()

    def _state(self) -> SourceState:
        waiting = sorted(kind for kind, standing in self._standings.items() if self._is_waited_for(standing))
        self._complete = self._complete or (bool(self._standings) and not waiting)
        message = self._silence
        if not message and not self._complete:
            named = ", ".join(waiting[:_NAMED])
            more = len(waiting) - _NAMED
            message = f"not read yet: {named}" + (f" and {more} more" if more > 0 else "")
        return SourceState(self._name, "kubernetes", self._complete, stale=bool(self._silence), message=message)

    def _is_waited_for(self, standing: Standing) -> bool:
        """Guards of what cannot be read either have nothing to guard."""
        guarded = self._standings.get(standing.guards)
        return not standing.settled and (guarded is None or guarded.read or not guarded.settled)

    def _problems(self) -> tuple[Problem, ...]:
        standings = [self._standings[kind].problem for kind in sorted(self._standings)]
        faulty = [problem for kind in sorted(self._faulty) for problem in self._faulty[kind]]
        return (*(problem for problem in standings if problem is not None), *faulty)


def _asleep() -> None:
    """Nobody listens yet."""


def _log_standing(kind: str, before: Standing | None, standing: Standing) -> None:
    was = before.problem if before else None
    if standing.problem is not None and standing.problem != was:
        _LOG.warning("%s: %s", kind, standing.problem.message)
    elif standing.problem is None and was is not None:
        _LOG.info("%s: can be read again", kind)
