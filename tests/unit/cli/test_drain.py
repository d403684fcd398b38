"""Draining: what counts as work, and in which order Envoy is told what."""

import socket
from dataclasses import dataclass, field

import pytest

from ambassador.cli import drain as module
from ambassador.cli.drain import Activity, Admin, activity, drain

STATS = """\
http.admin.downstream_cx_active: 1
http.admin.downstream_rq_active: 1
http.ingress_http.downstream_cx_active: 3
http.ingress_http.downstream_rq_active: 2
http.ready.downstream_cx_active: 5
http.ready.downstream_rq_active: 5
listener.0.0.0.0_8080.downstream_cx_active: 3
listener.0.0.0.0_8080.worker_0.downstream_cx_active: 1
listener.0.0.0.0_8080.worker_1.downstream_cx_active: 2
listener.0.0.0.0_6379.downstream_cx_active: 4
listener.admin.downstream_cx_active: 1
listener.admin.main_thread.downstream_cx_active: 1
listener.ready.downstream_cx_active: 5
"""


def test_given_stats_then_our_own_endpoints_and_single_threads_do_not_count() -> None:
    # Seven connections: three speak HTTP with two requests in flight, four are raw TCP and always count as work.
    assert activity(STATS) == Activity(connections=7, busy=6)


def test_given_no_stats_yet_then_nothing_is_going_on() -> None:
    assert activity("") == Activity(0, 0)


@dataclass
class Script:
    """An Envoy that plays activities one after the other; the last one stays."""

    seen: list[Activity]
    posted: list[str] = field(default_factory=list)
    pauses: int = 0
    stop_after: int = 1 << 40

    def post(self, path: str) -> None:
        self.posted.append(path)

    def activity(self) -> Activity:
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]

    def pause(self, seconds: float) -> bool:
        self.pauses += 1
        return self.pauses >= self.stop_after


ALL = ["/healthcheck/fail", "/drain_listeners?graceful&skip_exit", "/drain_listeners"]


def test_given_no_connections_then_it_ends_without_a_pause() -> None:
    envoy = Script([Activity(0, 0)])
    drain(envoy, 30, envoy.pause)
    assert (envoy.posted, envoy.pauses) == (ALL, 0)


def test_given_work_then_it_waits_until_the_connections_are_gone() -> None:
    envoy = Script([Activity(2, 1), Activity(2, 1), Activity(1, 0), Activity(0, 0)])
    drain(envoy, 30, envoy.pause)
    assert (envoy.posted, envoy.pauses) == (ALL, 3)


def test_given_idle_connections_then_a_silence_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE", 0.0)
    envoy = Script([Activity(5, 0)])
    drain(envoy, 30, envoy.pause)
    assert envoy.posted == ALL


def test_given_a_second_signal_then_it_ends_at_once() -> None:
    envoy = Script([Activity(1, 1)], stop_after=2)
    drain(envoy, 30, envoy.pause)
    assert (envoy.posted, envoy.pauses) == (ALL[:2], 2)


def test_given_work_that_never_ends_then_the_listeners_close_before_the_time_is_over() -> None:
    envoy = Script([Activity(1, 1)])
    drain(envoy, 0.05, envoy.pause)
    assert envoy.posted == ALL


def test_given_no_envoy_then_the_caller_hears_of_it() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(OSError):
            Admin(unused.getsockname()[1]).post("/healthcheck/fail")
