"""Random cases until there are enough different ones, or one on which the evaluator and Envoy do not agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.agreement.lab import Lab
from tests.agreement.scene import Scene, crowded_scenes, scenes
from tests.agreement.trial import Disagreement, Enough, Trial

_TABLES = 10
"""Tables of one round: after these Hypothesis would go on with variations of what it has drawn."""
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What is drawn: scenes of so many requests."""

    scenes: Callable[[int], SearchStrategy[Scene]]
    requests: int


MIXED = Ground(scenes, 12)
"""A few objects of each kind."""
CROWDED = Ground(crowded_scenes, 40)
"""Many routes of one host, as a list and in buckets."""


@dataclass(frozen=True, slots=True)
class Hunted:
    """How many different cases were tried, on how many tables, of which some had buckets and some were cut into parts.
    `found`: the first disagreement, made simple."""

    cases: int
    tables: int
    trees: int
    cut: int
    found: str = ""


def hunt(lab: Lab, cases: int, number: int, ground: Ground = MIXED) -> Hunted:
    """At least so many cases; the same ones for the same number."""
    trial = Trial(lab)
    before = lab.tables
    found = ""
    rounds = 0
    while trial.cases < cases and not found:
        found = _round(trial, ground, number * _MANY + rounds)
        rounds += 1
    return Hunted(trial.cases, lab.tables - before, trial.trees, trial.cut, found)


def _round(trial: Trial, ground: Ground, number: int) -> str:
    @seed(number)
    @settings(
        max_examples=_TABLES,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(ground.scenes(ground.requests))
    def agree(scene: Scene) -> None:
        trial.judge(scene)

    try:
        agree()
    except (Disagreement, Enough):
        return trial.simplest
    return ""
