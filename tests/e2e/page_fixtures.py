"""Fixtures for `test_page_*.py`. Skipped, with the reason, where no browser is installed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_bench import Page, complaints, running_app
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no chromium and chromedriver on this machine")
    options = ChromeOptions()
    options.binary_location = chromium
    with tempfile.TemporaryDirectory(prefix="page", ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        chrome = Chrome(options=options, service=Service(driver))
        try:
            yield chrome
        finally:
            chrome.quit()


@pytest.fixture(scope="module")
def page_server(browser: Chrome) -> Iterator[Page]:
    with tempfile.TemporaryDirectory(prefix="page") as folder, running_app(browser, Path(folder)) as page:
        yield page


@pytest.fixture
def page(page_server: Page) -> Iterator[Page]:
    """A watcher with five routes and nothing wrong. Afterwards the console must hold no complaint."""
    page_server.watcher.revision += 1
    page_server.watcher.fill(5, 0)
    page_server.watcher.traffic, page_server.watcher.explain = {}, lambda answer: answer
    complaints(page_server.browser)
    yield page_server
    page_server.start_watcher()
    assert complaints(page_server.browser) == []
