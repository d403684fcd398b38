"""All that a status says of one object, and what the cluster holds of it, as values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson

from ambassador.compile.reports import ObjectReport
from ambassador.ir.verdict import State
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.sources.cluster.observed import Observed

Json = dict[str, Any]

INGRESS = "Ingress"


class Progress(Enum):
    """Whether our Envoy holds the object as it is now. OPEN: it has not answered yet."""

    ACKNOWLEDGED = "acknowledged"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Facts:
    """One object of the cluster. `beside` are its problems that were found outside of compile.

    `kept` are those of them that say that an older form of it is in use, because Envoy refuses this one.
    """

    source: SourceObject
    report: ObjectReport
    beside: tuple[Problem, ...] = ()
    kept: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(dict.fromkeys((*self.kept, *self.report.problems, *self.beside)))

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(one for one in self.problems if one.severity is Severity.ERROR)

    @property
    def used(self) -> bool:
        """Whether the object, as it is now, has any effect."""
        return self.report.state in (State.ACCEPTED, State.PARTIAL) and not self.kept

    @property
    def refusals(self) -> tuple[Problem, ...]:
        """Envoy's words on it."""
        return tuple(one for one in self.problems if one.reason is Reason.REJECTED_BY_ENVOY)

    @property
    def errors_of_ours(self) -> tuple[Problem, ...]:
        """Errors that were found without asking Envoy."""
        return tuple(one for one in self.errors if one.reason is not Reason.REJECTED_BY_ENVOY)

    @property
    def settled(self) -> bool:
        """Whether Envoy has no say: nothing of the object is in use, for reasons of our own."""
        return self.report.state in (State.REJECTED, State.IGNORED) and not self.refusals

    def generation(self, observed: Observed) -> int:
        """The generation that the facts speak of; the newest one where the source keeps none."""
        own = self.source.metadata.get("generation")
        return own if isinstance(own, int) else observed.generation


def present_status(status: bytes) -> Mapping[str, Any]:
    """An object's status as the API server gave it, empty when it has none (or it is no object)."""
    value = orjson.loads(status) if status else None
    return value if isinstance(value, dict) else {}
