"""Finding one's way through the routing table, in a real browser."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from page_bench import Page, fake_data
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytest_plugins = ["page_fixtures"]

MANY = 10_000


def test_given_text_typed_then_the_watcher_filters_and_the_rest_goes(page: Page) -> None:
    page.watcher.publish(fake_data.listeners(MANY))
    page.open()
    page.until(lambda: page.text("shown") == "10,000 routes")
    page.press("/")
    page.press("cart-1")
    page.until(lambda: "matches" in page.text("shown") and page.names())
    assert all("cart-1" in name for name in page.names())
    assert any("q=cart-1" in asked for asked in page.watcher.asked)
    page.type_filter("zzz")
    page.until(lambda: "No route matches cart-1zzz." in page.text("empty"))
    page.browser.find_element(By.CSS_SELECTOR, "#empty button").click()
    page.until(lambda: page.text("shown") == "10,000 routes")


def test_given_a_host_is_chosen_then_only_its_routes_stay_until_all_are_asked_for(page: Page) -> None:
    page.open()
    page.until(lambda: len(page.names()) == 5)
    page.browser.find_element(By.CSS_SELECTOR, "[data-host='shop-2.example.com']").click()
    page.until(lambda: page.names() == ["default/search-2"])
    page.browser.find_element(By.CSS_SELECTOR, "#chosen-host button").click()
    page.until(lambda: len(page.names()) == 5)


def test_given_ten_thousand_routes_then_only_those_in_sight_are_in_the_document_and_the_last_can_be_reached(
    page: Page,
) -> None:
    page.watcher.publish(fake_data.listeners(MANY))
    page.open()
    page.until(lambda: len(page.names()) >= 100)
    for _ in range(3):
        page.run("window.scrollTo(0, document.documentElement.scrollHeight)")
        page.until(lambda: "default/stock-9999" in page.names())
    page.until(lambda: len(page.names()) <= 300, "windows out of sight stay in the document")


def at_rest(page: Page) -> Any:
    """Name and height on the screen of the row in its middle, once nothing around it is still to come."""
    empty = "[...document.querySelectorAll('.window:empty')].map((one) => one.getBoundingClientRect())"
    if page.run(f"{empty}.some((box) => box.bottom > -1100 && box.top < 2000)"):
        return None
    row = "document.elementFromPoint(600, 500)?.closest('a.route')"
    return page.run(f"(row => row && [row.dataset.name, Math.round(row.getBoundingClientRect().top)])({row})")


def test_given_a_new_revision_then_the_page_follows_and_keeps_filter_and_place(page: Page) -> None:
    page.watcher.publish(fake_data.listeners(MANY))
    page.open()
    page.until(lambda: len(page.names()) >= 100)
    page.type_filter("prefix")
    page.until(lambda: "matches" in page.text("shown") and len(page.names()) >= 100)
    page.run("window.scrollTo(0, 30000)")
    place = page.until(lambda: at_rest(page))
    changed = fake_data.listeners(MANY)
    for host in changed[0]["hosts"]:
        for route in host["routes"]:
            route["source"]["name"] = "renamed"
    page.watcher.publish(changed)
    page.until(lambda: "renamed" in page.text("table"))
    assert page.run("document.getElementById('filter').value") == "prefix"
    assert page.until(lambda: at_rest(page)) == place


def test_given_only_a_keyboard_then_rows_can_be_walked_opened_and_closed(page: Page) -> None:
    page.open()
    page.until(lambda: len(page.names()) == 5)
    focused = "document.activeElement.dataset.name"
    page.press("j")
    page.press("j")
    page.press(Keys.ARROW_DOWN)
    assert page.run(focused) == "default/search-2"
    page.press("k")
    assert page.run(focused) == "default/cart-1"
    page.press(Keys.ENTER)
    page.until(lambda: "up to 3 times on 5xx" in page.text("details"))
    assert page.run("document.activeElement.id") == "details"
    assert page.browser.current_url.endswith("#route=default%2Fcart-1")
    page.press(Keys.ESCAPE)
    page.until(lambda: page.run("document.getElementById('details').hidden"))
    assert page.run(focused) == "default/cart-1"
    assert "#" not in page.browser.current_url
    assert page.run("document.querySelectorAll('a.route[tabindex=\"0\"]').length") == 1


def test_given_a_link_to_a_route_far_down_then_its_details_open_with_its_problems(page: Page) -> None:
    page.watcher.problems = fake_data.problems(6)
    page.watcher.publish(fake_data.listeners(MANY))
    page.open("#route=default%2Fstock-9999")
    page.until(lambda: "stock-9999" in page.text("details"))
    assert "shop-19.example.com, HTTPS on port 8443, number 500" in page.text("details")
    page.open("#route=default%2Fimages-5")
    page.until(lambda: "InvalidPattern" in page.text("details"))
    page.open("#route=gone")
    page.until(lambda: "No route has this name" in page.text("details"))


def test_given_a_route_is_open_and_changes_then_its_details_follow(page: Page) -> None:
    page.open("#route=default%2Fquote-0")
    page.until(lambda: "quote.default:80" in page.text("details"))
    changed = fake_data.listeners(5)
    changed[0]["hosts"][0]["routes"][0]["backends"] = [fake_data.backend("other", 100)]
    page.watcher.publish(changed)
    page.until(lambda: "other.default:80" in page.text("details"))


def test_given_a_hidden_tab_then_nothing_is_asked_until_it_is_looked_at_again(page: Page) -> None:
    page.open()
    page.until(lambda: len(page.names()) == 5)
    asked = page.watcher.asked
    page.run("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")

    def nothing_is_asked() -> bool:
        seen = len(asked)
        return not threading.Event().wait(1.6) and len(asked) == seen

    page.until(nothing_is_asked, "it goes on asking after the questions that were already due")
    seen = len(asked)
    page.run("delete document.hidden")
    page.run("document.dispatchEvent(new Event('visibilitychange'))")
    page.until(lambda: len(asked) > seen)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("address", ["", "#route=default%2Fsearch-2"])
def test_given_a_phone_and_long_names_then_nothing_is_wider_than_the_screen(
    page: Page, dark: bool, address: str
) -> None:
    listeners = fake_data.listeners(40)
    longest = listeners[0]["hosts"][1]
    longest["hostname"] = "a-host-name-" * 9 + ".example.com"
    longest["routes"][0]["match"]["path"]["value"] = "/" + "path" * 50
    longest["routes"][0]["backends"][0]["service"] = "service" * 20
    page.watcher.problems = [{**fake_data.problems(1)[0], "message": "x" * 300, "path": "spec." + "y" * 200}]
    page.watcher.publish(listeners)
    page.open(address, width=375, height=812, dark=dark)
    page.until(lambda: len(page.names()) == 40)
    assert page.run("document.documentElement.scrollWidth") <= 375


def test_given_a_screen_reader_then_everything_to_press_has_a_name_and_the_parts_are_landmarks(page: Page) -> None:
    page.open("#route=default%2Fcart-1")
    page.until(lambda: "What would match here" in page.text("details"))
    unnamed = """[...document.querySelectorAll('a, button, input, textarea, select')]
        .filter((one) => !one.textContent.trim() && !one.ariaLabel && !one.labels?.length).length"""
    assert page.run(unnamed) == 0
    assert page.run("['header', 'main', 'aside', 'footer'].every((tag) => document.querySelector(tag))")
    assert page.run("document.querySelectorAll('h1').length") == 1
    assert page.run("document.documentElement.lang") == "en"
