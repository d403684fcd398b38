"""Conditions in the form of metav1.Condition: how they compare with what is there, and how they are written. Pure.

`lastTransitionTime` moves only with the status; a message that only names another replica's Envoy is no news.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ambassador.status.facts import Json

ACCEPTED = "Accepted"
RESOLVED_REFS = "ResolvedRefs"
PROGRAMMED = "Programmed"

TRUE, FALSE, UNKNOWN = "True", "False", "Unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement on one generation of an object. `reason` is one CamelCase word."""

    type: str
    status: str
    reason: str
    message: str
    generation: int


def condition_in(present: Mapping[str, Any], type_: str) -> Condition | None:
    """The condition of that type in a status; None when there is none that can be read."""
    found = _raw(present, type_)
    if found is None:
        return None
    text = {name: str(found.get(name, "")) for name in ("status", "reason", "message")}
    generation = found.get("observedGeneration")
    return Condition(type_, **text, generation=generation if isinstance(generation, int) else 0)


def written(condition: Condition, present: Mapping[str, Any], now: str) -> Json:
    """The condition as it is written at `now` (RFC 3339) over a present status."""
    before = _raw(present, condition.type) or {}
    since = before.get("lastTransitionTime") if before.get("status") == condition.status else None
    return {
        "type": condition.type,
        "status": condition.status,
        "observedGeneration": condition.generation,
        "lastTransitionTime": since or now,
        "reason": condition.reason,
        "message": condition.message,
    }


def _raw(present: Mapping[str, Any], type_: str) -> Mapping[str, Any] | None:
    conditions = present.get("conditions")
    found = conditions if isinstance(conditions, list) else []
    return next((one for one in found if isinstance(one, dict) and one.get("type") == type_), None)
