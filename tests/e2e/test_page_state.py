"""What the page says about the state, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from page_bench import Page, fake_data
from selenium.webdriver.common.by import By

pytest_plugins = ["page_fixtures"]

MARKUP = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"


def test_given_a_live_revision_then_the_page_says_so_and_lists_the_routes_in_order(page: Page) -> None:
    page.open()
    page.until(lambda: len(page.names()) == 5)
    assert page.text("sentence") == f"Revision {page.watcher.revision} is live."
    assert page.text("shown") == "5 routes"
    assert page.names() == [f"default/{name}" for name in ("quote-0", "cart-1", "search-2", "users-3", "billing-4")]
    table = page.text("table")
    expected = [
        *("HTTP on port 8080", "HTTPS on port 8443", "shop-1.example.com", "TLS default/shop-cert", "90 %"),
        *("cart-next.default:80", "x-canary = yes", "redirect", "cors", "shop.yaml:22", "25 % of its group"),
    ]
    assert [text for text in expected if text not in table] == []


def test_given_very_many_problems_then_some_are_fetched_all_are_counted_and_more_come_on_demand(page: Page) -> None:
    page.watcher.problems = fake_data.problems(250)
    page.watcher.revision += 1
    before = len(page.watcher.asked)
    page.open()
    items = "document.querySelectorAll('#problem-list li').length"
    page.until(lambda: page.run(items) == 5)
    errors = sum(one["severity"] == "error" for one in page.watcher.problems)
    assert page.text("problems-heading") == f"{errors} errors, {250 - errors} warnings"
    for shown, left in ((105, "Show 100 more of 250"), (205, "Show 45 more of 250"), (250, "")):
        page.browser.find_element(By.ID, "more-problems").click()
        page.until(lambda shown=shown: page.run(items) == shown)
        assert page.text("more-problems") == left
    asked = [target for target in page.watcher.asked[before:] if target.startswith("/problems")]
    assert asked == [f"/problems?limit={limit}" for limit in (100, 105, 205, 305)]


def test_given_problems_then_they_come_first_with_place_field_and_way_out(page: Page) -> None:
    page.watcher.fill(5, 30)
    page.open()
    page.until(lambda: "did you mean quote?" in page.text("problems"))
    shown = page.text("problems")
    assert "15 errors, 15 warnings" in shown or "16 errors, 14 warnings" in shown
    assert "examples/shop.yaml:14" in shown and "spec.service" in shown and "Mapping default/quote-0" in shown
    assert "Warning" not in shown
    above = "document.querySelector('#problems').compareDocumentPosition(document.querySelector('#table'))"
    assert page.run(above) == 4
    page.browser.find_element(By.ID, "more-problems").click()
    assert len(page.browser.find_elements(By.CSS_SELECTOR, "#problem-list li")) == 30
    assert page.text("sentence").endswith("errors.")


STATES: list[tuple[dict[str, Any], str, str]] = [
    ({"acknowledged": False, "acknowledged_revision": None}, "is on its way to Envoy.", "Nothing is live yet."),
    ({"acknowledged": False, "acknowledged_revision": 3}, "is on its way to Envoy.", "Revision 3 is live until then."),
    ({"connected": False}, "waits for Envoy to connect.", ""),
    (
        {"acknowledged": False, "nacks": [{"type": "Cluster", "names": ["c1"], "message": MARKUP, "revision": 2}]},
        "Envoy refused part of revision",
        "",
    ),
]


@pytest.mark.parametrize(("envoy", "sentence", "explanation"), STATES)
def test_given_envoy_is_not_there_yet_then_the_page_says_which_step_is_missing(
    page: Page, envoy: dict[str, Any], sentence: str, explanation: str
) -> None:
    page.watcher.overview["envoy"].update(envoy)
    page.open()
    assert sentence in page.text("sentence")
    assert explanation in page.text("explanation")
    if envoy.get("nacks"):
        assert MARKUP in page.text("problems") and "c1" in page.text("problems")
    page.watcher.overview["envoy"].update(fake_data.overview(5, [], page.watcher.revision)["envoy"])
    page.until(lambda: page.text("sentence").endswith("is live."), "an acknowledgement within one revision is not seen")


def test_given_no_routes_then_the_page_says_what_to_do(page: Page) -> None:
    page.watcher.publish([])
    page.open()
    page.until(lambda: "Add a Mapping" in page.text("empty"))
    assert "nothing to route yet" in page.text("sentence")


def test_given_the_watcher_goes_and_comes_back_then_the_page_says_so_and_recovers(page: Page) -> None:
    page.open()
    page.until(lambda: len(page.names()) == 5)
    page.stop_watcher()
    page.until(lambda: page.text("sentence") == "The watcher does not answer.")
    assert "Envoy still answers" in page.text("explanation")
    assert len(page.names()) == 5
    page.watcher.publish(fake_data.listeners(7))
    page.start_watcher()
    page.until(lambda: len(page.names()) == 7 and page.text("sentence").endswith("is live."))


def test_given_markup_in_everything_a_manifest_can_say_then_it_is_shown_as_text(page: Page) -> None:
    def evil(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: evil(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [evil(inner) for inner in value]
        return MARKUP + value if isinstance(value, str) else value

    keep = fake_data.listeners(3)
    listeners = evil(keep)
    for listener, plain in zip(listeners, keep, strict=True):
        routes = [route for host in listener["hosts"] for route in host["routes"]]
        plain_routes = [route for host in plain["hosts"] for route in host["routes"]]
        for route, plain_route in zip(routes, plain_routes, strict=True):
            route["action"] = plain_route["action"]
    page.watcher.problems = evil(fake_data.problems(2))
    page.watcher.publish(listeners)
    page.watcher.overview["sources"] = evil(page.watcher.overview["sources"])
    page.open()
    page.until(lambda: len(page.names()) == 3)
    page.run("document.querySelector('a.route').click()")
    page.until(lambda: MARKUP in page.text("details"))
    for place in ("table", "path", "problems"):
        assert MARKUP in page.text(place)
    assert page.run("window.hacked === undefined && document.querySelectorAll('img').length === 1")
    assert page.run("document.querySelectorAll('script').length === 1")


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({"buckets": 0, "longest": 12, "copies": 0}, ""),
        ({"buckets": 1_500, "longest": 128, "copies": 7}, "in 1,500 buckets: at most 128 compared with a request"),
        ({"buckets": 3, "longest": 2_000, "copies": 9}, "a request may be compared with 2,000 routes, one by one"),
    ],
    ids=["few routes", "buckets", "a list that can't be sorted"],
)
def test_given_how_routes_are_laid_out_then_the_page_says_how_far_envoy_looks(
    page: Page, layout: dict[str, int], said: str
) -> None:
    page.watcher.overview["layout"] = layout
    page.open()
    page.until(lambda: said in page.text("path") and "cluster" in page.text("path"))
    assert bool(said) == ("compared with" in page.text("path"))
