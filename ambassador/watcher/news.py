"""What the controller tells people: logs, metrics, and whoever wants to know that there is something new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from ambassador.ops.metrics import Metrics
from ambassador.report.revision import Revision
from ambassador.watcher.suspicion import Suspicion
from ambassador.xds.ledger import Outcome

_log = structlog.get_logger()


def _nobody() -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class News:
    """`listener` is called on the event loop after each revision and after each answer of Envoy; it must be quick."""

    metrics: Metrics
    listener: Callable[[], None] = _nobody

    def published(self, revision: Revision, seconds: float) -> None:
        """A revision was published; compiling it took so many seconds."""
        compiled = revision.compiled
        self.metrics.compile_seconds.observe(seconds)
        self.metrics.recomputed.inc(compiled.recomputed)
        self.metrics.revisions.inc()
        self.metrics.objects.set(len(revision.config.objects))
        self.metrics.route_tables.set(len(compiled.gateway.route_tables))
        _log.info(
            "published",
            revision=revision.number,
            recomputed=compiled.recomputed,
            compile_ms=round(seconds * 1000, 1),
        )
        self.listener()

    def heard(self, outcome: Outcome) -> None:
        """Envoy answered."""
        for nack in outcome.nacks:
            self.metrics.nacks.labels(nack.kind.name.lower()).inc()
        if outcome.inactive:
            _log.warning("routes were sent to clusters that are not active yet", clusters=sorted(outcome.inactive)[:10])
        self.listener()

    def acknowledged(self, seconds: float) -> None:
        """Envoy took a revision so many seconds after it was published."""
        self.metrics.acknowledged_seconds.observe(seconds)

    def suspicion(self, now: Suspicion, before: Suspicion) -> None:
        """The search for a culprit went on, or ended."""
        for key in now.found_since(before):
            _log.error("an object is held back", object=str(key), words=now.refusals[key].why)
        self.metrics.quarantined.set(len(now.refusals))
