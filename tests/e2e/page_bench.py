"""A real browser in front of the real app, in front of a fake watcher. The fixtures lie in `page_fixtures.py`."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.free_ports import free_port

HOME = Path(__file__).parents[2]
PATIENCE = 15.0
FAILED_ON_PURPOSE = ("503 (SERVICE UNAVAILABLE)", "400 (BAD REQUEST)", "404 (NOT FOUND)")

sys.path.insert(0, str(HOME / "tests" / "unit" / "diag"))
fake_report: Any = importlib.import_module("fake_report")
fake_data: Any = importlib.import_module("fake_data")
fake_explain: Any = importlib.import_module("fake_explain")


@dataclass(slots=True)
class Page:
    """The page in a browser, and the watcher behind it."""

    browser: Chrome
    url: str
    watcher: Any
    stop_watcher: Callable[[], None]
    start_watcher: Callable[[], None]

    def open(self, address: str = "", width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """A fresh page, when the state has been shown."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.browser.get("about:blank")
        self.browser.get(self.url + address)
        self.until(lambda: "Asking" not in self.text("sentence"))

    def until(self, holds: Callable[[], Any], what: str = "it never came to hold") -> Any:
        wait = WebDriverWait(self.browser, PATIENCE, 0.03, [StaleElementReferenceException])
        return wait.until(lambda _: holds(), what)

    def text(self, identity: str) -> str:
        return self.browser.find_element(By.ID, identity).text

    def run(self, script: str) -> Any:
        return self.browser.execute_script(f"return {script}")

    def names(self) -> list[str]:
        """Names of the rows that are in the document."""
        return list(self.run("[...document.querySelectorAll('a.route')].map((row) => row.dataset.name)"))

    def press(self, keys: str) -> None:
        self.browser.switch_to.active_element.send_keys(keys)

    def type_filter(self, text: str) -> None:
        self.browser.find_element(By.ID, "filter").send_keys(text)


def complaints(browser: Chrome) -> list[str]:
    """What the console holds against us. What a test makes fail is no fault of the page."""
    severe = [line["message"] for line in browser.get_log("browser") if line["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
    return [line for line in severe if "/api/" not in line or not any(one in line for one in FAILED_ON_PURPOSE)]


@contextmanager
def running_app(browser: Chrome, state: Path) -> Iterator[Page]:
    watcher, envoy = fake_report.FakeWatcher().fill(5, 0), fake_report.FakeEnvoy()
    address = state / "report.sock"
    servers: list[Any] = []

    def start() -> None:
        if not servers:
            servers.append(fake_report.serve(watcher.answer, address, watcher.etag))

    def stop() -> None:
        for server in servers:
            server.shutdown()
            server.server_close()
            address.unlink()
        servers.clear()

    start()
    with fake_report.running(envoy.answer, 0) as admin, gunicorn(state, admin.server_address[1]) as port:
        yield Page(browser, f"http://127.0.0.1:{port}/ambassador/v0/diag/", watcher, stop, start)
    stop()


@contextmanager
def gunicorn(state: Path, envoy_port: int) -> Iterator[int]:
    port = free_port()
    environ = {
        "AMBASSADOR_STATE_DIR": str(state),
        "AMBASSADOR_DIAG_PORT": str(port),
        "AMBASSADOR_ADMIN_PORT": str(envoy_port),
        "AMBASSADOR_READY_PORT": str(envoy_port),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", str(HOME / "diag/gunicorn.conf.py"), "diag.wsgi:app"]
    with subprocess.Popen(command, cwd=HOME, env=os.environ | environ) as process:
        try:
            wait_until_served(port, process)
            yield port
        finally:
            process.kill()


def wait_until_served(port: int, process: subprocess.Popen[bytes]) -> None:
    client: Any = importlib.import_module("diag.client")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(client.Unavailable):
            client.envoy(port, "diag").get("/ambassador/v0/check_alive").body.close()
            return
        time.sleep(0.02)
    raise WebDriverException("diag did not start")
