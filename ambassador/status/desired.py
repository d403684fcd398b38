"""What the status of one object shall say. Pure: facts and the present status in, the wanted one out.

Knows neither when it is written nor how. `Programmed` is True only for what Envoy has acknowledged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ambassador.compile.reports import ObjectReport
from ambassador.ir.verdict import State
from ambassador.model.problems import Problem, Reason
from ambassador.status.addresses import Addresses, addresses_in, as_json
from ambassador.status.conditions import (
    ACCEPTED,
    FALSE,
    PROGRAMMED,
    RESOLVED_REFS,
    TRUE,
    UNKNOWN,
    Condition,
    condition_in,
    written,
)
from ambassador.status.facts import Facts, Json, Progress
from ambassador.status.words import severe_first, shortened, told

_LONGEST_REASON = 1_024


@dataclass(frozen=True, slots=True)
class OwnStatus:
    """Status of an object of ours: a word and a sentence for people, conditions for programs."""

    state: str
    reason: str
    generation: int
    conditions: tuple[Condition, ...]

    def is_in(self, present: Mapping[str, Any]) -> bool:
        """Whether a present status says all of it."""
        said = (present.get("state"), present.get("reason", ""), present.get("observedGeneration"))
        return said == (self.state, self.reason, self.generation) and all(
            condition_in(present, one.type) == one for one in self.conditions
        )

    def as_json(self, present: Mapping[str, Any], now: str) -> Json | None:
        """The fields that we own."""
        return {
            "state": self.state,
            "reason": self.reason,
            "observedGeneration": self.generation,
            "conditions": [written(one, present, now) for one in self.conditions],
        }


@dataclass(frozen=True, slots=True)
class IngressStatus:
    """Addresses under which an Ingress is reached; empty where it is not served, or not by us."""

    addresses: Addresses = ()

    def is_in(self, present: Mapping[str, Any]) -> bool:
        return addresses_in(present) == self.addresses

    def as_json(self, present: Mapping[str, Any], now: str) -> Json | None:
        if not self.addresses:
            return None
        return {"loadBalancer": {"ingress": as_json(self.addresses)}}


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nothing: an object that was ours and is none of our business any more loses what we wrote."""

    def is_in(self, present: Mapping[str, Any]) -> bool:
        return not present

    def as_json(self, present: Mapping[str, Any], now: str) -> Json | None:
        return None


Wanted = OwnStatus | IngressStatus | Withdrawn


def own_status(facts: Facts, generation: int, progress: Progress, envoy: str, present: Mapping[str, Any]) -> OwnStatus:
    """Status of an object of ours. `envoy` names the one that acknowledges."""
    conditions = (
        _accepted(facts, generation),
        _resolved(facts.problems, generation),
        _carried(_programmed(facts, generation, progress, envoy), condition_in(present, PROGRAMMED)),
    )
    reason = told(facts.problems, _LONGEST_REASON)
    return OwnStatus(_state(facts, conditions), reason, generation, conditions)


def _state(facts: Facts, conditions: tuple[Condition, ...]) -> str:
    accepted, _, programmed = conditions
    if facts.kept:
        return "Partial"
    if accepted.status != TRUE:
        return "Error" if facts.errors else "Ignored"
    if facts.report.state is State.PARTIAL:
        return "Partial"
    return "Ready" if programmed.status == TRUE else "Pending"


def _accepted(facts: Facts, generation: int) -> Condition:
    problems = severe_first(facts.problems)
    if facts.used and not _unsupported(facts):
        reason = problems[0].reason.value if facts.report.state is State.PARTIAL and problems else "Accepted"
        return Condition(ACCEPTED, TRUE, reason, told(problems) or "all of it is used", generation)
    reason = problems[0].reason.value if problems else "NotUsed"
    return Condition(ACCEPTED, FALSE, reason, told(problems) or "none of it is used", generation)


def _unsupported(facts: Facts) -> bool:
    """A kind that is known and not served yet; such an object may still close routes that it would have guarded."""
    return any(one.reason is Reason.NOT_SUPPORTED and one.path == ("kind",) for one in facts.problems)


def _resolved(problems: tuple[Problem, ...], generation: int) -> Condition:
    unresolved = severe_first(one for one in problems if not _is_resolved(one))
    if not unresolved:
        return Condition(RESOLVED_REFS, TRUE, "ResolvedRefs", "everything that it names exists", generation)
    return Condition(RESOLVED_REFS, FALSE, unresolved[0].reason.value, told(unresolved), generation)


def _is_resolved(problem: Problem) -> bool:
    """The report's own rule, asked of one problem alone."""
    return ObjectReport(State.ACCEPTED, (problem,)).resolved_references


def _programmed(facts: Facts, generation: int, progress: Progress, envoy: str) -> Condition:
    if facts.refusals:
        reason = Reason.REJECTED_BY_ENVOY.value
        return Condition(PROGRAMMED, FALSE, reason, told(facts.refusals), generation)
    if not facts.used or _unsupported(facts):
        return Condition(PROGRAMMED, FALSE, "NotAccepted", "there is nothing that Envoy could be given", generation)
    if progress is Progress.OPEN:
        return Condition(
            PROGRAMMED, UNKNOWN, "Pending", shortened(f"{envoy} has not acknowledged it yet", 500), generation
        )
    return Condition(PROGRAMMED, TRUE, "Programmed", shortened(f"{envoy} acknowledged it", 500), generation)


def _carried(now: Condition, before: Condition | None) -> Condition:
    """What another replica's Envoy acknowledged stays said: neither its name nor a pause of ours is news."""
    if before is None or before.status != TRUE or before.generation != now.generation:
        return now
    return before if now.status in (TRUE, UNKNOWN) else now
