"""Config snapshots in, revisions out: compiles changes, publishes them, and holds back what is refused.

All methods belong to one event loop, which stays free for streams and health: many objects are compiled on a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from ambassador.compile.early import Early
from ambassador.compile.inputs import HELD, NOW, PORT_TAKEN, REFUSED
from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.ir.listener import ListenerIdentity
from ambassador.model.config_snapshot import ConfigSnapshot, Objects, diff
from ambassador.model.keys import ObjectKey
from ambassador.ops import bugs
from ambassador.ops.background import Background
from ambassador.ops.hours import hour
from ambassador.report.envoy_words import in_short
from ambassador.report.revision import Revision, Timings
from ambassador.watcher.blame import Refusal
from ambassador.watcher.draft import Draft
from ambassador.watcher.effective import Effective, Step, step
from ambassador.watcher.memory import Known, Memory, restored
from ambassador.watcher.news import News
from ambassador.watcher.opened_ports import OpenedPorts
from ambassador.watcher.suspicion import Suspicion, joined, known
from ambassador.watcher.waiting import AllSecrets, Waiting
from ambassador.wire.resource import EnvoyResources
from ambassador.xds.ledger import Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.server import AdsServer
from ambassador.xds.types import ResourceType

_log = structlog.get_logger()
_RECENT = 5
_AFTERWARDS = 0.005
"""Seconds after a publication in which Envoy is served before logs and metrics are."""


@dataclass(slots=True)
class Controller:
    """The watcher's state. `revision` is replaced as a whole and may be read from any thread.

    `memory` is what an earlier watcher knew; `_effective` is what the compiler was given last, `_compiled_last` the
    last of these that it could compile, `_served` what the newest revisions hold, `_accepted` what
    Envoy took whole. `_draft` is compiled already, and published when it has settled. `_moved_on`: what is to be
    served is not what the newest revision holds.
    """

    compiler: Compiler
    executor: Executor
    ports: OpenedPorts
    news: News
    memory: Memory = field(default_factory=Memory)
    waiting: Waiting = field(default_factory=lambda: Waiting(AllSecrets()))
    revision: Revision = field(default_factory=Revision)
    _server: AdsServer | None = None
    _config: ConfigSnapshot = field(default_factory=lambda: ConfigSnapshot({}))
    _effective: Effective = field(default_factory=Effective)
    _compiled_last: Effective = field(default_factory=Effective)
    _served: Mapping[int, Effective] = field(default_factory=dict)
    _accepted: Objects = field(default_factory=dict)
    _suspicion: Suspicion = field(default_factory=Suspicion)
    _published: float = 0.0
    _hour: datetime = field(default_factory=hour)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _background: Background = field(default_factory=lambda: Background("what Envoy said could not be taken in"))
    _at_last: asyncio.TimerHandle | None = None
    _draft: Draft | None = None
    _moved_on: bool = False

    def attach(self, server: AdsServer) -> None:
        """The server that revisions are published by; it reports to `heard`."""
        self._server = server

    def current(self) -> Revision:
        """The newest revision with what Envoy says of it now. May be called from any thread."""
        server = self._server
        if server is None:
            return self.revision
        return replace(self.revision, ledger=server.ledger, connected=server.connected)

    @property
    def known(self) -> tuple[Objects, Mapping[ObjectKey, Refusal]]:
        """What Envoy accepted, and the culprits: new values when there is something new to remember."""
        return self._accepted, self._suspicion.refusals

    def to_remember(self) -> Known:
        """What the next watcher has to know."""
        return Known(self._accepted, self._config.objects, self._suspicion.refusals)

    async def take(self, config: ConfigSnapshot, *, settled: bool = True) -> None:
        """A new config snapshot: everything that changed is compiled and, once it has settled, published."""
        async with self._lock:
            edits = diff(self._config.objects, config.objects).keys()
            before = self._suspicion
            if self.revision.number:
                self._suspicion = before.edit(edits, config.objects)
            else:
                self._accepted, refusals = restored(self.memory, config.objects)
                self._suspicion = known(refusals)
            self._config = config
            touched = edits | self._suspicion.differs_from(before)
            self._moved_on = self._moved_on or bool(touched)
            if settled:
                await self._publish(touched, self._draft)
            else:
                self._draft = await self._drafted(touched)

    def on_outcome(self, outcome: Outcome) -> None:
        """Called by the server; what follows from it runs as a task."""
        self._background.start(self.heard(outcome))

    async def heard(self, outcome: Outcome) -> None:
        """What Envoy made of a revision: it is accepted, or the search for the guilty object goes on."""
        async with self._lock:
            if outcome.acknowledged and outcome.revision in self._served:
                # Also when a newer revision is out already: what that one spoils shall fall back to this one.
                self._accepted = self._served[outcome.revision].accepted
            if outcome.superseded or outcome.revision != self.revision.number:
                return
            self._note(outcome)
            if self._moved_on:
                # It answers something older than what is tried by now; so will the next revision's answer.
                return
            before = self._suspicion
            if outcome.acknowledged:
                self._suspicion = before.accept(self._config.objects)
            elif outcome.nacks and not await self._lost_ports(outcome):
                self._refuse(Refusal(joined(in_short(nack.message) for nack in outcome.nacks)))
            self.news.suspicion(self._suspicion, before)
            if self._suspicion.quarantine != before.quarantine:
                await self._publish(self._suspicion.differs_from(before))

    async def check_again(self) -> None:
        """Looks again at ports that were taken, at the clock for certificates that expire, and at what Envoy holds."""
        async with self._lock:
            if self._draft is not None:
                return
            now = hour()
            freed = await self.ports.freed() if self.revision.number else ()
            news = self._look_at_envoy()
            if not (self.revision.number and (now != self._hour or freed)) and not news:
                return
            self._hour = now
            self.compiler.set(NOW, {None: now})
            self.compiler.set(PORT_TAKEN, dict.fromkeys(freed, ""))
            await self._publish(())

    def _look_at_envoy(self) -> bool:
        """Whether it has become known, or has changed, which certificates Envoy holds that nobody else has."""
        if self._server is None or not self.waiting.for_envoy(self._config.objects, started=self.revision.number > 0):
            return False
        known = self.waiting.held
        held = self._server.ledger.tables.get(ResourceType.SECRET, {}) if self._server.connected else None
        self.compiler.set(HELD, self.waiting.look(held))
        return self.waiting.held != known

    async def _drafted(self, touched: Collection[ObjectKey]) -> Draft:
        started = time.perf_counter()
        return Draft(await self._compiled(touched), time.perf_counter() - started)

    async def _publish(self, touched: Collection[ObjectKey], draft: Draft | None = None) -> None:
        """`draft`: what there is to publish, unless something is touched that it knows nothing of."""
        self._draft = None
        if draft is None or touched:
            draft = await self._drafted(touched)
        compiled, took = draft.compiled, draft.seconds
        if compiled is not None and self._waits(compiled):
            return
        kept = tuple(self._suspicion.problems(self._effective.refused, self._config.objects))
        if compiled is None:
            self.revision = replace(self.revision, config=self._config, extra=kept)
            return
        number = self.revision.number + 1
        recent = {known: held for known, held in self._served.items() if known > number - _RECENT}
        self._served = {**recent, number: self._compiled_last}
        self._published = time.perf_counter()
        self._moved_on, self.memory, former = False, Memory(), self.revision
        self.revision = Revision(number, self._config, compiled, extra=kept, timings=Timings(round(took * 1000, 2)))
        if self._server is not None:
            self._server.publish(ResourceSnapshot(number, compiled.resources))
        # Envoy gets its bytes when this coroutine lets go: what only people read is written behind that, and thousands
        # of routes of the former revision are given back.
        asyncio.get_running_loop().call_later(_AFTERWARDS, self._tell, self.revision, took, former)

    def _tell(self, revision: Revision, took: float, _former: Revision) -> None:
        self.news.published(revision, took)

    def early(self) -> Early:
        """Who publishes what Envoy may begin with. Called on the event loop; the result from any thread."""
        call = asyncio.get_running_loop().call_soon_threadsafe
        return Early(lambda found: call(self._publish_early, found))

    def _publish_early(self, resources: EnvoyResources) -> None:
        if self._server is not None and not self.revision.number:
            self._server.publish(ResourceSnapshot(0, resources, whole=False))

    def _waits(self, compiled: Compiled) -> bool:
        """Whether this is not to be published yet; what comes next, or the end of patience, publishes it."""
        if self.waiting.held is None and self.waiting.for_envoy(self._config.objects, started=self.revision.number > 0):
            return True
        loop, started = asyncio.get_running_loop(), self.revision.number > 0
        left = self.waiting.for_secrets(compiled.secrets, self._config.objects, loop.time(), started=started)
        if self._at_last is not None:
            self._at_last.cancel()
        self._at_last = loop.call_later(left, lambda: self._background.start(self._publish_at_last())) if left else None
        return left > 0.0

    async def _publish_at_last(self) -> None:
        async with self._lock:
            if self.waiting.impatient and self._draft is None:
                await self._publish(())

    async def _compiled(self, touched: Collection[ObjectKey]) -> Compiled | None:
        """Brings everything up to date. An object that a rule of ours fails on is found here, without asking Envoy.

        When the failure remains whatever is held back, what was published before stays; None if there is nothing.
        """
        asking_envoy = self._suspicion.searching
        while True:
            before = self._suspicion
            next_step = step(self._effective, self._config.objects, self._accepted, before.held_back, touched)
            self._effective = next_step.effective
            try:
                compiled = await self._compile(next_step, touched)
            except Exception as error:  # noqa: BLE001 - a bug in any rule costs one object, never the gateway
                self._refuse(_bug(error, first=not before.searching))
                if self._suspicion.quarantine == before.quarantine:
                    return self.revision.compiled if self.revision.number else None
            else:
                if asking_envoy or not before.searching:
                    self._compiled_last = self._effective
                    return compiled
                self._suspicion = before.accept(self._config.objects)
            self.news.suspicion(self._suspicion, before)
            touched = self._suspicion.differs_from(before)

    async def _compile(self, next_step: Step, touched: Iterable[ObjectKey]) -> Compiled:
        unused = next_step.effective.refused.intersection(touched)
        released = dict.fromkeys((key for key, on in next_step.refusals.items() if not on), "")
        self.compiler.set(REFUSED, {**released, **{key: self._suspicion.sentence(key) for key in unused}})
        loop = asyncio.get_running_loop()
        changes, early = next_step.changes, None if self.revision.number else self.early()
        if self.revision.number and next_step.is_quick:
            compiled = self.compiler.compile(changes)
        else:
            compiled = await loop.run_in_executor(self.executor, self.compiler.compile, changes, early)
        taken = await self.ports.refused(frozenset(one.identity for one in compiled.gateway.listeners))
        if not taken:
            return compiled
        self._leave_out(taken)
        return await loop.run_in_executor(self.executor, self.compiler.compile, {})

    def _leave_out(self, taken: Mapping[ListenerIdentity, str]) -> None:
        """Listeners whose ports can't be had."""
        self.compiler.set(PORT_TAKEN, {one: f"port {one.port}: {words}" for one, words in taken.items()})

    async def _lost_ports(self, outcome: Outcome) -> bool:
        """Whether Envoy refused a listener because somebody else was quicker: then nobody's object is to blame."""
        if not any(nack.kind is ResourceType.LISTENER for nack in outcome.nacks):
            return False
        taken = await self.ports.lost()
        if not taken:
            return False
        self._leave_out(taken)
        await self._publish(())
        return True

    def _refuse(self, refusal: Refusal) -> None:
        """Envoy or our own compiler refused something: look for the culprit, or take the next step."""
        before = self._suspicion
        suspects = diff(self._accepted, self._effective.objects).keys() | self._effective.refused
        self._suspicion = before.refuse(refusal, suspects, self._config.objects)
        if self._suspicion.searching and not before.searching:
            _log.warning("a change is refused; looking for its cause", suspects=len(suspects), words=refusal.why)

    def _note(self, outcome: Outcome) -> None:
        if outcome.acknowledged and self.revision.timings.acknowledged_ms is None:
            took = time.perf_counter() - self._published
            self.news.acknowledged(took)
            timings = replace(self.revision.timings, acknowledged_ms=round(took * 1000, 2))
            self.revision = replace(self.revision, timings=timings)
        self.news.heard(outcome)


def _bug(error: Exception, *, first: bool) -> Refusal:
    """A bug of ours as a reason; its traceback is logged once a search."""
    if first:
        _log.error("a bug: the configuration can't be compiled", traceback=bugs.stack(error))
    return Refusal(bugs.place(error), bug=True)
