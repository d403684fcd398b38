"""One published state of the whole program, as a value that any thread may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ambassador.compile.pipeline import Compiled
from ambassador.compile.reports import ObjectReport
from ambassador.ir.verdict import State
from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem
from ambassador.xds.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the last change took, in milliseconds; None where it is not over yet."""

    compile_ms: float | None = None
    acknowledged_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """What was published as `number`, and what Envoy has said so far.

    `extra` are problems that are found outside of compile: objects that Envoy rejected and that keep an older form.
    """

    number: int = 0
    config: ConfigSnapshot = field(default_factory=lambda: ConfigSnapshot({}))
    compiled: Compiled = field(default_factory=Compiled)
    ledger: Ledger = field(default_factory=Ledger)
    connected: bool = False
    extra: tuple[Problem, ...] = ()
    timings: Timings = Timings()

    @property
    def tag(self) -> str:
        """Version of what people see: the number, and until all is settled what is still open."""
        if self.acknowledged and not self.ledger.inactive:
            return str(self.number)
        return f"{self.number}-{self.connected:d}-{self.ledger.acknowledged}-{len(self.ledger.nacks)}"

    @property
    def acknowledged(self) -> bool:
        return self.connected and self.number > 0 and self.ledger.acknowledged == self.number

    @property
    def ready(self) -> bool:
        """Whether the connected Envoy holds a complete configuration of ours."""
        return self.connected and self.ledger.acknowledged > 0

    def problems(self) -> list[Problem]:
        """Problems of texts, of objects, and of what Envoy said, each once."""
        found = [*self.config.problems, *self.extra]
        for report in self.compiled.reports.values():
            found += report.problems
        return list(dict.fromkeys(found))

    def report(self, key: ObjectKey) -> ObjectReport:
        return self.compiled.reports.get(key) or ObjectReport(State.IGNORED)

    def by_object(self) -> Mapping[ObjectKey, list[Problem]]:
        """All problems by the object they are on."""
        found: dict[ObjectKey, list[Problem]] = {}
        for problem in self.problems():
            found.setdefault(problem.source, []).append(problem)
        return found
