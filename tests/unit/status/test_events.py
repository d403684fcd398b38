"""Events: which errors are told, once, and how they are counted."""

from dataclasses import replace
from typing import Any

import pytest

from ambassador.kube.errors import ApiError
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.status.events import LONGEST_MESSAGE, Note
from tests.unit.status.world import FakeApi, World, mapping, written

BAD = mapping(method=5)
SERVICE = written("Service", "carrier", {"clusterIP": "10.0.0.9"})


def event(world: World) -> dict[str, Any]:
    (only,) = world.api.events.values()
    return only


def event_requests(world: World) -> list[str]:
    return [verb for verb, path in world.api.requests if "/events" in path]


def test_given_a_new_error_then_a_warning_event_tells_it_on_the_object() -> None:
    world = World(BAD)
    world.served()
    told = event(world)
    assert told["involvedObject"] == {
        "apiVersion": "getambassador.io/v3alpha1",
        "kind": "Mapping",
        "name": "web",
        "namespace": "default",
        "uid": "uid-web",
    }
    assert (told["type"], told["reason"], told["count"]) == ("Warning", "InvalidType", 1)
    assert "(spec.method)" in told["message"]
    assert told["metadata"]["name"].startswith("web.")


def test_given_warnings_only_then_there_is_no_event() -> None:
    world = World(mapping(unknown=1))
    world.served()
    assert world.api.events == {}


def test_given_an_error_that_comes_back_then_its_event_is_counted_up() -> None:
    world = World(BAD)
    world.served()
    world.change(mapping(generation=2))
    world.served()
    world.change(mapping(generation=3, method=7))
    world.served()
    assert event(world)["count"] == 2
    assert event(world)["lastTimestamp"] > event(world)["firstTimestamp"]


def test_given_an_error_that_stays_while_the_object_is_edited_then_it_is_told_once() -> None:
    world = World(BAD)
    world.served()
    world.change(mapping(generation=2, method=5, prefix="/new/"))
    world.served()
    assert event_requests(world) == ["create"]


def test_given_errors_of_two_reasons_then_there_are_two_events_and_one_for_two_of_the_same() -> None:
    world = World(mapping(method=5, timeout_ms="x", service="127.0.0.1:8001"))
    world.judge(
        mapping(),
        world.revision.report(BAD.key).state,
        *(
            Problem(Severity.ERROR, reason, text, BAD.key)
            for reason, text in [(Reason.INVALID_TYPE, "a"), (Reason.INVALID_TYPE, "b"), (Reason.CONFLICT, "c")]
        ),
    )
    world.served()
    messages = {one["reason"]: one["message"] for one in world.api.events.values()}
    assert messages == {"InvalidType": "a; b", "Conflict": "c"}


def test_given_a_restart_then_what_conditions_tell_already_is_no_event() -> None:
    world = World(BAD)
    world.served()
    world.api.events.clear()
    world.reign = world.elected()
    world.served()
    assert world.api.events == {}


def test_given_a_restart_then_an_event_that_is_there_is_not_written_again() -> None:
    world = World(SERVICE)
    world.beside(Problem(Severity.ERROR, Reason.INVALID_YAML, "not YAML", SERVICE.key))
    world.served()
    before = dict(event(world))
    world.reign = world.elected()
    world.served()
    assert event(world) == before
    assert event_requests(world) == ["create", "create", "patch"]


def test_given_a_restart_then_an_event_that_says_something_else_is_counted_up() -> None:
    world = World(SERVICE)
    world.beside(Problem(Severity.ERROR, Reason.INVALID_YAML, "not YAML", SERVICE.key))
    world.served()
    world.beside(Problem(Severity.ERROR, Reason.INVALID_YAML, "still not YAML", SERVICE.key))
    world.reign = world.elected()
    world.served()
    assert (event(world)["count"], event(world)["message"]) == (2, "still not YAML")


def test_given_an_event_that_expired_then_it_is_made_anew() -> None:
    world = World(BAD)
    world.served()
    world.api.events.clear()
    world.change(mapping(generation=2))
    world.served()
    world.change(mapping(generation=3, method=7))
    world.served()
    assert event(world)["count"] == 1


def test_given_an_object_in_an_annotation_then_its_errors_are_told_on_the_service() -> None:
    inner = replace(mapping("inner", method=5), nested_in=SERVICE.key)
    world = World(SERVICE, inner)
    world.served()
    assert (event(world)["involvedObject"]["kind"], event(world)["involvedObject"]["uid"]) == ("Service", "uid-carrier")
    assert event(world)["message"].startswith("Mapping default/inner in the annotation: ")
    world.change(gone=[inner.key])
    world.served()
    world.change(inner)
    world.served()
    assert event(world)["count"] == 2


def test_given_a_suspicion_while_envoy_searches_then_no_event_tells_it() -> None:
    world = World(mapping())
    world.served()
    other = mapping("other")
    world.change(other)
    held = Problem(Severity.ERROR, Reason.REJECTED_BY_ENVOY, "it is being found out", other.key)
    world.judge(other, world.revision.report(BAD.key).state, held)
    world.run(5.0)
    assert world.api.events == {}


def test_given_an_error_on_an_object_that_envoy_has_not_answered_for_then_it_is_told_once() -> None:
    world = World(mapping())
    world.served()
    other = mapping("other", timeout_ms="x")
    world.change(other)
    world.run(5.0)
    assert (world.status(other)["state"], event(world)["count"]) == ("Partial", 1)
    world.served()
    assert event(world)["count"] == 1


def test_given_an_object_that_was_made_anew_then_its_error_is_told_on_the_new_one() -> None:
    world = World(BAD)
    world.served()
    world.change(written("Mapping", "web", BAD.content["spec"], uid="another"))
    world.served()
    assert sorted(one["involvedObject"]["uid"] for one in world.api.events.values()) == ["another", "uid-web"]


@pytest.mark.parametrize("namespace", ["", "team"])
def test_events_are_in_the_namespace_of_the_object_or_in_default(namespace: str) -> None:
    note = Note(ObjectKey("IngressClass", namespace, "x" * 253), "networking.k8s.io/v1", "uid", "Conflict", "both")
    assert note.collection == f"/api/v1/namespaces/{namespace or 'default'}/events"
    assert len(note.name) <= 253


def test_given_a_very_long_error_then_the_event_is_short() -> None:
    world = World(mapping())
    state = world.revision.report(BAD.key).state
    world.judge(mapping(), state, Problem(Severity.ERROR, Reason.CONFLICT, "word " * 1000, BAD.key))
    world.served()
    assert len(event(world)["message"]) <= LONGEST_MESSAGE


@pytest.mark.parametrize(
    ("status", "message", "requests"),
    [(403, "forbidden: no such rule", 3), (403, "namespace is being terminated", 1), (404, "no namespace", 1)],
)
def test_given_events_that_are_not_taken_then_statuses_are_written_all_the_same(
    status: int, message: str, requests: int
) -> None:
    api = FakeApi()

    def fail(verb: str, path: str) -> None:
        if "/events" in path:
            raise ApiError(status, "Reason", message)

    api.fail = fail
    world = World(BAD, api=api)
    world.acknowledge()
    world.run(130.0)
    assert world.status(BAD)["state"] == "Error"
    assert len(event_requests(world)) == requests
