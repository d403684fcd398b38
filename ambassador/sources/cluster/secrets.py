"""Secrets: of all only name and resourceVersion are watched, content is fetched for those that are wanted.

A cluster holds many Secrets that are none of our business, and some that are large; neither shall be in our memory.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from ambassador.kube.api import Api
from ambassador.kube.backoff import Backoff
from ambassador.kube.errors import ApiError, Unreachable
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem
from ambassador.sources.base import CLUSTER_PLACE, Change
from ambassador.sources.cluster.convert import Mistake, key_of, read, version_of
from ambassador.sources.cluster.outbox import Outbox
from ambassador.sources.cluster.reach import Reach
from ambassador.sources.cluster.resources import CORE, Resource
from ambassador.sources.cluster.words import refused

SECRET = Resource(CORE, "v1", "secrets", "Secret")
_SECONDS = 10.0
_ASK_AGAIN = 10.0


class _Held(NamedTuple):
    version: str
    digest: str


class Secrets:
    """The sink of the metadata watch, and the threads that fetch (`fetch_all`). Thread-safe.

    `forget`: seconds for which a Secret that nobody wants any more is kept.
    """

    metadata_only = True

    def __init__(self, api: Api, outbox: Outbox, forget: float = 60.0) -> None:
        self._api = api
        self._outbox = outbox
        self._forget = forget
        self._changed = threading.Condition(threading.RLock())
        self._versions: dict[ObjectKey, str] = {}
        self._listed: set[ObjectKey] = set()
        self._complete = False
        self._wanted: frozenset[ObjectKey] = frozenset()
        # What was fetched; since when nobody wants it; and when to ask again for what was refused or failed.
        self._held: dict[ObjectKey, _Held] = {}
        self._unwanted: dict[ObjectKey, float] = {}
        self._again: dict[ObjectKey, float] = {}
        self._backoffs: dict[ObjectKey, Backoff] = {}
        self._queue: deque[ObjectKey] = deque()
        self._queued: set[ObjectKey] = set()
        self._problems: dict[ObjectKey, Problem] = {}
        self._stopped = False

    def want(self, keys: frozenset[ObjectKey]) -> None:
        """From now on these, and no others, are wanted. Cheap when nothing changed."""
        if keys == self._wanted:
            return
        with self._changed:
            now = time.monotonic()
            for key in self._held.keys() - keys:
                self._unwanted.setdefault(key, now)
            for key in keys:
                self._unwanted.pop(key, None)
            self._wanted = keys
            self._look_at(keys)
            # Who sleeps without end does not know yet that there is something to forget.
            self._changed.notify_all()

    @property
    def expected(self) -> frozenset[ObjectKey]:
        """Wanted Secrets that are there and may be read, fetched or not; all wanted ones before it is known."""
        with self._changed:
            if not self._complete:
                return frozenset() if self._outbox.settled(SECRET.kind) else self._wanted
            return frozenset(key for key in self._wanted if key in self._versions and key not in self._problems)

    def clear(self) -> None:
        """There are none any more."""
        with self._changed:
            for key in list(self._versions):
                self._drop(key)

    def move(self, resource: Resource) -> None:
        """Secrets have one version."""

    def begin(self) -> None:
        with self._changed:
            self._listed = set()

    def page(self, items: Iterable[object]) -> None:
        with self._changed:
            for item in items:
                key = self._note(item)
                if key is not None:
                    self._listed.add(key)

    def end(self) -> None:
        with self._changed:
            for key in self._versions.keys() - self._listed:
                self._drop(key)
            self._listed = set()
            self._complete = True

    def event(self, kind: str, item: object) -> None:
        with self._changed:
            if kind != "DELETED":
                self._note(item)
            elif (key := key_of(SECRET, item)) is not None:
                self._drop(key)

    def stop(self) -> None:
        """The threads end soon."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def fetch_all(self, reach: Reach) -> None:
        """Fetches what is wanted until it is stopped; any number of threads may do so."""
        backoff = Backoff(most=5.0)
        while (key := self._next()) is not None:
            try:
                self._fetch(key)
                backoff.reset()
            except Unreachable:
                reach.suspect()
                reach.pause(backoff.next())
                self._queue_again(key)
            except ApiError as error:
                if error.status == 429:
                    reach.pause(backoff.next(error.retry_after))
                    self._queue_again(key)
                else:
                    self._put_off(key, error.retry_after)

    def _next(self) -> ObjectKey | None:
        """The next Secret to fetch; None when it is over. Forgets what nobody wants while there is nothing to do."""
        with self._changed:
            while not self._stopped:
                if self._queue:
                    key = self._queue.popleft()
                    self._queued.discard(key)
                    return key
                self._changed.wait(self._sweep())
            return None

    def _queue_again(self, key: ObjectKey) -> None:
        with self._changed:
            self._look_at((key,))

    def _put_off(self, key: ObjectKey, retry_after: float | None) -> None:
        """The server fails on this one: it is asked again later, and nobody else waits for that."""
        with self._changed:
            backoff = self._backoffs.setdefault(key, Backoff(most=_ASK_AGAIN))
            self._again[key] = time.monotonic() + backoff.next(retry_after)

    def _sweep(self) -> float | None:
        """Forgets what has not been wanted for long, and asks again; seconds until there is more to do, None: never."""
        now = time.monotonic()
        for key in [key for key, since in self._unwanted.items() if since + self._forget <= now]:
            del self._unwanted[key]
            self._withdraw(key)
        due = [key for key, at in self._again.items() if at <= now]
        for key in due:
            del self._again[key]
        some = self._look_at(due)
        for key in due:
            if key not in self._queued:
                self._backoffs.pop(key, None)
        if some:
            return 0
        moments = [*(since + self._forget for since in self._unwanted.values()), *self._again.values()]
        return max(0.0, min(moments) - now) if moments else None

    def _fetch(self, key: ObjectKey) -> None:
        try:
            item = self._api.get(SECRET.path(key.namespace, key.name), timeout=_SECONDS)
        except ApiError as error:
            if error.status == 404:
                # The watch tells so too, or has news of it.
                return
            if error.status == 403:
                return self._fault(key, replace(refused(SECRET, error, key in self._held), source=key))
            raise
        reading = read(SECRET, item)
        with self._changed:
            if key not in self._versions or key not in self._wanted or isinstance(reading, Mistake):
                return
            self._backoffs.pop(key, None)
            known, new = self._held.get(key), _Held(version_of(item), reading.object.digest)
            self._held[key] = new
            if known is None or known.digest != new.digest:
                self._outbox.put((Change(CLUSTER_PLACE, key, reading.object),))
        self._fault(key, None)

    def _fault(self, key: ObjectKey, problem: Problem | None) -> None:
        with self._changed:
            if problem is not None:
                self._problems[key] = problem
                self._again[key] = time.monotonic() + _ASK_AGAIN
            elif self._problems.pop(key, None) is None:
                return
            self._outbox.faulty("Secret", tuple(self._problems.values()))

    def _note(self, item: object) -> ObjectKey | None:
        key = key_of(SECRET, item)
        if key is not None:
            # One text for all Secrets of a namespace.
            key = key._replace(namespace=sys.intern(key.namespace))
            self._versions[key] = version_of(item)
            self._look_at((key,))
        return key

    def _look_at(self, keys: Iterable[ObjectKey]) -> bool:
        """Queues those that are wanted, there, and not held in their present version; whether there are any."""
        queued = len(self._queue)
        for key in keys:
            held, version = self._held.get(key), self._versions.get(key)
            stale = key in self._wanted and version is not None and (held is None or held.version != version)
            if stale and key not in self._queued:
                self._queued.add(key)
                self._queue.append(key)
        if len(self._queue) > queued:
            self._changed.notify_all()
        return bool(self._queue)

    def _drop(self, key: ObjectKey) -> None:
        self._versions.pop(key, None)
        self._unwanted.pop(key, None)
        self._again.pop(key, None)
        self._backoffs.pop(key, None)
        if self._problems.pop(key, None) is not None:
            self._outbox.faulty("Secret", tuple(self._problems.values()))
        self._withdraw(key)

    def _withdraw(self, key: ObjectKey) -> None:
        if self._held.pop(key, None) is not None:
            self._outbox.put((Change(CLUSTER_PLACE, key, None),))
