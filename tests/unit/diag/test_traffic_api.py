from __future__ import annotations

import fake_explain
from callers import LOCAL, calling
from fake_report import FakeWatcher, running
from flask.testing import FlaskClient

from diag.settings import Settings

PATH = "/ambassador/v0/api/traffic"


def test_given_a_question_then_the_watcher_is_asked_for_exactly_that(client: FlaskClient, watcher: FakeWatcher) -> None:
    watcher.traffic = {"mapping/default/web": fake_explain.arrived()}
    assert client.get(f"{PATH}?route=mapping/default/web&q=web&other=1").status_code == 200
    assert client.get(f"{PATH}?route=").status_code == 200
    assert watcher.asked == ["/traffic?q=web&route=mapping%2Fdefault%2Fweb", "/traffic?route="]


def test_given_an_answer_then_it_comes_untouched_and_nobody_keeps_it(client: FlaskClient, watcher: FakeWatcher) -> None:
    watcher.traffic = {"mapping/default/web": fake_explain.arrived()}
    answer = client.get(PATH)
    assert answer.data == watcher.answer("/traffic")[2]
    assert answer.headers["Cache-Control"] == "no-store"


def test_given_a_watcher_that_counts_nothing_then_404_says_why(settings: Settings) -> None:
    with running(lambda _: (404, "application/json", b"{}"), settings.report_socket):
        answer = calling(settings, LOCAL).get(PATH)
        assert answer.status_code == 404
        assert answer.json == {"error": "requests are not counted: AMBASSADOR_LIVE_TRAFFIC is false"}
        assert answer.headers["Cache-Control"] == "no-store"


def test_given_a_wrong_name_then_400_says_so(client: FlaskClient, watcher: FakeWatcher) -> None:
    assert client.get(f"{PATH}?name=a%00b").status_code == 400
    assert client.get(f"{PATH}?route=a&route=b").status_code == 400
    assert client.get(f"{PATH}?name=a&name=b").status_code == 400
    assert watcher.asked == []


def test_given_a_name_as_long_as_a_route_has_then_it_is_asked_for(client: FlaskClient, watcher: FakeWatcher) -> None:
    assert client.get(f"{PATH}?name={'a' * 4_000}").status_code == 200
    assert client.get(f"{PATH}?name={'a' * 4_001}").status_code == 400
    assert len(watcher.asked) == 1
