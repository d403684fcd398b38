"""The answer on the page, in a real browser: the way, the candidates, what is folded, how it follows revisions."""

from __future__ import annotations

from typing import Any

import pytest
from page_bench import Page, fake_data, fake_explain
from selenium.webdriver.common.by import By

pytest_plugins = ["page_fixtures"]

QUESTION = "?url=http://shop.example.com:8080/cart/items"
Json = dict[str, Any]


def opened(page: Page, address: str = QUESTION, **view: Any) -> None:
    page.open(address, **view)
    page.until(lambda: not page.run("document.getElementById('answer').hidden"))


def stations(page: Page) -> list[str]:
    return [station.text for station in page.browser.find_elements(By.CSS_SELECTOR, ".way > li")]


def candidates(page: Page) -> list[str]:
    return [row.text.replace("\n", " ") for row in page.browser.find_elements(By.CSS_SELECTOR, ".candidates > li")]


def ended(outcome: str, name: str, because: str) -> Any:
    """Makes of an answer one that ends early."""

    def change(answer: Json) -> Json:
        if "outcome" not in answer:
            return answer
        answer["steps"][2:] = [fake_explain.step("answer", name, because)]
        return {**answer, "outcome": outcome, "winner": None, "alternatives": [], "summary": f"It ends: {name}"}

    return change


def test_given_an_answer_then_its_sentence_comes_first_and_its_way_names_what_decided_at_each_station(
    page: Page,
) -> None:
    opened(page)
    assert page.text("summary") == "GET /cart/items goes to cart.default:80 by default/cart-1, in 80 % of cases"
    assert page.text("said") == page.text("summary")
    listener, host, route, backend = stations(page)
    assert "Listener" in listener and "port 8080 takes HTTP" in listener and "spec.port" in listener
    assert "any host" in host and "no other host matches the name" in host
    assert "path begins with /cart/" in route and "shop.yaml:24" in route and "spec.prefix" in route
    assert "80 %" in route and "20 %" in route and "default/cart-next" in route
    assert "90 %" in backend and "cart-b.default:80" in backend and "no endpoints" in backend
    assert "all 2 healthy now" in backend and "1 of 3 endpoints healthy" in backend


def test_given_an_answer_then_what_happens_on_the_way_near_misses_and_candidates_follow(page: Page) -> None:
    opened(page)
    shown = page.text("answer")
    parts = ["its prefix is replaced by /", "/items (was /cart/items)", "cart.internal", "it is on host api"]
    places = [shown.index(text) for text in [*parts, "default/other-0"]]
    assert places == sorted(places)
    taken = candidates(page)
    assert [row.split(" default/")[0] for row in taken] == ["1 No match", "2 No match", "3 Takes it", "4 Shares it"]
    assert "its condition number 0 fails spec.headers.x-canary" in taken[0]
    details = page.browser.find_element(By.CSS_SELECTOR, "#answer details")
    assert "user-agent" not in details.text
    details.find_element(By.TAG_NAME, "summary").click()
    assert "curl/8.14.1" in details.text


def test_given_a_route_behind_the_winner_that_matches_too_then_it_is_called_too_late_not_failed(page: Page) -> None:
    def without_alternatives(answer: Json) -> Json:
        if "candidates" in answer:
            answer["candidates"][1]["matched"] = True
        return {**answer, "alternatives": []}

    page.watcher.explain = without_alternatives
    opened(page)
    assert candidates(page)[1].startswith("2 No share default/other-1")
    assert candidates(page)[3].startswith("4 Too late default/cart-next")


def test_given_objects_of_a_cluster_then_they_are_named_where_a_file_has_its_line(page: Page) -> None:
    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: "cluster" if key == "origin" else moved(inner) for key, inner in value.items()}
        return [moved(inner) for inner in value] if isinstance(value, list) else value

    page.watcher.explain = moved
    opened(page)
    assert "Mapping default/cart-1 spec.prefix" in stations(page)[2].replace("\n", " ")
    assert "Mapping default/other-0" in candidates(page)[0]


@pytest.mark.parametrize(
    ("outcome", "name", "because"),
    [
        ("not_found", "404", "no route of this host matches"),
        ("redirect", "301", "sent to https://shop.example.com/cart/items"),
        ("no_listener", "closed", "nothing listens on port 81"),
        ("respond", "500", "the route is closed because of an error"),
    ],
)
def test_given_a_request_that_ends_early_then_its_last_station_says_so(
    page: Page, outcome: str, name: str, because: str
) -> None:
    page.watcher.explain = ended(outcome, name, because)
    opened(page)
    assert page.text("summary") == f"It ends: {name}"
    assert len(stations(page)) == 3
    assert name in stations(page)[-1] and because in stations(page)[-1]
    assert page.run("document.querySelector('.way > li:last-child').dataset.end") == outcome
    assert "What happens on the way" not in page.text("answer")


def test_given_thousands_of_candidates_then_the_nearest_are_shown_and_the_others_unfold(page: Page) -> None:
    def many(answer: Json) -> Json:
        if "outcome" not in answer:
            return answer
        rows = [fake_explain.candidate(order, False) for order in range(1, 600)]
        won = {**fake_explain.candidate(2, True), "order": 600}
        near = {**rows[300], "path": "spec.headers.x-canary", "route": "default/nearly"}
        winner = {**answer["winner"], "order": 600}
        return {
            **answer,
            "candidates": [*rows[:300], near, *rows[301:], won],
            "winner": winner,
            "alternatives": [],
            "total": 10_000,
            "omitted": 9_400,
        }

    page.watcher.explain = many
    opened(page)
    shown = candidates(page)
    assert len(shown) < 12 and "Takes it" in shown[-1]
    assert any("default/nearly" in row for row in shown)
    assert "10,000 routes of any host" in page.text(
        "answer"
    ) and "9,400 more routes of this host are left out" in page.text("answer")
    page.browser.find_element(By.CSS_SELECTOR, ".fold button").click()
    assert len(candidates(page)) > 200
    assert page.run("document.activeElement.closest('.candidate') !== null")


def test_given_a_click_on_an_object_then_its_yaml_opens_with_the_deciding_field_marked(page: Page) -> None:
    opened(page)
    page.browser.find_element(By.CSS_SELECTOR, ".way > li[data-kind='route'] .place a").click()
    page.until(lambda: "Mapping default/cart-1" in page.text("details"))
    assert page.browser.current_url.endswith("#object=Mapping/default/cart-1&field=spec.prefix")
    assert page.browser.find_element(By.CSS_SELECTOR, "#details [data-marked]").text == "26\n  prefix: /cart/"
    assert "url=" in page.browser.current_url and not page.run("document.getElementById('answer').hidden")
    page.browser.find_element(By.CSS_SELECTOR, "#details .close").click()
    page.until(lambda: page.run("document.getElementById('details').hidden"))
    assert page.run("document.activeElement.closest('.place') !== null")


def test_given_a_new_revision_then_the_answer_is_asked_again_and_says_when_it_changed(page: Page) -> None:
    opened(page)
    first = page.watcher.revision
    page.run("document.getElementById('summary').dataset.kept = 'yes'")
    page.watcher.publish(fake_data.listeners(5))
    page.until(lambda: f"As of revision {first + 1}" in page.text("answer"))
    assert page.run("document.getElementById('summary').dataset.kept") == "yes"
    page.watcher.explain = ended("not_found", "404", "no route of this host matches")
    page.watcher.publish(fake_data.listeners(5))
    page.until(lambda: page.text("summary") == "It ends: 404")
    assert f"Changed with revision {first + 2}" in page.text("answer")
    page.watcher.overview["envoy"].update({"acknowledged": False, "acknowledged_revision": first})
    page.watcher.revision += 1
    page.watcher.overview["revision"] = first + 3
    page.until(lambda: f"revision {first + 3}, which Envoy has not acknowledged yet" in page.text("answer"))


def test_given_one_revision_then_the_answer_is_asked_again_after_a_while_since_backends_come_and_go(page: Page) -> None:
    def dead(answer: Json) -> Json:
        if answer.get("winner"):
            answer["winner"]["backends"] = [{**answer["winner"]["backends"][0], "endpoints": 4, "healthy": 1}]
        return answer

    opened(page)
    page.watcher.explain = dead
    page.run("((now) => { performance.now = () => now() + 60000; })(performance.now.bind(performance))")
    page.until(lambda: "1 of 4 endpoints healthy" in page.text("answer"))
    assert f"As of revision {page.watcher.revision}" in page.text("answer")


def test_given_an_answer_then_it_and_its_address_can_be_copied(page: Page) -> None:
    opened(page)
    page.run("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
    for label, expected in (
        ("Copy as curl", "curl 'http://shop.example.com:8080/cart/items'"),
        ("Copy link", page.browser.current_url),
    ):
        page.browser.find_element(By.XPATH, f"//button[text()='{label}']").click()
        page.until(lambda expected=expected: page.run("window.copied") == expected)
    page.until(lambda: "Copied" in page.text("answer"))


@pytest.mark.parametrize(("width", "dark"), [(360, False), (375, True), (1280, False)])
def test_given_long_names_then_nothing_is_wider_than_the_screen(page: Page, width: int, dark: bool) -> None:
    def stretched(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: inner if key in ("outcome", "kind") else stretched(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [stretched(inner) for inner in value]
        return value + "long" * 100 if isinstance(value, str) and value else value

    page.watcher.explain = stretched
    opened(page, width=width, height=812, dark=dark)
    assert page.run("document.documentElement.scrollWidth") <= width
    assert len(stations(page)) == 4
