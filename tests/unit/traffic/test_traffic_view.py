"""What pages and scripts are told of traffic."""

from __future__ import annotations

import orjson
import pytest
from logged import START, entry, logged, message

from ambassador.report.pages import Pages, Query
from ambassador.report.revision import Revision
from ambassador.report.traffic_view import TrafficQuery, traffic, traffic_query
from ambassador.traffic.book import Book
from ambassador.traffic.wire import records

NOW = 1_800_000_000.0


@pytest.fixture
def book() -> Book:
    book = Book(NOW)
    web = logged("m/default/web")
    book.enter([*web] * 29_999, NOW + 9)
    # All that may be sampled at once was; a second later there is room for one more.
    others = (entry("m/default/web", 503, "/x?a=b"), entry("m/default/api", 0), entry("", 404))
    book.enter(records(message(*others)), NOW + 10)
    return book


def test_given_traffic_then_each_route_that_has_some_has_counts(book: Book) -> None:
    found = traffic(book, TrafficQuery(), NOW + 20)
    assert list(found) == ["since", "total", "dropped", "recent_seconds", "unrouted", "routes"]
    assert [found[name] for name in ("since", "total", "dropped", "recent_seconds")] == [NOW, 30_002, 0, 20.0]
    assert list(found["routes"]) == ["m/default/api", "m/default/web"]
    assert found["routes"]["m/default/web"] == {
        "requests": 30_000,
        "per_second": 1500.0,
        "success_percent": 99.99,
        "recent": 30_000,
        "recent_success_percent": 99.99,
        "classes": {"2xx": 29_999, "5xx": 1},
        "last_seen": NOW + 10,
    }
    assert found["routes"]["m/default/api"]["classes"] == {"none": 1}
    assert found["routes"]["m/default/api"]["success_percent"] == 0
    assert found["unrouted"]["classes"] == {"4xx": 1}


def test_given_nothing_yet_then_there_are_no_routes_and_no_rates() -> None:
    found = traffic(Book(NOW), TrafficQuery(), NOW)
    assert (found["total"], found["routes"]) == (0, {})
    nothing = {"requests": 0, "per_second": 0.0, "success_percent": None, "recent": 0, "recent_success_percent": None}
    assert found["unrouted"] == {**nothing, "classes": {}, "last_seen": None}


@pytest.mark.parametrize(
    ("query", "routes"),
    [
        ("q=API", ["m/default/api"]),
        ("q=default+m/", ["m/default/api", "m/default/web"]),
        ("q=nothing", []),
        ("name=m/default/web", ["m/default/web"]),
        ("route=m/default/web&q=api", []),
        ("route=", []),
    ],
)
def test_given_a_query_then_only_these_routes_are_told(book: Book, query: str, routes: list[str]) -> None:
    assert list(traffic(book, traffic_query(query), NOW + 20)["routes"]) == routes


def test_given_a_name_with_capital_letters_then_words_find_it_in_any_case(book: Book) -> None:
    book.enter(logged("m/default/Foo"), NOW + 11)
    for query in ("q=Foo", "q=foo", "q=FOO+Default"):
        assert list(traffic(book, traffic_query(query), NOW + 20)["routes"]) == ["m/default/Foo"]


def test_given_a_route_then_its_samples_are_told(book: Book) -> None:
    found = traffic(book, traffic_query("route=m/default/web"), NOW + 20)
    assert list(found["routes"]) == ["m/default/web"]
    assert len(found["samples"]) == 10
    (failed,) = [one for one in found["samples"] if one["status"] == 503]
    assert failed == {
        "time": START,
        "method": "GET",
        "scheme": "https",
        "authority": "shop.example.com",
        "path": "/x?a=…",
        "status": 503,
        "flags": "",
        "details": "via_upstream",
        "ms": 12.345,
        "backend": "10.0.0.7:8080",
    }
    (unrouted,) = traffic(book, traffic_query("route="), NOW + 20)["samples"]
    assert unrouted["status"] == 404


def test_given_a_page_then_traffic_has_no_tag_and_is_not_there_when_nothing_is_counted(book: Book) -> None:
    pages = Pages(Revision, lambda: b"", "1", 0.0, book=book)
    body, tag = pages.answer("/traffic", Query(text="name=m/default/api")) or (b"", "x")
    assert list(orjson.loads(body)["routes"]) == ["m/default/api"]
    assert tag == ""
    assert Pages(Revision, lambda: b"", "1", 0.0).answer("/traffic", Query()) is None
