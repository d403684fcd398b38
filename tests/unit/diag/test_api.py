from __future__ import annotations

import json
from pathlib import Path

import fake_data
import pytest
from fake_report import FakeEnvoy, FakeWatcher, running
from flask.testing import FlaskClient

API = "/ambassador/v0/api"


def test_given_a_window_then_the_watcher_is_asked_for_exactly_that(client: FlaskClient, watcher: FakeWatcher) -> None:
    answer = client.get(f"{API}/routes?q=/cart%26x&host=*&limit=2&offset=0&other=1")
    assert answer.status_code == 200
    assert watcher.asked == ["/routes?q=%2Fcart%26x&host=%2A&limit=2&offset=0"]


def test_given_routes_then_the_watchers_bytes_come_through_untouched(client: FlaskClient, watcher: FakeWatcher) -> None:
    answer = client.get(f"{API}/routes?limit=3")
    assert answer.data == watcher.answer("/routes?limit=3")[2]
    assert answer.headers["ETag"] == '"7"'
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert answer.json is not None and answer.json["total"] == 5


@pytest.mark.parametrize("path", ["routes", "objects", "problems"])
def test_given_the_revision_that_the_caller_has_then_304_without_a_body(
    client: FlaskClient, watcher: FakeWatcher, path: str
) -> None:
    answer = client.get(f"{API}/{path}", headers={"If-None-Match": '"7"'})
    assert (answer.status_code, answer.data) == (304, b"")
    watcher.publish(fake_data.listeners(6))
    assert client.get(f"{API}/{path}", headers={"If-None-Match": '"7"'}).status_code == 200


@pytest.mark.parametrize(
    "query", ["limit=abc", "limit=-1", "offset=1.5", "limit=", "limit=٣", "offset=9999999999", "limit=1&limit=2",
              "q=%00", "host=a%0Ab", f"q={'x' * 501}"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["routes", "objects"])
def test_given_wrong_input_then_400_says_what_is_wrong(
    client: FlaskClient, watcher: FakeWatcher, path: str, query: str
) -> None:
    answer = client.get(f"{API}/{path}?{query}")
    assert answer.status_code == 400
    assert answer.json is not None and query.split("=")[0] in answer.json["error"]
    assert watcher.asked == []


def test_given_an_unknown_path_then_404_in_the_form_of_its_place(client: FlaskClient) -> None:
    api, other = client.get(f"{API}/nothing"), client.get("/nothing")
    assert api.status_code == other.status_code == 404
    assert api.json == {"error": "there is nothing at this path"}
    assert other.mimetype == "text/html"


@pytest.mark.parametrize("path", [f"{API}/routes", "/metrics", "/ambassador/v0/check_alive", "/nothing", "/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_given_a_method_that_could_change_something_then_405(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", [f"{API}/routes", f"{API}/overview", "/metrics", "/ambassador/v0/diag/?json=1"])
def test_given_head_then_the_head_of_the_get(client: FlaskClient, watcher: FakeWatcher, path: str) -> None:
    answer = client.head(path)
    assert (answer.status_code, answer.data) == (200, b"")


def test_given_no_watcher_then_503_with_a_plain_reason(client: FlaskClient) -> None:
    for path in ("routes", "problems", "objects", "overview"):
        answer = client.get(f"{API}/{path}")
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["error"] == "the watcher does not answer: no such file or directory"


def test_given_no_watcher_then_the_overview_still_tells_that_envoy_answers(client: FlaskClient) -> None:
    answer = client.get(f"{API}/overview").json
    assert answer is not None and answer["envoy"]["process"]["answers"] is True


def test_given_a_watcher_that_fails_then_503(client: FlaskClient, state: Path) -> None:
    with running(lambda _: (500, "text/plain", b"oops"), state / "report.sock"):
        for path in ("routes", "overview"):
            assert client.get(f"{API}/{path}").status_code == 503
        assert client.get("/ambassador/v0/diag/?json=1").status_code == 503


@pytest.mark.parametrize("body", [b"[]", b"{", b""])
def test_given_an_overview_that_is_none_then_503(client: FlaskClient, state: Path, body: bytes) -> None:
    with running(lambda _: (200, "application/json", body), state / "report.sock"):
        assert client.get(f"{API}/overview").status_code == 503


def test_given_watcher_and_envoy_then_the_overview_joins_them(client: FlaskClient, watcher: FakeWatcher) -> None:
    answer = client.get(f"{API}/overview").json
    assert answer is not None
    process = {"answers": True, "state": "LIVE", "version": "1.40.0", "uptime_seconds": 7380}
    assert answer == {**watcher.overview, "envoy": {**watcher.overview["envoy"], "process": process}}


def test_given_only_the_clock_moved_then_the_overview_is_304(client: FlaskClient, watcher: FakeWatcher) -> None:
    tag = client.get(f"{API}/overview").headers["ETag"]
    watcher.overview["uptime_seconds"] += 60
    assert client.get(f"{API}/overview", headers={"If-None-Match": tag}).status_code == 304


def test_given_envoy_refuses_within_the_same_revision_then_the_overview_is_new(
    client: FlaskClient, watcher: FakeWatcher
) -> None:
    tag = client.get(f"{API}/overview").headers["ETag"]
    watcher.overview["envoy"]["acknowledged"] = False
    assert client.get(f"{API}/overview", headers={"If-None-Match": tag}).status_code == 200


def test_given_no_envoy_then_the_overview_says_so(client: FlaskClient, watcher: FakeWatcher, envoy: FakeEnvoy) -> None:
    envoy.info = b"not JSON"
    answer = client.get(f"{API}/overview").json
    assert answer is not None and answer["envoy"]["process"] == {"answers": False}


@pytest.mark.parametrize(
    "call",
    [
        {"path": "/ambassador/v0/diag/?json=true"},
        {"path": "/ambassador/v0/diag/", "headers": {"Accept": "application/json"}},
    ],
)
def test_given_a_program_asks_for_the_page_then_it_gets_everything_of_one_revision(
    client: FlaskClient, watcher: FakeWatcher, call: dict[str, object]
) -> None:
    everything = json.loads(client.get(**call).data)
    assert list(everything) == ["overview", "routes", "problems"]
    assert {part["revision"] for part in everything.values()} == {7}
    assert len(everything["problems"]["problems"]) == 3


def test_given_a_revision_that_changes_meanwhile_then_the_page_is_asked_again(
    client: FlaskClient, watcher: FakeWatcher
) -> None:
    seen = iter([True])
    watcher.before = lambda path: watcher.publish(watcher.listeners) if path == "/routes" and next(seen, None) else None
    everything = json.loads(client.get("/ambassador/v0/diag/?json=1").data)
    assert {part["revision"] for part in everything.values()} == {8}
