"""What a new user asks the page of `ambassador demo`, in a real browser in front of a real gateway."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_process import ANY_PORTS, started, until
from page_bench import Page, complaints
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytest_plugins = ["page_fixtures"]


def nothing() -> None:
    """The watcher is a real one: it comes and goes with its gateway."""


@pytest.fixture(scope="module")
def demo(browser: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, str]]:
    """The page, and where the gateway listens."""
    folder: Path = tmp_path_factory.mktemp("demo")
    with started(folder, "demo", f"--samples={folder / 'samples'}", *ANY_PORTS) as gateway:
        until(lambda: any("Ctrl-C" in line for line in gateway.lines) or gateway.process.poll() is not None, 60)
        (url,) = re.findall(r"http://\S+/diag/$", "\n".join(gateway.lines), re.MULTILINE)
        yield Page(browser, url, None, nothing, nothing), gateway.url()


def answered(page: Page, *texts: str) -> None:
    page.until(lambda: all(text in page.text("answer").replace("\n", " ") for text in texts), f"never said {texts}")


def marked(page: Page) -> str:
    """The marked line of the object that is open. Asked in one go: news from Envoy may show the object anew."""
    return str(
        page.until(lambda: page.run("document.querySelector('#details [data-marked] mark')?.textContent"))
    ).strip()


def test_given_the_demo_then_its_page_answers_what_a_new_user_asks(demo: tuple[Page, str]) -> None:
    page, gateway = demo
    complaints(page.browser)
    page.open()
    page.until(lambda: "/quote/" in page.text("suggestions"))
    page.browser.find_element(By.PARTIAL_LINK_TEXT, "/quote/").click()
    answered(page, "goes to quote", "mapping/default/quote", "The backend gets / (was /quote/)")
    page.browser.find_element(By.CSS_SELECTOR, ".way > li[data-kind='route'] .place a").click()
    assert marked(page) == "prefix: /quote/"
    page.press(Keys.ESCAPE)

    line = f"curl -s --compressed \\\n  -H 'x-beta: yes' {gateway}/shop/"
    page.press("e")
    page.browser.execute_cdp_cmd("Input.insertText", {"text": line})
    page.press(Keys.ENTER)
    answered(page, "goes to shop-beta", "Takes it mapping/default/shop-beta", "Too late mapping/default/shop")

    page.open(f"?url={gateway}/shop/")
    answered(page, "80 %", "20 %", "Shares it", "The header x-beta is missing")
    page.open(f"?url={gateway}/docs/a")
    answered(page, "302", "The client is sent to http://www.example.com/docs/a")
    page.open(f"?url={gateway}/nowhere&method=POST")
    answered(page, "404", "does not begin with /quote/")
    page.open("?url=http://a%20b/")
    page.until(lambda: "space" in page.text("ask-fault"))
    assert complaints(page.browser) == []


def test_given_the_demo_then_each_route_has_a_request_that_reaches_it(demo: tuple[Page, str]) -> None:
    page, _ = demo
    for name in ("quote", "shop-beta", "shop", "shop-canary", "docs"):
        page.open(f"#route=mapping%2Fdefault%2F{name}")
        page.until(lambda: page.browser.find_elements(By.CSS_SELECTOR, "#details .examples a"))
        page.browser.find_element(By.CSS_SELECTOR, "#details .examples a").click()
        answered(page, f"mapping/default/{name}")
        verdicts = page.browser.find_elements(By.CSS_SELECTOR, "[data-state='winner'], [data-state='shares']")
        assert any(f"mapping/default/{name}\n" in row.text for row in verdicts)


def test_given_requests_then_the_table_and_the_panel_show_that_they_arrive(demo: tuple[Page, str]) -> None:
    page, gateway = demo
    with urllib.request.urlopen(f"{gateway}/quote/x?token=secret", timeout=10) as answer:
        assert answer.status == 200
    page.open("#route=mapping%2Fdefault%2Fquote")
    page.until(lambda: "/quote/x?token=…" in page.text("details"))
    assert "100 % ok" in page.text("details") and "200" in page.text("details")
    page.until(lambda: "100 % ok" in page.text("table"))
    assert "secret" not in page.text("details")
    page.browser.find_element(By.CSS_SELECTOR, "#details .samples a").click()
    answered(page, f"GET {gateway}/quote/x goes to quote")
