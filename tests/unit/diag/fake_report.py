"""A watcher's report socket and an Envoy, as far as diag can see them, for tests and for looking at the page.

By hand: `python fake_report.py STATE_FOLDER ADMIN_PORT READY_PORT ROUTES PROBLEMS`.
"""

from __future__ import annotations

import json
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import fake_data
import fake_explain
from fake_data import Json

Reply = tuple[int, str, bytes]


@dataclass(slots=True)
class FakeWatcher:
    """What the watcher would say. Tests change the fields and count what was asked."""

    revision: int = 7
    listeners: list[Json] = field(default_factory=list)
    problems: list[Json] = field(default_factory=list)
    overview: Json = field(default_factory=dict)
    health: Json = field(default_factory=lambda: {"alive": True, "ready": True, "message": "", "diagnostics": {}})
    ready_made: dict[str, bytes] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    """Paths that there is nothing at."""
    traffic: Json | None = field(default_factory=dict)
    explain: Callable[[Json], Json] = lambda answer: answer
    """What becomes of each answer on questions, objects, examples and traffic before it is sent."""
    asked: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _path: None

    def fill(self, routes: int, problems: int) -> FakeWatcher:
        self.listeners = fake_data.listeners(routes)
        self.problems = fake_data.problems(problems)
        self.overview = fake_data.overview(routes, self.problems, self.revision)
        return self

    def etag(self) -> str:
        return f'"{self.revision}"'

    def publish(self, listeners: list[Json]) -> None:
        """A new revision with these listeners."""
        self.revision += 1
        self.listeners = listeners
        total = sum(len(host["routes"]) for listener in listeners for host in listener["hosts"])
        self.overview = fake_data.overview(total, self.problems, self.revision)

    def answer(self, target: str) -> Reply:
        self.asked.append(target)
        url = urlsplit(target)
        self.before(url.path)
        values = parse_qs(url.query, keep_blank_values=True)
        query = {name: given[0] for name, given in values.items()}
        if url.path in self.missing:
            return 404, "application/json", b"{}"
        if url.path in self.ready_made:
            return 200, "application/json", self.ready_made[url.path]
        if url.path == "/metrics":
            return 200, "text/plain", b"# TYPE ambassador_revision gauge\nambassador_revision 7\n"
        documents: dict[str, Callable[[], Json]] = {
            "/health": lambda: {**self.health, "revision": self.revision},
            "/overview": lambda: self.overview,
            "/routes": lambda: self._routes(query),
            "/problems": lambda: self._problems(query),
            "/objects": lambda: {"revision": self.revision, "objects": [], "asked": query},
            "/explain": lambda: self.explain(fake_explain.explanation(values, self.revision)),
            "/object": lambda: self.explain(fake_explain.item(values, self.revision)),
            "/example": lambda: self.explain(fake_explain.examples(query["route"])),
            "/traffic": lambda: self.explain(self._traffic(query)),
        }
        if " " in query.get("url", ""):
            return 400, "application/json", b'{"error": "a URL has no spaces: write %20"}'
        if query.get("name") == "gone" or (url.path == "/traffic" and self.traffic is None):
            return 404, "application/json", b'{"error": "no such object"}'
        made = documents.get(url.path)
        return (200, "application/json", json.dumps(made()).encode()) if made else (404, "application/json", b"{}")

    def _problems(self, query: dict[str, str]) -> Json:
        asked = {name: query[name] for name in ("kind", "namespace", "name") if name in query}
        wanted = [one for one in self.problems if not asked or asked.items() <= one["source"].items()]
        ordered = sorted(wanted, key=lambda one: one.get("severity") != "error")
        errors = sum(one.get("severity") == "error" for one in wanted)
        counts = {"total": len(wanted), "errors": errors, "warnings": len(wanted) - errors}
        start = int(query.get("offset", 0))
        shown = ordered[start : start + int(query.get("limit", len(ordered)))]
        return {"revision": self.revision, **counts, "problems": shown}

    def _traffic(self, query: dict[str, str]) -> Json:
        routes = self.traffic or {}
        if "limit" in query:
            shown = self._routes(query)["listeners"]
            names = {route["name"] for listener in shown for host in listener["hosts"] for route in host["routes"]}
            routes = {name: one for name, one in routes.items() if name in names}
        return fake_explain.traffic(query.get("route"), routes)

    def _routes(self, query: dict[str, str]) -> Json:
        matching = [
            (listener, host, route)
            for listener in self.listeners
            for host in listener["hosts"]
            if query.get("host", host["hostname"]) == host["hostname"]
            for route in host["routes"]
            if query.get("q", "").lower() in f"{host['hostname']} {json.dumps(route)}".lower()
        ]
        start = int(query.get("offset", 0))
        shown = matching[start : start + int(query.get("limit", len(matching)))]
        return {"revision": self.revision, "total": len(matching), "listeners": _nested(shown)}


def _nested(rows: list[tuple[Json, Json, Json]]) -> list[Json]:
    """Listeners and hosts of these rows only, in their order."""
    made: dict[str, Json] = {}
    for listener, host, route in rows:
        outer = made.setdefault(listener["name"], {**listener, "hosts": {}})
        inner = outer["hosts"].setdefault(host["hostname"], {**host, "routes": []})
        inner["routes"].append(route)
    return [{**listener, "hosts": list(listener["hosts"].values())} for listener in made.values()]


@dataclass(slots=True)
class FakeEnvoy:
    """Envoy's admin API and its ready listener. `listeners`: how many are active and how many warm up."""

    port: int = 0
    ready: bool = True
    listeners: tuple[int, int] = (1, 0)
    stats: bytes = b"# TYPE envoy_server_live gauge\nenvoy_server_live{} 1\n"
    info: bytes = b'{"state": "LIVE", "version": "9f1/1.40.0/Clean/RELEASE/BoringSSL", "uptime_current_epoch": "7380s"}'
    clusters: bytes = b"{}"
    before: Callable[[str], None] = lambda _path: None

    def answer(self, target: str) -> Reply:
        self.before(target)
        if target.startswith("/clusters?"):
            return 200, "application/json", self.clusters
        if target == "/ready":
            return (200 if self.ready else 503), "text/plain", b"LIVE\n"
        if target == "/listeners":
            return 200, "text/plain", b"127.0.0.1:8080::127.0.0.1:8080\n" * self.listeners[0]
        if target == "/init_dump?mask=listener":
            dump = [{"name": "init manager", "target_names": ["RdsRouteConfigSubscription"]}] * self.listeners[1]
            return 200, "application/json", json.dumps({"unready_targets_dumps": dump} if dump else {}).encode()
        if target.startswith("/stats/prometheus"):
            return 200, "text/plain", self.stats
        return 200, "application/json", self.info


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


def serve(answer: Callable[[str], Reply], address: Path | int, etag: Callable[[], str] = lambda: "") -> Any:
    """Serves until `shutdown` and `server_close`. A path is a unix socket, a number a port of 127.0.0.1 (0: any)."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            tag = etag()
            status, content_type, body = answer(self.path)
            if tag and self.headers.get("If-None-Match") == tag and status == 200:
                status, body = 304, b""
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            if tag:
                self.send_header("ETag", tag)
            # A client that goes before the end is what some tests are about.
            with suppress(BrokenPipeError, ConnectionResetError):
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing: tests look at what was asked, not at a log."""

        def address_string(self) -> str:
            return "fake"

    server: Any
    if isinstance(address, Path):
        server = _UnixServer(str(address), Handler)
    else:
        server = ThreadingHTTPServer(("127.0.0.1", address), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


@contextmanager
def running(answer: Callable[[str], Reply], address: Path | int, etag: Callable[[], str] = lambda: "") -> Iterator[Any]:
    server = serve(answer, address, etag)
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def main(state: str, admin: str, ready: str, routes: str, problems: str) -> None:
    watcher = FakeWatcher().fill(int(routes), int(problems))
    envoy = FakeEnvoy()
    serve(watcher.answer, Path(state) / "report.sock", watcher.etag)
    serve(envoy.answer, int(admin))
    serve(envoy.answer, int(ready))
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
