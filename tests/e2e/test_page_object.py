"""An object's YAML, what would match a route, and what arrives at it, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from page_bench import Page, fake_data, fake_explain
from selenium.webdriver.common.by import By

pytest_plugins = ["page_fixtures"]

OBJECT = "#object=Mapping/default/cart-1&field=spec.prefix"
ROUTE = "#route=default%2Fcart-1"
MANY = 10_000
Json = dict[str, Any]


def opened(page: Page, address: str, text: str, **view: Any) -> str:
    page.open(address, **view)
    page.until(lambda: text in page.text("details"))
    return page.text("details")


def test_given_an_object_then_its_yaml_verdicts_routes_and_envoys_words_are_shown(page: Page) -> None:
    shown = opened(page, OBJECT, "At Envoy")
    parts = ["accepted", "examples/shop.yaml:22", "Marked: spec.prefix", "22\napiVersion: getambassador.io/v3alpha1"]
    parts += ["28\n  timeout: 3\nWarning: unknown field timeout", "Host default/all", "any host on http-8080, number 3"]
    parts += [
        "2 lines are left out",
        "the object’s own",
        "60 routes",
        "and 59 more routes",
        "cluster c80",
        "refused",
        "bad port",
    ]
    flat = " ".join(shown.split())
    assert [part for part in parts if " ".join(part.split()) not in flat] == []
    assert page.run("[...document.querySelectorAll('.yaml [data-marked]')].length") == 1


def test_given_a_field_that_nobody_wrote_then_the_view_says_that_its_default_counts(page: Page) -> None:
    assert "Not written here, so its default counts: spec.rewrite" in opened(
        page, "#object=Mapping/default/cart-1&field=spec.rewrite", "At Envoy"
    )


@pytest.mark.parametrize(
    ("address", "text"), [("#object=Mapping/default/gone", "no such object"), ("#object=x", "KIND/NAMESPACE/NAME")]
)
def test_given_an_object_that_is_not_there_then_the_panel_says_so(page: Page, address: str, text: str) -> None:
    opened(page, address, text)


def test_given_a_problem_or_a_row_then_its_object_is_one_click_away(page: Page) -> None:
    page.watcher.problems = fake_data.problems(1)
    page.open()
    page.until(lambda: len(page.names()) == 5)
    page.browser.find_element(By.CSS_SELECTOR, "#problem-list a").click()
    page.until(lambda: page.run("location.hash") == "#object=Mapping/default/quote-0&field=spec.service")
    page.until(lambda: "Mapping default/quote-0" in page.text("details"))
    page.run("document.querySelector('#details .close').click()")
    page.browser.find_element(By.CSS_SELECTOR, "a.route[data-name='default/cart-1'] ~ .from a").click()
    page.until(lambda: page.run("location.hash") == "#object=Mapping/default/cart-1")


def test_given_a_route_then_requests_that_reach_it_are_one_click_from_their_explanation(page: Page) -> None:
    opened(page, ROUTE, "any host on http-8080")
    assert "curl http://shop.example.com:8080/cart/" in page.text("details")
    page.browser.find_element(By.PARTIAL_LINK_TEXT, "GET http://shop.example.com:8080/cart/").click()
    page.until(lambda: "GET /cart/ goes to" in page.text("answer"))
    assert page.run("location.hash") == "" and page.run("document.getElementById('details').hidden")


def test_given_an_unreachable_route_then_the_panel_says_what_takes_its_requests(page: Page) -> None:
    shown = opened(page, "#route=default%2Fusers-3", "Unreachable")
    assert "Mapping default/shop takes all of its requests first" in shown


def test_given_traffic_then_rows_say_how_much_arrives_and_how_much_of_it_succeeds(page: Page) -> None:
    page.watcher.traffic = {
        "default/quote-0": fake_explain.arrived(),
        "default/cart-1": fake_explain.arrived(7, 0.0, 100.0),
        "default/search-2": fake_explain.arrived(1, 0.0, None),
    }
    page.open()
    page.until(lambda: "3.2/s" in page.text("table"))
    cells = page.run("[...document.querySelectorAll('.row .live')].map((cell) => cell.textContent)")
    assert cells == ["3.2/s97.5 % ok", "7 requests100 % ok", "1 request", "", ""]
    assert page.text("unrouted") == "12 requests found no route"
    page.browser.find_element(By.CSS_SELECTOR, "#unrouted a").click()
    page.until(lambda: "Requests that found no route\nClose\nWhat arrives\n12 requests" in page.text("details"))
    assert page.browser.find_element(By.CSS_SELECTOR, ".samples a").text == "shop.example.com/cart/?token=…"
    page.watcher.traffic["default/quote-0"] = fake_explain.arrived(2000, 250.4, 99.97)
    page.until(lambda: "250/s" in page.text("table") and "99.9 % ok" in page.text("table"))


def test_given_ten_thousand_routes_with_traffic_then_rows_that_come_into_sight_have_their_figures(page: Page) -> None:
    page.watcher.publish(fake_data.listeners(MANY))
    names = (f"default/{fake_data.SERVICES[n % 8]}-{n}" for n in range(MANY))
    page.watcher.traffic = {name: fake_explain.arrived(at) for at, name in enumerate(names)}
    page.open()
    page.until(lambda: "3.2/s" in page.text("table"))
    for _ in range(3):
        page.run("window.scrollTo(0, document.documentElement.scrollHeight)")
        page.until(lambda: "default/stock-9999" in page.names())
    last = "document.querySelector('a.route[data-name=\"default/stock-9999\"] ~ .live').textContent"
    page.until(lambda: page.run(last) == "3.2/s97.5 % ok")
    # Only what is in sight was ever asked for.
    asked = {target for target in page.watcher.asked if target.startswith("/traffic")}
    assert "/traffic" not in asked
    assert any(target.endswith(f"offset={MANY - 100}") or f"offset={MANY - 200}" in target for target in asked)


def test_given_a_route_with_traffic_then_its_panel_shows_the_last_requests_and_follows_them(page: Page) -> None:
    page.watcher.traffic = {"default/cart-1": fake_explain.arrived()}
    shown = opened(page, ROUTE, "What arrives\n3.2/s")
    parts = ["97.5 % ok", "1,204 requests", "503", "12.5 ms", "shop.example.com/cart/?token=…", "to 10.0.0.7:80"]
    assert [part for part in [*parts, "Envoy says UF, upstream_reset", "5xx: 30"] if part not in shown] == []
    page.watcher.traffic = {"default/cart-1": fake_explain.arrived(1300)}
    page.until(lambda: "1,300 requests" in page.text("details"))
    page.browser.find_element(By.CSS_SELECTOR, ".samples a").click()
    page.until(lambda: "GET /cart/ goes to" in page.text("answer"))
    assert page.run("new URLSearchParams(location.search).get('url')") == "https://shop.example.com/cart/"
    page.open(ROUTE)
    page.until(lambda: "1,300 requests" in page.text("details"))
    page.run("document.querySelector('#details .close').click()")
    page.until(lambda: page.run("document.getElementById('details').hidden"))
    page.open("#route=default%2Fquote-0")
    page.until(lambda: "Nothing has arrived" in page.text("details"))


def test_given_a_server_that_counts_nothing_then_there_is_no_column_and_it_is_not_asked_again(page: Page) -> None:
    page.watcher.traffic = None
    before = len(page.watcher.asked)
    opened(page, ROUTE, "any host on http-8080")
    seen = page.watcher.revision
    page.watcher.publish(fake_data.listeners(5))
    page.until(lambda: f"revision {seen + 1} is live" in page.text("sentence").lower())
    page.until(lambda: page.run("document.getElementById('table').dataset.live") == "none")
    all_routes = [target for target in page.watcher.asked[before:] if target.startswith("/traffic?limit=")]
    assert len(all_routes) == 1
    assert "What arrives" not in page.text("details")
    assert page.text("unrouted") == ""
