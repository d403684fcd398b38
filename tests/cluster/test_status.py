"""The status writer against a real API server: what server-side apply keeps, and nothing is written for nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from ambassador.ir.verdict import State
from ambassador.kube.api import Api
from ambassador.status.writer import StatusWriter
from tests.cluster.statuses import ADDRESS, INGRESSES, MAPPINGS, CountingApi, Gateway, until

OURS = "127.0.0.1:8001"
"""A backend that is refused: the CRD lets it pass."""

Start = Callable[..., StatusWriter]


@pytest.fixture
def gateway(api: Api) -> Iterator[Gateway]:
    one = Gateway(api)
    api.create("/api/v1/namespaces", {"metadata": {"name": one.id}})
    yield one
    api.delete(f"/api/v1/namespaces/{one.id}")


@pytest.fixture
def counting(api: Api) -> CountingApi:
    return CountingApi(api)


@pytest.fixture
def start(gateway: Gateway, counting: CountingApi) -> Iterator[Start]:
    """Starts a replica's writer; all of them end with the test."""
    started: list[StatusWriter] = []

    def one(pod: str = "pod-0", through: CountingApi = counting) -> StatusWriter:
        started.append(gateway.writer(through, pod))
        started[-1].start()
        return started[-1]

    yield one
    for writer in started:
        writer.stop()


def test_given_objects_then_their_statuses_say_what_became_of_them_and_errors_are_events(
    gateway: Gateway, start: Start
) -> None:
    gateway.mapping("good")
    gateway.mapping("bad", service=OURS)
    gateway.read()
    start()
    until(lambda: gateway.states() == {"good": "Ready", "bad": "Error"}, "no statuses")
    status = gateway.status(MAPPINGS, "bad")
    assert "(spec.service)" in status["reason"]
    assert {one["type"]: one["status"] for one in status["conditions"]} == {
        "Accepted": "False",
        "ResolvedRefs": "True",
        "Programmed": "False",
    }
    until(lambda: bool(gateway.events("bad")), "no Event")
    (event,) = gateway.events("bad")
    assert (event["type"], event["count"], event["reason"]) == ("Warning", 1, "ForbiddenBackend")
    assert gateway.events("good") == []


def test_given_an_error_that_comes_back_then_one_event_is_counted_up(gateway: Gateway, start: Start) -> None:
    gateway.mapping("web", service=OURS)
    gateway.read()
    writer = start()
    until(lambda: gateway.states() == {"web": "Error"}, "no status")
    for service, state in [("10.0.0.1:80", "Ready"), (OURS, "Error")]:
        gateway.edit("web", service=service)
        gateway.read()
        writer.notify()
        until(lambda state=state: gateway.states() == {"web": state}, f"not {state}")
    until(lambda: [one["count"] for one in gateway.events("web")] == [2], "not counted up")


def test_given_fields_of_others_then_they_stay_beside_ours_and_when_ours_go(gateway: Gateway, start: Start) -> None:
    gateway.mapping("web")
    other = {
        "type": "Other",
        "status": "True",
        "reason": "X",
        "message": "",
        "lastTransitionTime": "2030-01-01T00:00:00Z",
    }
    gateway.apply_status(MAPPINGS, "web", {"conditions": [other], "theirs": "kept"})
    gateway.read()
    writer = start()
    until(lambda: gateway.states() == {"web": "Ready"}, "no status")
    status = gateway.status(MAPPINGS, "web")
    assert status["theirs"] == "kept"
    assert {one["type"] for one in status["conditions"]} == {"Other", "Accepted", "ResolvedRefs", "Programmed"}
    gateway.edit("web", ambassador_id=["another"])
    gateway.read()
    writer.notify()
    until(lambda: gateway.states() == {"web": ""}, "not withdrawn")
    assert gateway.status(MAPPINGS, "web") == {"conditions": [other], "theirs": "kept"}


def test_given_another_leader_then_what_is_right_is_not_written_again(
    gateway: Gateway, start: Start, counting: CountingApi
) -> None:
    gateway.mapping("good")
    gateway.mapping("bad", service=OURS)
    gateway.ingress("web")
    gateway.ingress("foreign")
    gateway.read(web=State.ACCEPTED, foreign=State.IGNORED)
    first = start()
    until(
        lambda: "" not in gateway.states().values() and bool(gateway.status(INGRESSES, "web")["loadBalancer"]), "none"
    )
    first.stop()
    gateway.read(web=State.ACCEPTED, foreign=State.IGNORED)
    before, patched = gateway.versions(), len(counting.statuses())
    second = start("pod-1")
    until(lambda: second.leading, "the Lease was not taken over")
    gateway.mapping("new")
    gateway.read(web=State.ACCEPTED, foreign=State.IGNORED)
    second.notify()
    until(lambda: gateway.states()["new"] == "Ready", "the new leader writes nothing")
    assert {name: version for name, version in gateway.versions().items() if name != "new"} == before
    assert len(counting.statuses()) == patched + 1


def test_given_an_ingress_then_it_has_our_address_while_it_is_ours_and_foreign_ones_are_not_touched(
    gateway: Gateway, start: Start, counting: CountingApi
) -> None:
    gateway.ingress("web")
    gateway.ingress("foreign")
    gateway.apply_status(INGRESSES, "foreign", {"loadBalancer": {"ingress": [{"ip": "198.51.100.9"}]}})
    gateway.ingress("same")
    gateway.apply_status(INGRESSES, "same", {"loadBalancer": {"ingress": [{"ip": ADDRESS}]}})
    before = gateway.versions()
    gateway.read(web=State.ACCEPTED, foreign=State.IGNORED, same=State.IGNORED)
    writer = start()
    until(lambda: bool(gateway.status(INGRESSES, "web")["loadBalancer"]), "no address")
    assert gateway.status(INGRESSES, "web")["loadBalancer"] == {"ingress": [{"ip": ADDRESS}]}
    gateway.read(web=State.IGNORED, foreign=State.IGNORED, same=State.IGNORED)
    writer.notify()
    until(lambda: not gateway.status(INGRESSES, "web")["loadBalancer"], "not withdrawn")
    after = gateway.versions()
    assert (after["foreign"], after["same"]) == (before["foreign"], before["same"])
    assert gateway.status(INGRESSES, "same")["loadBalancer"] == {"ingress": [{"ip": ADDRESS}]}


def test_given_a_leader_that_is_cut_off_then_another_writes_within_twenty_seconds(
    gateway: Gateway, start: Start, api: Api
) -> None:
    gateway.mapping("web")
    gateway.read()
    lost = CountingApi(api)
    first = start("pod-0", lost)
    until(lambda: gateway.states() == {"web": "Ready"}, "no status")
    second = start("pod-1")
    lost.cut.set()
    began = time.monotonic()
    gateway.mapping("other")
    gateway.read()
    first.notify()
    second.notify()
    until(lambda: gateway.states()["other"] == "Ready", "nobody writes")
    assert time.monotonic() - began <= 20.0
    assert (first.leading, second.leading) == (False, True)


def test_given_a_thousand_objects_at_once_then_each_is_written_at_most_twice(
    gateway: Gateway, start: Start, counting: CountingApi
) -> None:
    writer = start()
    names = [f"web-{number}" for number in range(1000)]
    for begin in range(0, 1000, 250):
        gateway.many(names[begin : begin + 250])
        gateway.read()
        writer.notify()
    until(lambda: len(set(counting.statuses())) == 1000, "not all are written")
    until(lambda: Counter(gateway.states().values()) == {"Ready": 1000}, "not all are ready")
    assert max(Counter(counting.statuses()).values()) <= 2
    gateway.read()
    settled = len(counting.statuses())
    writer.notify()
    gateway.mapping("last")
    gateway.read()
    writer.notify()
    until(lambda: gateway.states()["last"] == "Ready", "the last one is not ready")
    assert len(counting.statuses()) == settled + 1
