"""Kubernetes Events for new errors: one Event for an object and a reason, counted up when it happens again.

Names are derived from object and reason, so that another replica, or the same one after a restart, finds the Event
that is there and stays silent about what it says already.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from ambassador.kube.errors import ApiError
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem
from ambassador.status.facts import Facts, Json
from ambassador.status.port import Api
from ambassador.status.words import sentence, told

LONGEST_MESSAGE = 1_000
"""Characters; the newer Events API takes 1,024 bytes of ASCII."""

_REMEMBERED = 2_000
_ANSWER_SECONDS = 10.0
_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Note:
    """What an Event says: all errors of one reason on one object."""

    key: ObjectKey
    api_version: str
    uid: str
    reason: str
    message: str

    @property
    def namespace(self) -> str:
        """Events on objects without a namespace are kept in `default`."""
        return self.key.namespace or "default"

    @property
    def name(self) -> str:
        identity = "\0".join((*self.key, self.uid, self.reason)).encode()
        return f"{self.key.name[:_NAME_CHARACTERS].rstrip('.-')}.{blake2b(identity, digest_size=8).hexdigest()}"

    @property
    def collection(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/events"


class News:
    """Which errors have been told. One thread's; costs memory only for objects with errors."""

    def __init__(self) -> None:
        self._told: dict[ObjectKey, tuple[str, frozenset[str]]] = {}

    def of(
        self,
        facts: Facts,
        own: tuple[Problem, ...],
        nested: tuple[Facts, ...],
        present: Mapping[str, Any],
        uid: str,
    ) -> tuple[Note, ...]:
        """Notes on errors that are new since the last call, and that no condition told of before the first one.

        `own` are errors of the object; those of objects in its annotation are told on it, too.
        """
        key = facts.source.key
        errors = (*own, *(_named(one) for inner in nested for one in inner.errors))
        sentences = frozenset(sentence(one) for one in errors)
        told_to, known = self._told.get(key, ("", frozenset()))
        uid = str(facts.source.metadata.get("uid") or uid)
        if not known or told_to != uid:
            known = frozenset(one for one in sentences if _is_told(one, present))
        if sentences:
            self._told[key] = uid, sentences
        else:
            self._told.pop(key, None)
        reasons = dict.fromkeys(one.reason for one in errors if sentence(one) not in known)
        return tuple(
            Note(
                key,
                facts.source.api_version,
                uid,
                reason.value,
                told((one for one in errors if one.reason is reason), LONGEST_MESSAGE),
            )
            for reason in reasons
        )

    def forget(self, key: ObjectKey) -> None:
        """The object is gone."""
        self._told.pop(key, None)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who Events come from: a component and one instance of it."""

    component: str
    instance: str


class EventPoster:
    """Writes notes. Remembers how often each of the newest was told."""

    def __init__(self, api: Api, reporter: Reporter, wall: Callable[[], datetime]) -> None:
        self._api = api
        self._reporter = reporter
        self._wall = wall
        self._counts: OrderedDict[str, int] = OrderedDict()

    def post(self, note: Note) -> bool:
        """Tells it; returns whether anything had to be written.

        Raises:
            ApiError, Unreachable: it was not told.
        """
        count = self._counts.get(note.name)
        if count is not None and self._count_up(note, count):
            return True
        try:
            self._api.create(note.collection, self._event(note), timeout=_ANSWER_SECONDS)
        except ApiError as error:
            if error.status != 409:
                raise
            return self._over(note)
        self._remember(note, 1)
        return True

    def _over(self, note: Note) -> bool:
        """There is one already, from before we began: it needs a word only if it says something else."""
        # An empty patch reads without another permission, and changes nothing.
        there = self._api.patch(f"{note.collection}/{note.name}", {}, timeout=_ANSWER_SECONDS)
        count = there.get("count")
        self._remember(note, count if isinstance(count, int) else 1)
        return there.get("message") != note.message and self._count_up(note, self._counts[note.name])

    def _count_up(self, note: Note, count: int) -> bool:
        """False when the Event is gone; the API server keeps them for an hour as a rule."""
        changes = {"count": count + 1, "lastTimestamp": self._now(), "message": note.message}
        try:
            self._api.patch(f"{note.collection}/{note.name}", changes, timeout=_ANSWER_SECONDS)
        except ApiError as error:
            if error.status != 404:
                raise
            return False
        self._remember(note, count + 1)
        return True

    def _remember(self, note: Note, count: int) -> None:
        self._counts[note.name] = count
        self._counts.move_to_end(note.name)
        if len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)

    def _now(self) -> str:
        return rfc3339(self._wall())

    def _event(self, note: Note) -> Json:
        involved = {
            "apiVersion": note.api_version,
            "kind": note.key.kind.partition(".")[0],
            "name": note.key.name,
            "namespace": note.key.namespace,
            "uid": note.uid,
        }
        now = self._now()
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": note.name, "namespace": note.namespace},
            "involvedObject": {name: value for name, value in involved.items() if value},
            "type": "Warning",
            "reason": note.reason,
            "message": note.message,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": self._reporter.component},
            "reportingComponent": self._reporter.component,
            "reportingInstance": self._reporter.instance,
        }


def rfc3339(time: datetime) -> str:
    """A time in UTC as metav1.Time is written, in whole seconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _named(problem: Problem) -> Problem:
    """A problem of a nested object, which says whose it is."""
    key = problem.source
    return Problem(
        problem.severity,
        problem.reason,
        f"{key.kind} {key.namespace}/{key.name} in the annotation: {problem.message}",
        key,
        problem.path,
    )


def _is_told(text: str, present: Mapping[str, Any]) -> bool:
    return any(text in message for message in _messages(present))


def _messages(present: Mapping[str, Any]) -> Iterator[str]:
    conditions = present.get("conditions")
    for one in conditions if isinstance(conditions, list) else []:
        if isinstance(one, dict):
            yield str(one.get("message", ""))
