"""Conditions' texts: whole sentences, never too long, never a secret."""

from typing import Any

import orjson
import pytest

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.status.conditions import Condition, condition_in, written
from ambassador.status.words import LONGEST_MESSAGE, shortened, told
from tests.unit.status.world import World, mapping
from tests.unit.status.world import written as object_of

KEY = ObjectKey("Mapping", "default", "web")
CANARY = "canary-s3cr3t-7f2e"


def problem(message: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(severity, Reason.CONFLICT, message, KEY, ("spec", "cors", 2))


def test_problems_are_told_with_their_fields_errors_first() -> None:
    found = told([problem("odd", Severity.WARNING), problem("wrong")])
    assert found == "wrong (spec.cors[2]); warning: odd (spec.cors[2])"


def test_given_too_many_problems_then_whole_sentences_are_told_and_how_many_more_there_are() -> None:
    found = told([problem(f"number {number} is wrong") for number in range(5000)])
    assert len(found) <= LONGEST_MESSAGE
    *sentences, rest = found.split("; ")
    assert all(one.endswith("(spec.cors[2])") for one in sentences)
    assert rest == f"and {5000 - len(sentences)} more"


@pytest.mark.parametrize("message", ["x" * 100_000, "word " * 20_000])
def test_given_one_endless_problem_then_it_is_cut(message: str) -> None:
    found = told([problem(message), problem("another")])
    assert len(found) <= LONGEST_MESSAGE
    assert found.endswith("…")


def test_what_fits_is_not_cut() -> None:
    assert shortened("as it is", 8) == "as it is"


def test_the_time_of_a_condition_moves_only_with_its_status() -> None:
    condition = Condition("Accepted", "True", "Accepted", "new words", 2)
    before = {**written(condition, {}, "2030-01-01T00:00:00Z"), "message": "old words"}
    same = written(condition, {"conditions": [before]}, "2031-01-01T00:00:00Z")
    turned = written(condition, {"conditions": [{**before, "status": "False"}]}, "2031-01-01T00:00:00Z")
    assert (same["lastTransitionTime"], turned["lastTransitionTime"]) == (
        "2030-01-01T00:00:00Z",
        "2031-01-01T00:00:00Z",
    )


@pytest.mark.parametrize(
    "present",
    [
        {},
        {"conditions": 5},
        {"conditions": [5, None, {"type": 5}]},
        {"conditions": [{"type": "Accepted", "observedGeneration": "x"}]},
    ],
)
def test_given_a_status_that_somebody_wrote_in_another_form_then_it_is_read_as_far_as_it_can_be(present: Any) -> None:
    found = condition_in(present, "Accepted")
    assert found is None or (found.status, found.generation) == ("", 0)


def test_given_a_secret_where_it_does_not_belong_then_no_status_and_no_event_shows_it() -> None:
    authorization = {"authorization": f"Bearer {CANARY}"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {}, "type": "kubernetes.io/tls", "data": {"x": CANARY}}
    note = {"annotations": {"note": CANARY}}
    world = World(
        mapping("headers", add_request_headers=authorization, headers=authorization, method=5),
        object_of("Host", "tls", {"hostname": "a.test", "tlsSecret": {"name": "tls"}, "unknown": 1}, **note),
    )
    world.change(SourceObject(ObjectKey("Secret", "default", "tls"), "1", secret))
    world.served()
    said = orjson.dumps([world.api.applied, list(world.api.events.values())]).decode()
    assert world.writes == 2
    assert "Secret" in said or "certificate" in said
    assert CANARY not in said
