"""What is written on which object, and when."""

from dataclasses import replace
from typing import Any

import pytest

from ambassador.ir.verdict import State
from ambassador.kube.api import APPLY
from ambassador.kube.errors import ApiError
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.origins import NoOrigins, Origin
from ambassador.model.problems import Problem, Reason, Severity
from tests.unit.status.world import FakeApi, Json, World, mapping, written

WEB = mapping()


class InAFile(NoOrigins):
    """Everything comes from one file."""

    def of(self, key: ObjectKey) -> Origin:
        return Origin("all.yaml", 1)


REFUSED = Problem(Severity.ERROR, Reason.REJECTED_BY_ENVOY, "Envoy refuses this version: no", WEB.key)


def test_given_a_mapping_that_envoy_acknowledged_then_it_is_ready_and_programmed() -> None:
    world = World(WEB)
    world.served()
    status = world.status(WEB)
    assert (status["state"], status["reason"], status["observedGeneration"]) == ("Ready", "", 1)
    conditions = world.conditions(WEB)
    assert {name: one["status"] for name, one in conditions.items()} == dict.fromkeys(
        ("Accepted", "ResolvedRefs", "Programmed"), "True"
    )
    assert conditions["Programmed"]["message"] == "Envoy of pod-0 acknowledged it"
    assert world.writes == 1


@pytest.mark.parametrize(
    ("given", "state", "accepted", "reason", "words"),
    [
        (mapping(unknown=1), "Ready", "True", "Accepted", "warning: "),
        (mapping(timeout_ms="x"), "Partial", "True", "InvalidType", "(spec.timeout_ms)"),
        (mapping(method=5), "Error", "False", "InvalidType", "(spec.method)"),
        (mapping(service="127.0.0.1:8001"), "Error", "False", "ForbiddenBackend", "(spec.service)"),
        (written("TCPMapping", "web", {}), "Ignored", "False", "NotSupported", "TCPMapping is not supported yet"),
        (written("AuthService", "web", {}), "Error", "False", "NotSupported", "AuthService is not supported yet"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_given_a_problem_then_the_status_says_it_with_its_field(
    given: SourceObject, state: str, accepted: str, reason: str, words: str
) -> None:
    world = World(given)
    world.served()
    condition = world.conditions(given)["Accepted"]
    assert (world.status(given)["state"], condition["status"], condition["reason"]) == (state, accepted, reason)
    assert words in condition["message"]
    assert words in world.status(given)["reason"]


def test_given_a_reference_to_nothing_then_resolved_refs_is_false() -> None:
    world = World(WEB)
    lost = Problem(Severity.ERROR, Reason.UNKNOWN_SERVICE, "there is no Service b", WEB.key, ("spec", "service"))
    world.judge(WEB, State.PARTIAL, lost)
    world.served()
    condition = world.conditions(WEB)["ResolvedRefs"]
    assert (condition["status"], condition["reason"]) == ("False", "UnknownService")
    assert condition["message"] == "there is no Service b (spec.service)"


def test_given_no_word_from_envoy_then_nothing_is_written_until_it_speaks() -> None:
    world = World(WEB)
    world.run(20.0)
    assert world.writes == 0
    world.served()
    assert (world.writes, world.status(WEB)["state"]) == (1, "Ready")


def test_given_an_envoy_that_is_slow_to_answer_then_the_object_is_pending_and_later_ready() -> None:
    world = World(WEB)
    world.served()
    other = mapping("other")
    world.change(other)
    world.run(0.5)
    assert world.status(other) == {}
    world.run(1.0)
    assert (world.status(other)["state"], world.conditions(other)["Programmed"]["status"]) == ("Pending", "Unknown")
    world.run(25.0)
    world.served()
    assert world.conditions(other)["Programmed"]["status"] == "True"
    assert [path.rpartition("other")[1] for path, _ in world.api.applied].count("other") == 2


def test_given_a_form_that_envoy_refuses_then_it_is_not_programmed_in_envoys_words() -> None:
    world = World(WEB)
    world.served()
    world.change(mapping(generation=2, prefix="/new/"))
    world.beside(REFUSED)
    world.served()
    status, condition = world.status(WEB), world.conditions(WEB)["Programmed"]
    assert (status["state"], condition["status"], condition["reason"]) == ("Partial", "False", "RejectedByEnvoy")
    assert condition["message"] == REFUSED.message
    assert status["observedGeneration"] == 2
    world.beside()
    world.served()
    assert world.status(WEB)["state"] == "Ready"


def test_given_an_edit_then_one_write_tells_the_new_generation_and_when_it_turned() -> None:
    world = World(WEB)
    world.served()
    first = world.conditions(WEB)["Accepted"]
    world.clock.now += 60.0
    world.change(mapping(generation=2, method=5))
    world.served()
    now = world.conditions(WEB)
    assert (world.writes, world.status(WEB)["observedGeneration"]) == (2, 2)
    assert now["Accepted"]["lastTransitionTime"] > first["lastTransitionTime"]
    assert now["ResolvedRefs"]["lastTransitionTime"] == first["lastTransitionTime"]


def test_given_nothing_new_then_nothing_is_written() -> None:
    world = World(WEB, mapping("bad", method=5))
    world.served()
    before = list(world.api.requests)
    for _ in range(5):
        world.change()
        world.served()
        world.reign.check()
        world.run(60.0)
    assert world.api.requests == before


def test_given_another_leader_then_what_is_right_already_is_not_written_again() -> None:
    world = World(WEB, mapping("bad", method=5))
    world.served()
    world.target = replace(world.target, manager=replace(world.target.manager, envoy="Envoy of pod-1"))
    world.reign = world.elected()
    before = list(world.api.requests)
    world.run(100.0)
    assert world.api.requests == before


def test_given_another_leader_whose_envoy_has_not_answered_then_what_was_programmed_stays_so() -> None:
    world = World(WEB)
    world.served()
    api, seen = world.api, world.observed
    world = World(WEB, api=api)
    world.observed = seen
    world.run(100.0)
    assert world.writes == 1


def test_given_a_status_that_somebody_else_changed_then_it_is_set_right_at_the_next_check() -> None:
    world = World(WEB)
    world.served()
    world.reign.check()
    world.observe(WEB, {"state": "Running"})
    world.run(10.0)
    assert world.writes == 1
    world.reign.check()
    world.run(10.0)
    assert (world.writes, world.status(WEB)["state"]) == (2, "Ready")


def test_given_a_crd_that_keeps_less_than_it_is_told_then_it_is_told_once() -> None:
    world = World(WEB)
    world.acknowledge()
    world.run()
    place = next(iter(world.api.statuses))
    world.api.statuses[place] = {"state": "Ready"}
    world.echo()
    for _ in range(3):
        world.reign.check()
        world.run(60.0)
    assert world.writes <= 2


def test_given_an_object_that_is_not_for_us_then_it_is_never_touched() -> None:
    world = World(mapping(ambassador_id="other"))
    world.served()
    assert world.api.requests == []


def test_given_an_object_that_stops_being_ours_then_our_fields_are_withdrawn_once() -> None:
    world = World(WEB)
    world.served()
    world.change(mapping(generation=2, ambassador_id="other"))
    world.served()
    world.served()
    assert world.writes == 2
    assert "status" not in world.api.applied[-1][1]


def test_given_an_object_that_is_deleted_before_its_turn_then_nothing_is_written() -> None:
    world = World(WEB)
    world.run()
    world.change(gone=[WEB.key])
    world.served()
    assert world.api.requests == []


def test_given_an_object_that_was_made_anew_then_it_gets_a_status_of_its_own() -> None:
    world = World(WEB)
    world.served()
    again = written("Mapping", "web", WEB.content["spec"], uid="another")
    world.change(again)
    world.served()
    assert (world.writes, world.status(WEB)["state"]) == (2, "Ready")


def test_given_an_object_of_an_annotation_then_it_has_no_status() -> None:
    world = World(replace(WEB, nested_in=ObjectKey("Service", "default", "carrier")))
    world.observe(WEB)
    world.served()
    assert world.api.requests == []


def test_given_an_object_that_a_folder_has_too_then_the_cluster_s_is_left_alone() -> None:
    world = World(WEB)
    config = replace(world.revision.config, origins=InAFile())
    world.revision = replace(world.revision, config=config)
    world.served()
    assert world.api.requests == []


def test_writes_are_applied_with_our_own_fields_only() -> None:
    world = World(WEB)
    world.served()
    path, body = world.api.applied[0]
    assert path == "/apis/getambassador.io/v3alpha1/namespaces/default/mappings/web/status"
    assert body.keys() == {"apiVersion", "kind", "metadata", "status"}
    assert body["metadata"] == {"name": "web", "namespace": "default"}
    assert world.api.queries == [{"fieldManager": "ambassador", "force": "true"}]


class Untyped(FakeApi):
    """Holds an object that contradicts its CRD: it cannot be applied to, only merged into."""

    def patch(self, path: str, body: Json, *, content_type: str = "", query: Any = None, timeout: float = 1.0) -> Json:
        if content_type == APPLY:
            raise ApiError(500, "InternalError", "failed to create typed live object (web): expected numeric")
        return super().patch(path, body, content_type=content_type, query=query)


def test_given_an_object_that_contradicts_its_schema_then_its_status_is_merged() -> None:
    world = World(WEB, api=Untyped())
    world.served()
    assert world.status(WEB)["state"] == "Ready"
    assert world.writes == 1
