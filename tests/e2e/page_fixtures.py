"""Fixtures for `test_page_*.py`. Skipped, with the reason, where no browser is installed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from page_bench import Page, complaints, running_app
from selenium.webdriver import Chrome

from tests.browser import opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    with opened() as chrome:
        yield chrome


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
