"""The evaluator and a real Envoy say the same of random requests on random tables."""

from __future__ import annotations

import pytest

from tests.agreement.cases import CASES, Case
from tests.agreement.hunt import CROWDED, hunt
from tests.agreement.lab import ADDRESS, Lab
from tests.agreement.raw_client import ask
from tests.agreement.scene import Scene
from tests.agreement.trial import Trial

_CASES, _SEED = 1_000, 5


def test_given_random_tables_when_random_requests_come_then_the_evaluator_says_what_envoy_does(lab: Lab) -> None:
    hunted = hunt(lab, _CASES, _SEED)
    assert not hunted.found, hunted.found
    assert hunted.cases >= _CASES


def test_given_crowds_of_routes_when_random_requests_come_then_buckets_have_the_winner_of_the_list(lab: Lab) -> None:
    hunted = hunt(lab, _CASES, _SEED, CROWDED)
    assert not hunted.found, hunted.found
    assert hunted.cases >= _CASES
    assert hunted.trees > hunted.tables / 4


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_given_a_case_that_was_seen_differently_when_it_is_asked_again_then_both_say_the_same(
    lab: Lab, case: Case
) -> None:
    trial = Trial(lab)
    trial.judge(Scene(case.world, (case.request,)))
    asked = trial.placed(case.request)
    assert ask((ADDRESS, asked.port or 0), asked) == case.seen
