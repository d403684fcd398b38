"""Config snapshots in, revisions out: compiles changes, publishes them, and holds back what Envoy refuses.

All methods belong to one event loop. Compiling runs on a thread of its own, one compile at a time, so that streams and
health are served meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog

from ambassador.compile.inputs import NOW, PORT_TAKEN, REFUSED
from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.ir.listener import ListenerIdentity
from ambassador.model.config_snapshot import ConfigSnapshot, Objects, diff
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.ops.metrics import Metrics
from ambassador.report.revision import Revision, Timings
from ambassador.watcher.effective import Effective, Step, hinted, step
from ambassador.xds.ledger import Outcome
from ambassador.xds.quarantine import Quarantine, changed, observed, refused
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.server import AdsServer

_log = structlog.get_logger()

PortCheck = Callable[[Iterable[ListenerIdentity]], Awaitable[Mapping[ListenerIdentity, str]]]


@dataclass(slots=True)
class Controller:
    """The watcher's state. `revision` is replaced as a whole and may be read from any thread."""

    compiler: Compiler
    executor: Executor
    check_ports: PortCheck
    metrics: Metrics
    revision: Revision = field(default_factory=Revision)
    _server: AdsServer | None = None
    _config: ConfigSnapshot = field(default_factory=lambda: ConfigSnapshot({}))
    _effective: Effective = field(default_factory=Effective)
    _accepted: Objects = field(default_factory=dict)
    _quarantine: Quarantine = field(default_factory=Quarantine)
    _words: Mapping[ObjectKey, str] = field(default_factory=dict)
    _last_words: str = ""
    _opened: frozenset[ListenerIdentity] = frozenset()
    _taken: Mapping[ListenerIdentity, str] = field(default_factory=dict)
    _published: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def attach(self, server: AdsServer) -> None:
        """The server that revisions are published by; it reports to `heard`."""
        self._server = server

    def current(self) -> Revision:
        """The newest revision with what Envoy says of it now. May be called from any thread."""
        server = self._server
        if server is None:
            return self.revision
        return replace(self.revision, ledger=server.ledger, connected=server.connected)

    async def take(self, config: ConfigSnapshot) -> None:
        """A new config snapshot: everything that changed is compiled and published."""
        async with self._lock:
            edits = diff(self._config.objects, config.objects)
            held = self._quarantine.held_back
            self._quarantine = changed(self._quarantine, edits)
            self._config = config
            await self._publish(edits.keys() | (held ^ self._quarantine.held_back))

    def on_outcome(self, outcome: Outcome) -> None:
        """Called by the server; what follows from it runs as a task."""
        task = asyncio.get_running_loop().create_task(self.heard(outcome))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def heard(self, outcome: Outcome) -> None:
        """What Envoy made of a revision: it is accepted, or the search for the guilty object goes on."""
        async with self._lock:
            if outcome.superseded or outcome.revision != self.revision.number:
                return
            self._note(outcome)
            before = self._quarantine
            if outcome.acknowledged:
                self._accepted = self._effective.accepted
                self._quarantine = observed(before, accepted=True)
            elif outcome.nacks:
                self._search("; ".join(dict.fromkeys(nack.message for nack in outcome.nacks)))
            self._blame(before)
            if self._quarantine != before:
                await self._publish(before.held_back ^ self._quarantine.held_back)

    async def check_again(self) -> None:
        """Looks again at ports that were taken, and at the clock for certificates that expire."""
        async with self._lock:
            self.compiler.set(NOW, {None: datetime.now(UTC).replace(minute=0, second=0, microsecond=0)})
            if self._taken:
                found = await self.check_ports(self._taken)
                freed = self._taken.keys() - found.keys()
                self.compiler.set(PORT_TAKEN, dict.fromkeys(freed, ""))
                self._taken = found
                if freed:
                    await self._publish(())

    @property
    def waits_for_ports(self) -> bool:
        return bool(self._taken)

    async def _publish(self, touched: Iterable[ObjectKey]) -> None:
        started = time.perf_counter()
        held = self._quarantine.held_back
        next_step = step(self._effective, self._config.objects, self._accepted, held, touched)
        compiled = await self._compile(next_step)
        self._effective = next_step.effective
        took = time.perf_counter() - started
        self.metrics.compile_seconds.observe(took)
        self.metrics.recomputed.inc(compiled.recomputed)
        self._published = time.perf_counter()
        number = self.revision.number + 1
        self.revision = Revision(
            number, self._config, compiled, extra=tuple(self._extra()), timings=Timings(round(took * 1000, 2))
        )
        self._count(compiled)
        if self._server is not None:
            self._server.publish(ResourceSnapshot(number, compiled.resources))
        _log.info("published", revision=number, objects=len(next_step.changes), compile_ms=round(took * 1000, 1))

    async def _compile(self, next_step: Step) -> Compiled:
        refusals = {key: self._words.get(key, self._last_words) if on else "" for key, on in next_step.refusals.items()}
        self.compiler.set(REFUSED, refusals)
        loop = asyncio.get_running_loop()
        compiled = await loop.run_in_executor(self.executor, self.compiler.compile, next_step.changes)
        wanted = frozenset(listener.identity for listener in compiled.gateway.listeners)
        unknown = wanted - self._opened
        taken = await self.check_ports(unknown) if unknown else {}
        self._opened = (wanted - taken.keys()) & wanted
        if not taken:
            return compiled
        self._taken = {**self._taken, **taken}
        self.compiler.set(PORT_TAKEN, {one: f"port {one.port}: {words}" for one, words in taken.items()})
        return await loop.run_in_executor(self.executor, self.compiler.compile, {})

    def _search(self, words: str) -> None:
        """Envoy refused something: start looking for the culprit, or take the next step."""
        self._last_words = words
        if self._quarantine.searching:
            self._quarantine = observed(self._quarantine, accepted=False, message=words)
            return
        suspects = diff(self._accepted, self._effective.objects).keys() | self._effective.refused
        hints = hinted(sorted(suspects), self._effective.objects, words)
        self._quarantine = refused(self._quarantine, suspects, hints)
        _log.warning("Envoy refuses a change; looking for its cause", suspects=len(suspects), words=words[:300])

    def _blame(self, before: Quarantine) -> None:
        fresh = self._quarantine.culprits - before.culprits
        kept = {key: words for key, words in self._words.items() if key in self._quarantine.culprits}
        self._words = {**kept, **dict.fromkeys(fresh, self._last_words)}
        for key in sorted(fresh):
            _log.error("held back an object that Envoy refuses", object=str(key), words=self._last_words[:300])
        self.metrics.quarantined.set(len(self._quarantine.culprits))

    def _extra(self) -> Iterable[Problem]:
        """Culprits that go on in their last accepted form, and refusals that nobody could be found for."""
        for key in sorted(self._quarantine.culprits - self._effective.refused):
            words = self._words.get(key, self._last_words)
            message = f"Envoy refuses this version, so the last accepted one stays in use: {words}"
            yield Problem(Severity.ERROR, Reason.REJECTED_BY_ENVOY, message, key)
        if self._quarantine.stuck:
            message = f"Envoy refuses the configuration whatever is held back: {self._quarantine.stuck}"
            yield Problem(Severity.ERROR, Reason.REJECTED_BY_ENVOY, message, ObjectKey("Envoy", "", "envoy"))

    def _note(self, outcome: Outcome) -> None:
        for nack in outcome.nacks:
            self.metrics.nacks.labels(nack.kind.name.lower()).inc()
        if outcome.inactive:
            _log.warning("routes were sent to clusters that are not active yet", clusters=sorted(outcome.inactive)[:10])
        if outcome.acknowledged and self.revision.timings.acknowledged_ms is None:
            took = time.perf_counter() - self._published
            self.metrics.acknowledged_seconds.observe(took)
            timings = replace(self.revision.timings, acknowledged_ms=round(took * 1000, 2))
            self.revision = replace(self.revision, timings=timings)

    def _count(self, compiled: Compiled) -> None:
        self.metrics.revisions.inc()
        self.metrics.objects.set(len(self._config.objects))
        self.metrics.route_tables.set(len(compiled.gateway.route_tables))
