"""Requests and answers: pages, errors, dead connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ambassador.kube.api import APPLY, Api
from ambassador.kube.backoff import Backoff
from ambassador.kube.errors import ApiError, Unreachable, api_error
from tests.fake_cluster.client import client
from tests.fake_cluster.server import answers, running
from tests.fake_cluster.state import DEEP, State

MAPPINGS = "/apis/getambassador.io/v3alpha1/mappings"


@pytest.fixture
def state() -> State:
    state = State()
    state.serve(MAPPINGS, "Mapping")
    return state


@pytest.fixture
def api(state: State, tmp_path: Path) -> Iterator[Api]:
    with running(state) as url:
        api = client(tmp_path, url)
        yield api
        api.close()


def names(api: Api, limit: int) -> list[list[str]]:
    return [[item["metadata"]["name"] for item in page.items] for page in api.list_pages(MAPPINGS, {}, limit)]


def mapping(name: str) -> dict[str, object]:
    return {"metadata": {"name": name, "namespace": "default"}, "spec": {}}


def test_given_more_objects_than_a_page_then_all_pages_are_read(state: State, api: Api) -> None:
    for number in range(5):
        state.put(MAPPINGS, mapping(f"m{number}"))
    assert names(api, 2) == [["m0", "m1"], ["m2", "m3"], ["m4"]]
    assert [(page.first, page.last) for page in api.list_pages(MAPPINGS, None, 3)] == [(True, False), (False, True)]


def test_given_a_list_that_expires_between_pages_then_it_begins_anew(state: State, api: Api) -> None:
    for number in range(4):
        state.put(MAPPINGS, mapping(f"m{number}"))
    state.fail(lambda asked: "continue" in asked.query, answers(410, "Expired"))
    pages = list(api.list_pages(MAPPINGS, {}, 2))
    assert [page.first for page in pages] == [True, True, False]
    assert [item["metadata"]["name"] for page in pages[1:] for item in page.items] == ["m0", "m1", "m2", "m3"]


def test_given_an_error_then_its_words_and_the_time_to_wait_are_known(state: State, api: Api) -> None:
    state.fail(lambda asked: True, answers(429, "TooManyRequests", {"Retry-After": "7"}))
    with pytest.raises(ApiError) as caught:
        api.get(MAPPINGS)
    error = caught.value
    assert (error.status, error.reason, error.retry_after) == (429, "TooManyRequests", 7.0)
    assert error.message == "TooManyRequests on purpose"
    assert api_error(503, {"details": {"retryAfterSeconds": 2}}).retry_after == 2.0
    assert api_error(500, "text", "Wed, 21 Oct 2026 07:28:00 GMT").retry_after is None


def test_given_an_answer_that_is_no_json_then_there_was_no_usable_answer(state: State, api: Api) -> None:
    def page_of_a_proxy(handler: object) -> None:
        handler.send_response(200)  # type: ignore[attr-defined]
        handler.send_header("Content-Length", "6")  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]
        handler.wfile.write(b"<html>")  # type: ignore[attr-defined]

    state.fail(lambda asked: True, page_of_a_proxy)
    with pytest.raises(Unreachable, match="not JSON"):
        api.get(MAPPINGS)


def test_given_a_server_that_is_not_there_then_it_is_unreachable(tmp_path: Path, state: State) -> None:
    with running(state) as url:
        api = client(tmp_path, url)
        assert api.get("/version")
    with pytest.raises(Unreachable, match="refused"):
        api.get("/version")


def test_given_a_server_that_says_nothing_then_the_read_timeout_ends_it(state: State, api: Api) -> None:
    state.fail(lambda asked: True, lambda handler: state.wait(lambda: state.stopping))
    with pytest.raises(Unreachable, match="no answer in time"):
        api.get("/version", timeout=0.05)


def test_given_a_connection_that_the_server_closed_meanwhile_then_reading_asks_again(state: State, api: Api) -> None:
    assert api.get("/version")
    state.fail(lambda asked: True, lambda handler: handler.cut())
    assert api.get("/version")
    state.fail(lambda asked: True, lambda handler: handler.cut())
    with pytest.raises(Unreachable, match="cut"):
        api.patch(f"{MAPPINGS}/x", {})


def test_given_one_object_that_is_nested_too_deep_then_the_others_of_its_list_are_read(state: State, api: Api) -> None:
    state.put(MAPPINGS, mapping("a"))
    state.put(MAPPINGS, {**mapping("b"), "spec": {"text": 'a "quoted { brace', "deep": [DEEP, DEEP], "after": 1}})
    state.put(MAPPINGS, mapping("c"))
    a, b, c = next(iter(api.list_pages(MAPPINGS))).items
    assert (a["metadata"]["name"], c["metadata"]["name"]) == ("a", "c")
    assert (b["spec"]["text"], b["spec"]["after"], len(b["spec"]["deep"])) == ('a "quoted { brace', 1, 2)


def test_given_an_etag_that_still_holds_then_nothing_comes(state: State, api: Api) -> None:
    first, etag = api.get_changed("/apis", "")
    assert first is not None
    assert api.get_changed("/apis", etag) == (None, etag)
    state.serve("/apis/networking.k8s.io/v1/ingresses", "Ingress")
    assert api.get_changed("/apis", etag)[0] is not None


def test_given_writes_then_method_body_and_media_type_are_what_was_meant(state: State, api: Api) -> None:
    path = MAPPINGS.replace("/mappings", "/namespaces/default/mappings")
    assert api.create(path, mapping("a"))["metadata"]["name"] == "a"
    api.patch(f"{path}/a", mapping("a"), content_type=APPLY, query={"fieldManager": "us", "force": "true"})
    api.put(f"{path}/a", mapping("a"))
    api.delete(f"{path}/a")
    seen = [(one.method, one.headers.get("content-type"), one.query) for one in state.asked]
    assert seen == [
        ("POST", "application/json", {}),
        ("PATCH", "application/apply-patch+yaml", {"fieldManager": "us", "force": "true"}),
        ("PUT", "application/json", {}),
        ("DELETE", None, {}),
    ]
    assert all(one.headers["user-agent"] == "ambassador" for one in state.asked)


def test_given_retries_then_delays_grow_to_the_limit_and_never_undercut_the_server() -> None:
    longest = Backoff(0.5, 4, uniform=lambda low, high: high)
    assert [longest.next() for _ in range(5)] == [0.5, 1, 2, 4, 4]
    shortest = Backoff(0.5, 4, uniform=lambda low, high: low)
    assert [shortest.next(), shortest.next(9), shortest.tries] == [0.25, 9, 2]
    shortest.reset()
    assert shortest.next() == 0.25
