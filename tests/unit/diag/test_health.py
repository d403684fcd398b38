from __future__ import annotations

import threading
import time

import pytest
from fake_report import FakeEnvoy, FakeWatcher
from flask.testing import FlaskClient

from diag.client import TooSlow, Unavailable
from diag.probe import MEMORY, PATIENCE, Probe

ALIVE = "/ambassador/v0/check_alive"
READY = "/ambassador/v0/check_ready"


def test_given_all_is_well_then_both_say_so_in_one_line(client: FlaskClient, watcher: FakeWatcher) -> None:
    alive, ready = client.get(ALIVE), client.get(READY)
    assert (alive.status_code, alive.text) == (200, "Ambassador is alive and well\n")
    assert (ready.status_code, ready.text) == (200, "Ambassador is ready and waiting\n")


def test_given_no_watcher_then_neither_alive_nor_ready(client: FlaskClient) -> None:
    assert client.get(ALIVE).status_code == client.get(READY).status_code == 503


def test_given_no_first_configuration_then_alive_but_not_ready_with_the_reason(
    client: FlaskClient, watcher: FakeWatcher
) -> None:
    watcher.health.update(ready=False, message="waiting for Envoy\nto acknowledge")
    assert client.get(ALIVE).status_code == 200
    answer = client.get(READY)
    assert (answer.status_code, answer.text) == (
        503,
        "Ambassador is not ready: waiting for Envoy to acknowledge\n",
    )


def test_given_an_envoy_that_serves_when_the_watcher_is_away_then_the_pod_stays_ready(
    client: FlaskClient, envoy: FakeEnvoy
) -> None:
    envoy.listeners = (2, 0)
    answer = client.get(READY)
    assert answer.status_code == 200
    assert answer.text.startswith("Ambassador serves what it has: the watcher does not answer")
    assert client.get(ALIVE).status_code == 503
    envoy.ready = False
    assert client.get(READY).status_code == 503


def test_given_an_envoy_that_serves_when_the_watcher_begins_anew_then_the_pod_stays_ready(
    client: FlaskClient, watcher: FakeWatcher, envoy: FakeEnvoy
) -> None:
    envoy.listeners = (2, 0)
    watcher.health.update(ready=False)
    watcher.revision = 0
    assert client.get(READY).status_code == 200
    watcher.revision = 1
    watcher.health.update(connected=False)
    assert client.get(READY).status_code == 200
    watcher.health.update(connected=True)
    assert client.get(READY).status_code == 503


@pytest.mark.parametrize("listeners", [(1, 0), (2, 1)], ids=["none", "one warming"])
def test_given_a_new_envoy_when_the_watcher_is_away_then_not_ready(
    client: FlaskClient, envoy: FakeEnvoy, listeners: tuple[int, int]
) -> None:
    envoy.listeners = listeners
    assert client.get(READY).status_code == 503


def test_given_envoy_drains_then_not_ready_and_still_alive(
    client: FlaskClient, watcher: FakeWatcher, envoy: FakeEnvoy
) -> None:
    envoy.ready = False
    assert client.get(READY).status_code == 503
    assert client.get(ALIVE).status_code == 200


def test_given_a_watcher_that_calls_itself_dead_then_503(client: FlaskClient, watcher: FakeWatcher) -> None:
    watcher.health.update(alive=False, message="stuck")
    assert (client.get(ALIVE).status_code, client.get(ALIVE).text) == (503, "Ambassador is not alive: stuck\n")


@pytest.mark.parametrize(("path", "field", "value"), [(ALIVE, "alive", "yes"), (READY, "ready", 1)])
def test_given_a_health_report_that_is_not_plainly_true_then_503(
    client: FlaskClient, watcher: FakeWatcher, path: str, field: str, value: object
) -> None:
    watcher.health[field] = value
    assert client.get(path).status_code == 503


def test_given_a_watcher_busy_for_a_moment_then_health_answers_within_100_ms(
    client: FlaskClient, watcher: FakeWatcher
) -> None:
    assert client.get(READY).status_code == 200
    goes_on = threading.Event()

    def hang(_path: str) -> None:
        goes_on.wait(5)

    watcher.before = hang
    began = time.monotonic()
    answer = client.get(READY)
    took = time.monotonic() - began
    goes_on.set()
    assert answer.status_code == 200
    assert took < 0.1


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_given_a_part_that_hangs_for_longer_than_memory_then_it_is_asked_with_all_patience() -> None:
    clock = Clock()
    asked: list[float] = []
    quick = True

    def ask(timeout: float) -> str:
        asked.append(timeout)
        if not quick:
            raise TooSlow("part", "nothing came in time")
        return "well"

    probe = Probe(ask, clock)
    assert probe.answer() == "well"
    quick = False
    clock.now = MEMORY
    assert probe.answer() == "well"
    clock.now = MEMORY + 0.1
    with pytest.raises(TooSlow):
        probe.answer()
    assert asked == [PATIENCE, PATIENCE, PATIENCE, 2.0]


def test_given_a_refused_connection_then_memory_does_not_hide_it() -> None:
    there = True

    def ask(_timeout: float) -> str:
        if not there:
            raise Unavailable("part", "connection refused")
        return "well"

    probe = Probe(ask, Clock())
    assert probe.answer() == "well"
    there = False
    with pytest.raises(Unavailable):
        probe.answer()
