"""A watcher (the real program) and a real Envoy on free loopback ports, and what tests ask of them.

Nothing here waits for a time to pass: every wait is for something that the watcher or Envoy says.
"""

import dataclasses
import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import wanted
import web_client
from wanted import Object
from web_client import Answer, Connection, Tls

from ambassador.cli import bootstrap, layout
from ambassador.ops.envoy_binary import envoy_path
from ambassador.settings import Settings, to_environment
from tests.free_ports import free_ports

_numbers = itertools.count(1)


def until(condition: Callable[[], object], seconds: float = 10.0, every: float = 0.01) -> None:
    """Waits for the condition; fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        threading.Event().wait(every)


class _ReportConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("watcher", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self._path))


class Gateway:
    """Watcher and Envoy, each of which can be killed and started again. `folder` holds everything they write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config"
        http_port, https_port, admin, ready, diag = free_ports(5)
        self.settings = Settings(
            config=(self.config,),
            bind="127.0.0.1",
            http_port=http_port,
            https_port=https_port,
            admin_port=admin,
            ready_port=ready,
            diag_port=diag,
            state=folder / "state",
            drain_timeout=1.0,
            json_logging=True,
        )
        self.program = ["-m", "ambassador"]
        self.watcher: subprocess.Popen[bytes] | None = None
        self.envoy: subprocess.Popen[bytes] | None = None
        self.config.mkdir()
        self.settings.state.mkdir(mode=0o700)

    # the two programs

    def start_watcher(self) -> None:
        with (self.folder / "watcher.log").open("ab") as log:
            self.watcher = subprocess.Popen(
                [sys.executable, "-P", *self.program, "watch"],
                env={**os.environ, **to_environment(self.settings)},
                stdout=log,
                stderr=log,
            )

    def start_envoy(self) -> None:
        config = self.folder / "envoy.yaml"
        config.write_text(bootstrap.render(layout.BOOTSTRAP_TEMPLATE.read_text(), self.settings, 4096))
        flags = ["--disable-hot-restart", "--concurrency", "2", "--log-level", "warning", "--drain-time-s", "1"]
        with (self.folder / "envoy.log").open("ab") as log, (self.folder / "access.log").open("ab") as access:
            command = [str(envoy_path()), "-c", str(config), *flags]
            self.envoy = subprocess.Popen(command, stdout=access, stderr=log)

    def kill_watcher(self) -> None:
        if self.watcher is not None:
            self.watcher.kill()
            self.watcher.wait()
            self.watcher = None

    def kill_envoy(self) -> None:
        if self.envoy is not None:
            self.envoy.kill()
            self.envoy.wait()
            self.envoy = None

    def ended(self) -> bool:
        """Whether a program that was started is gone."""
        programs = (self.watcher, self.envoy)
        return any(program is not None and program.poll() is not None for program in programs)

    def logs(self) -> str:
        """What watcher and Envoy wrote on stderr, for messages of failures."""
        return "".join((self.folder / name).read_text() for name in ("watcher.log", "envoy.log"))

    # what they say

    def report(self, path: str, tag: str = "") -> tuple[int, bytes, str]:
        """Status, body and ETag of the watcher's report socket; status 0 when nobody answers."""
        connection = _ReportConnection(self.settings.report_socket)
        try:
            connection.request("GET", path, headers={"If-None-Match": tag} if tag else {})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.getheader("ETag", "") or ""
        except (OSError, http.client.HTTPException):
            return 0, b"{}", ""
        finally:
            connection.close()

    def json(self, path: str) -> dict[str, Any]:
        return dict(json.loads(self.report(path)[1]))

    def admin(self, path: str) -> str:
        """Body of a page of Envoy's admin endpoint; empty when nobody answers."""
        try:
            return web_client.get(self.settings.admin_port, path).body.decode()
        except web_client.Closed:
            return ""

    def stats(self, pattern: str) -> dict[str, int]:
        """Envoy's counters and gauges whose name matches."""
        lines = self.admin(f"/stats?filter={pattern}").splitlines()
        pairs = (line.partition(": ") for line in lines)
        return {name: int(value) for name, _, value in pairs if value.isdecimal()}

    def ready(self) -> bool:
        return bool(self.json("/health").get("ready"))

    def acknowledged(self) -> bool:
        """Whether Envoy holds exactly what was published last."""
        return bool(self.json("/overview").get("envoy", {}).get("acknowledged"))

    def problems(self, reason: str = "") -> list[dict[str, Any]]:
        found = self.json("/problems").get("problems", [])
        return [one for one in found if reason in ("", one["reason"])]

    def culprits(self) -> set[str]:
        """Names of objects that were found guilty; those that are only held back while a search runs are not."""
        found = [one for one in self.problems("RejectedByEnvoy") if "being found out" not in one["message"]]
        return {one["source"]["name"] for one in found}

    # what tests do

    def write(self, *objects: Object, file: str = "all.yaml") -> None:
        """Replaces a file at one stroke; returns at once."""
        self.write_text(wanted.text(*objects), file)

    def write_text(self, text: str, file: str = "all.yaml") -> None:
        beside = self.folder / f"{next(_numbers)}.tmp"
        beside.write_text(text)
        beside.rename(self.config / file)

    def remove(self, file: str) -> None:
        (self.config / file).unlink()

    def apply(self, *objects: Object, file: str = "all.yaml") -> None:
        """Replaces a file and waits until Envoy holds what the watcher makes of it."""
        marker = f"marker-{next(_numbers)}"
        self.write(*objects, wanted.service(marker), file=file)
        self.settled(marker)

    def settled(self, name: str) -> None:
        """Waits until the watcher knows an object of this name and Envoy holds a revision with it."""
        seen: dict[str, Any] = {}

        def known() -> bool:
            seen.update(self.json(f"/objects?q={name}"))
            return bool(seen.get("objects"))

        def held() -> bool:
            return int(self.json("/overview")["envoy"]["acknowledged_revision"] or 0) >= int(seen["revision"])

        until(known, every=0.003)
        until(held, every=0.003)

    def get(self, path: str, host: str = "any.test", tls: Tls | None = None, **headers: str) -> Answer:
        """One request on a connection of its own, to the HTTPS port when it speaks TLS."""
        return web_client.get(self.port(tls), path, host, tls, **headers)

    def connect(self, tls: Tls | None = None) -> Connection:
        return web_client.connect(self.port(tls), tls)

    def port(self, tls: Tls | None) -> int:
        return self.settings.https_port if tls else self.settings.http_port

    def listens(self, port: int) -> bool:
        try:
            web_client.connect(port).close()
        except web_client.Closed:
            return False
        return True


@contextmanager
def running(folder: Path, *objects: Object, lenient: bool = False, **changed: Any) -> Iterator[Gateway]:
    """Watcher and Envoy on manifests, started together and ready. `changed`: settings that differ."""
    gateway = Gateway(folder)
    if lenient:
        gateway.program = [str(Path(__file__).with_name("lenient_watcher.py"))]
    gateway.settings = dataclasses.replace(gateway.settings, **changed)
    if objects:
        gateway.write(*objects)
    try:
        gateway.start_watcher()
        gateway.start_envoy()
        until(lambda: gateway.ready() or gateway.ended(), 30)
        assert not gateway.ended(), gateway.logs()
        yield gateway
    finally:
        gateway.kill_envoy()
        gateway.kill_watcher()
