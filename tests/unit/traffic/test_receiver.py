"""What becomes of messages, and of those that there is no time for."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest
from logged import entry, message

from ambassador.ops.metrics import Metrics, new_metrics
from ambassador.traffic.book import Book
from ambassador.traffic.receiver import SHARE, Receiver


@dataclass(slots=True)
class Time:
    """A clock that stands, and a stopwatch of which each look takes some time."""

    now: float = 100.0
    step: float = 0.0
    spent: float = 0.0

    def clock(self) -> float:
        return self.now

    def stopwatch(self) -> float:
        self.spent += self.step
        return self.spent


@pytest.fixture
def metrics() -> Metrics:
    return new_metrics()


def value(metrics: Metrics, name: str) -> float:
    return metrics.registry.get_sample_value(f"ambassador_traffic_{name}_total") or 0.0


def test_given_messages_then_their_requests_are_counted(metrics: Metrics) -> None:
    time = Time(step=0.001)
    receiver = Receiver(Book(0.0), metrics.traffic, time.clock, time.stopwatch)
    receiver.take(message(entry(), entry("other")))
    receiver.take(message(entry()))
    assert {name: one.requests for name, one in receiver.book.counts(time.now).items()} == {
        "mapping/default/web": 2,
        "other": 1,
    }
    assert [value(metrics, name) for name in ("requests", "dropped", "undecodable")] == [3, 0, 0]
    assert value(metrics, "seconds") == pytest.approx(0.002)


def test_given_no_time_left_in_a_second_then_requests_are_numbered_only_and_told_as_dropped(metrics: Metrics) -> None:
    time = Time(step=SHARE / 2)
    receiver = Receiver(Book(0.0), metrics.traffic, time.clock, time.stopwatch)
    for _ in range(3):
        receiver.take(message(entry(), entry()))
    assert (receiver.book.totals(time.now).requests, receiver.book.totals(time.now).dropped) == (6, 0)
    time.now, time.step = 100.9, 0.0
    receiver.take(message(entry(), entry()))
    assert (receiver.book.totals(time.now).requests, receiver.book.totals(time.now).dropped) == (8, 2)
    assert receiver.book.counts(time.now)["mapping/default/web"].requests == 6
    assert value(metrics, "dropped") == 2
    time.now = 101.0
    receiver.take(message(entry()))
    assert receiver.book.counts(time.now)["mapping/default/web"].requests == 7


def test_given_bytes_that_are_no_message_then_the_next_one_is_counted(
    metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver(Book(0.0), metrics.traffic)
    with caplog.at_level(logging.WARNING):
        receiver.take(b"\xff\xff")
    receiver.take(message(entry()))
    assert "cannot be read" in caplog.text
    assert [value(metrics, name) for name in ("requests", "undecodable")] == [1, 1]
