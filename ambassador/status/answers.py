"""What the cluster holds of each status: as it was observed, or, until that is seen, as our last write was answered.

So nothing is written twice: not while the watch has yet to tell of a write, and not where the API server keeps less
than it was told (fields that an older CRD does not know).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ambassador.model.keys import ObjectKey
from ambassador.sources.cluster.observed import Observed
from ambassador.status.desired import Wanted
from ambassador.status.facts import Json, present_status


@dataclass(frozen=True, slots=True)
class _Answer:
    """`over` is what was observed when `wanted` was written; `status` is what it became."""

    over: Observed
    wanted: Wanted
    status: Json


class Answers:
    """Memory of our own writes. One thread's."""

    def __init__(self) -> None:
        self._answers: dict[ObjectKey, _Answer] = {}

    def present(self, key: ObjectKey, observed: Observed | None) -> Mapping[str, Any]:
        """The object's status now; empty for one without."""
        answer = self._answers.get(key)
        if observed is None:
            return {}
        if answer is not None and answer.over is observed:
            return answer.status
        return present_status(observed.status)

    def is_done(self, key: ObjectKey, wanted: Wanted, observed: Observed) -> bool:
        """Whether the cluster holds what is wanted, or as much of it as it takes."""
        present = self.present(key, observed)
        answer = self._answers.get(key)
        if wanted.is_in(present):
            if answer is not None and answer.over is not observed:
                del self._answers[key]
            return True
        return answer is not None and answer.wanted == wanted and _same_object(answer, observed, present)

    def remember(self, key: ObjectKey, observed: Observed, wanted: Wanted, status: Json) -> None:
        """`wanted` was written over `observed`, and `status` is what came of it."""
        self._answers[key] = _Answer(observed, wanted, status)

    def forget(self, key: ObjectKey) -> None:
        """The object is gone."""
        self._answers.pop(key, None)


def _same_object(answer: _Answer, observed: Observed, present: Mapping[str, Any]) -> bool:
    return answer.over.uid == observed.uid and present == answer.status
