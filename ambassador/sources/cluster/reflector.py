"""One kind's list and watch, on a thread of its own: lists once, then follows; after 410 it lists and compares.

Knows the protocol's bad days and nothing of objects: those go to a sink.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ambassador.kube.api import METADATA_OF_LIST, METADATA_OF_WATCH, Api
from ambassador.kube.backoff import Backoff
from ambassador.kube.errors import ApiError, Unreachable
from ambassador.kube.watch import Watch
from ambassador.sources.cluster.convert import version_of
from ambassador.sources.cluster.outbox import SETTLED, UNSETTLED, Outbox, Standing
from ambassador.sources.cluster.reach import Reach
from ambassador.sources.cluster.resources import Resource
from ambassador.sources.cluster.scope import Scope
from ambassador.sources.cluster.words import failing, refused

_OF_OBJECTS = frozenset({"ADDED", "MODIFIED", "DELETED"})
# Seconds: a watch that ended sooner did not work; how far apart threads come back; the longest wait while the server
# answers others; and while it answers nobody, when Reach calls.
_LIVED, _SPREAD, _SOON, _UNTIL_CALLED = 1.0, 0.2, 2.0, 10.0
_RELIST_AFTER = 3
"""Failures in a row."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds. `silence`: a watch that says nothing for so long is dead; servers send bookmarks once a minute.

    `watch`: how long the server is to keep one watch (each is asked for this to twice this). `patience`: how long
    errors of one kind are borne before it is told, and before the others no longer wait for it; `doubt`: how long it is
    not believed that a kind which was never read may not be. `look`: between looks
    at which kinds there are; `away`: between tries while the server does not answer.
    """

    silence: float = 90.0
    watch: float = 300.0
    patience: float = 20.0
    doubt: float = 2.0
    look: float = 5.0
    away: float = 0.5
    first_delay: float = 0.5
    longest_delay: float = 15.0
    forget: float = 60.0


class Sink(Protocol):
    """Where the objects of one kind go. Called on the reflector's thread only."""

    @property
    def metadata_only(self) -> bool:
        """Whether the rest of the objects is not wanted."""

    def begin(self) -> None: ...

    def page(self, items: Iterable[object]) -> None: ...

    def end(self) -> None: ...

    def event(self, kind: str, item: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Around:
    """What every reflector of a source shares."""

    api: Api
    scope: Scope
    outbox: Outbox
    reach: Reach
    timings: Timings


class Reflector:
    """`run` on a thread; the other methods from any. `gone` is set when the API server no longer has the resource.

    `guards`: the kind whose objects those of this one protect, so that it must not be served before this was read.
    """

    def __init__(self, around: Around, resource: Resource, sink: Sink, guards: str = "") -> None:
        self.resource = resource
        self.gone = False
        self._around = around
        self._sink = sink
        self._guards = guards
        self._lock = threading.Lock()
        self._open: Watch | None = None
        self._opened = 0.0
        self._stopped = False
        self._backoff = Backoff(around.timings.first_delay, around.timings.longest_delay)
        self._failing_since: float | None = None
        self._silent = False
        self._listed = False
        # Where to go on watching; empty: list first.
        self._version = ""

    @property
    def stopped(self) -> bool:
        return self._stopped or self._around.reach.stopped

    def stop(self) -> None:
        """Ends soon."""
        self._stopped = True
        self.renew()

    def renew(self, before: float = math.inf) -> None:
        """Closes a watch opened `before` (monotonic): its connection may be dead unnoticed. It goes on where it was."""
        with self._lock:
            if self._open is not None and self._opened < before:
                self._open.close()

    def run(self) -> None:
        """Until it is stopped or the resource is gone."""
        while not self.stopped and not self.gone:
            try:
                if not self._version:
                    self._list()
                self._follow()
            except ApiError as error:
                self._on_error(error)
            except Unreachable:
                self._on_silence()

    def _list(self) -> None:
        around = self._around
        path, query = around.scope.path(self.resource), around.scope.query(self.resource)
        accept = METADATA_OF_LIST if self._sink.metadata_only else None
        for page in around.api.list_pages(path, query, accept=accept):
            if self.stopped:
                return
            if page.first:
                self._sink.begin()
            self._sink.page(page.items)
            if page.last:
                self._sink.end()
                self._version = page.resource_version
        self._listed = True
        self._well()

    def _follow(self) -> None:
        """One watch to its end."""
        around = self._around
        query = around.scope.query(self.resource) | {
            "resourceVersion": self._version,
            "timeoutSeconds": int(random.uniform(1, 2) * around.timings.watch),
        }
        path, accept = around.scope.path(self.resource), METADATA_OF_WATCH if self._sink.metadata_only else None
        started = time.monotonic()
        try:
            with around.api.watch(path, query, around.timings.silence, accept=accept) as watch:
                self._read(watch)
        finally:
            lived = time.monotonic() - started
            if lived >= _LIVED:
                self._backoff.reset()
        if lived < _LIVED and not self.stopped:
            # A server that ends every watch at once shall not be asked in a tight loop.
            around.reach.pause(self._backoff.next())

    def _read(self, watch: Watch) -> None:
        with self._lock:
            self._open, self._opened = watch, time.monotonic()
        try:
            if self.stopped:
                return
            self._well()
            for event in watch:
                item, kind = event.get("object"), event.get("type")
                if kind in _OF_OBJECTS:
                    self._sink.event(kind, item)
                self._version = version_of(item) or self._version
        finally:
            with self._lock:
                self._open = None

    def _well(self) -> None:
        self._failing_since = None
        self._silent = False
        self._around.outbox.stand(self.resource.kind, SETTLED)

    def _on_error(self, error: ApiError) -> None:
        """The server answered, and not with what was asked for."""
        around = self._around
        if error.status == 404:
            self.gone = True
            around.reach.suspect()
            return
        if self._silent:
            # A server that has just started refuses for a moment what it allows as soon as it knows its roles: waits
            # that grew while nobody answered would outlast that by far.
            self._silent, self._failing_since = False, None
            self._backoff.reset()
        if error.status == 410:
            self._version = ""
            if self._backoff.tries == 0:
                self._backoff.next()
                return
        around.outbox.stand(self.resource.kind, self._standing(error))
        if error.status == 401:
            around.reach.suspect()
        elif error.status != 429 and self._backoff.tries >= _RELIST_AFTER:
            # Whatever is wrong with watching from there, a list may be right.
            self._version = ""
        around.reach.pause(self._backoff.next(error.retry_after))

    def _standing(self, error: ApiError) -> Standing:
        around, resource = self._around, self.resource
        now = time.monotonic()
        since = self._failing_since = self._failing_since or now
        if 400 <= error.status < 500 and error.status not in (401, 408, 410, 429):
            if around.scope.tolerates_refusal(resource):
                return SETTLED
            borne, problem = around.timings.doubt, refused(resource, error, self._listed)
        else:
            borne, problem = around.timings.patience, failing(resource, error, self._listed)
        if error.status == 401 or now - since < borne:
            return SETTLED if self._listed else UNSETTLED
        return Standing(self._listed or not self._guards, problem, self._listed, self._guards)

    def _on_silence(self) -> None:
        """No answer, or a watch that broke off. The first time it may be this connection only."""
        reach = self._around.reach
        self._silent = True
        reach.suspect()
        delay = self._backoff.next()
        if self._backoff.tries == 1:
            reach.pause(random.uniform(0, _SPREAD))
            return
        reach.pause(_UNTIL_CALLED if reach.away else min(delay, _SOON))
        # Whoever is called back together with all others need not come in the same moment.
        reach.pause(random.uniform(0, _SPREAD))
