"""What the book says of the requests that were entered."""

from __future__ import annotations

import gc
import threading
import tracemalloc

import pytest
from logged import START, entry, logged, message

from ambassador.traffic import book as books
from ambassador.traffic.book import UNROUTED, Book
from ambassador.traffic.counts import SAMPLES, Counter
from ambassador.traffic.wire import MalformedRecordsError, records

NOW = 1_800_000_000.0
WEB = "mapping/default/web"


def test_given_requests_then_they_are_counted_by_route_and_class() -> None:
    book = Book(NOW)
    book.enter(logged(WEB, WEB, "mapping/default/api", UNROUTED), NOW)
    for status in (101, 204, 301, 404, 503, 500, 0, 999):
        book.enter(logged(WEB, status=status), NOW + 1)
    counts = book.counts(NOW + 2)
    assert counts[WEB].classes == (2, 1, 3, 1, 1, 2)
    assert (counts[WEB].requests, counts[WEB].failed, counts[WEB].last_seen) == (10, 4, NOW + 1)
    assert (counts["mapping/default/api"].requests, counts[UNROUTED].requests) == (1, 1)
    assert book.totals(NOW + 2).requests == 12


def test_given_the_last_minute_then_only_it_makes_the_rate() -> None:
    book = Book(NOW)
    for second in range(200):
        book.enter(logged(WEB, WEB), NOW + second)
        book.enter(logged(WEB, status=503), NOW + second)
        count, totals = book.counts(NOW + second)[WEB], book.totals(NOW + second)
        assert count.requests == 3 * (second + 1)
        assert count.recent == 3 * count.recent_failed <= 180
        assert 55 <= totals.seconds < 60 or second < 60
    assert (count.recent, totals.seconds) == (3 * 60, 59)
    assert [book.counts(NOW + 199 + later)[WEB].recent for later in (0, 30, 54, 56, 3600)] == [180, 90, 15, 0, 0]
    book.enter(logged(WEB), NOW + 5000)
    assert book.counts(NOW + 5000)[WEB].recent == 1


def test_given_a_clock_that_is_set_back_then_nothing_is_lost() -> None:
    book = Book(NOW)
    book.enter(logged(WEB), NOW)
    book.enter(logged(WEB), NOW - 1000)
    assert book.counts(NOW)[WEB].requests == 2
    assert book.totals(NOW - 1000).seconds == 1


def test_given_samples_then_the_newest_ones_are_kept_and_redacted() -> None:
    book = Book(NOW)
    for number in range(25):
        book.enter(logged(WEB, path=f"/p/{number}?token=hunter2"), NOW + number)
    found = book.samples(WEB)
    assert {one.path for one in found} == {f"/p/{number}?token=…" for number in range(15, 25)}
    (first, *_) = found
    assert (first.method, first.authority, first.status, first.flags) == ("GET", "shop.example.com", 200, "")
    assert (first.time, first.milliseconds, first.backend) == (START, 12.345, "10.0.0.7:8080")
    assert book.samples("mapping/default/none") == ()


def test_given_values_in_a_query_then_they_are_nowhere_in_the_book() -> None:
    book = Book(NOW)
    book.enter(logged(WEB, path="/x?token=hunter2"), NOW)
    kept = repr((book, book.samples(WEB)))
    assert "/x?token=" in kept
    assert "hunter2" not in kept


def test_given_a_burst_then_it_is_kept_whole_and_a_flood_is_sampled_evenly() -> None:
    book = Book(NOW)
    burst = records(message(*(entry(WEB, path=f"/{number}") for number in range(SAMPLES))))
    book.enter(burst, NOW)
    assert len({one.path for one in book.samples(WEB)}) == SAMPLES
    flood = records(message(*(entry(WEB, path=f"/f/{number}") for number in range(1000))))
    book.enter(flood, NOW)
    assert not any(one.path.startswith("/f/") for one in book.samples(WEB))
    book.enter(flood, NOW + 1.25)
    numbers = sorted(int(one.path[3:]) for one in book.samples(WEB) if one.path.startswith("/f/"))
    assert numbers == [199, 399, 599, 799, 999]


def test_given_a_flood_with_a_few_failures_then_samples_of_both_are_taken() -> None:
    book = Book(NOW)
    for second in range(3):
        book.enter(records(message(*[entry(WEB)] * 500, *[entry(WEB, 503)] * 3)), NOW + second)
        book.enter(records(message(*[entry(WEB, 503)] * 3, *[entry(WEB)] * 500)), NOW + second + 0.5)
    assert {one.status for one in book.samples(WEB)} == {200, 503}


def test_given_routes_that_are_gone_then_they_are_forgotten_and_the_total_stays() -> None:
    book = Book(NOW)
    book.enter(logged("a", "b", UNROUTED), NOW)
    book.forget_all_but({"b", "c"})
    assert set(book.counts(NOW)) == {"b", UNROUTED}
    assert book.totals(NOW).requests == 3


def test_given_a_record_that_cannot_be_shown_then_all_are_counted_and_it_is_said() -> None:
    book = Book(NOW)
    with pytest.raises(MalformedRecordsError):
        book.enter(records(message(entry("a"), entry("b") + b"\nmore", entry("c"))), NOW)
    assert {name: one.requests for name, one in book.counts(NOW).items()} == {"a": 1, "b": 1, "c": 1}
    assert (len(book.samples("a")), len(book.samples("b"))) == (1, 0)


def test_given_more_routes_than_there_is_room_for_then_the_rest_is_told_as_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(books, "MOST_ROUTES", 3)
    book = Book(NOW)
    book.enter(logged("a", "b", "c", "d", "a", "e"), NOW)
    book.drop(5)
    assert set(book.counts(NOW)) == {"a", "b", "c"}
    assert (book.totals(NOW).requests, book.totals(NOW).dropped) == (11, 7)


def test_given_many_routes_with_all_their_samples_then_the_book_stays_small() -> None:
    """A tenth of ten thousand routes, with ten samples each."""
    pattern = message(*[entry("mapping/default/name-00000", path="/some/path/x1")] * SAMPLES)
    data = [records(pattern.replace(b"-00000", f"-{number:05d}".encode())) for number in range(1000)]
    book = Book(NOW)
    gc.collect()
    tracemalloc.start()
    try:
        for one in data:
            book.enter(one, NOW)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(book.samples("mapping/default/name-00999")) == SAMPLES
    assert size < 3_500_000


def test_given_a_reader_then_the_writer_gets_on_and_every_count_is_whole() -> None:
    book = Book(NOW)
    data = logged(*(f"r{number}" for number in range(500)))
    book.enter(data, NOW)
    stopped = threading.Event()
    broken: list[str] = []

    def read() -> None:
        while not stopped.is_set():
            counts = book.counts(NOW)
            broken.extend(name for name, one in counts.items() if one.requests != one.recent)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(30):
        book.enter(data, NOW)
    stopped.set()
    reader.join()
    assert broken == []
    assert {one.requests for one in book.counts(NOW).values()} == {31}


def test_given_nothing_to_spend_then_no_sample_is_granted_until_time_has_passed() -> None:
    counter = Counter()
    assert [counter.may_sample(100, NOW), counter.may_sample(100, NOW), counter.may_sample(1, NOW + 0.125)] == [
        10,
        0,
        0,
    ]
    assert counter.may_sample(5, NOW + 0.5) == 2
    assert counter.may_sample(100, NOW + 1000) == 10
