"""GETs on a unix socket: the only way in which diagnostics sees the watcher.

Each request runs on a thread of its own and reads one immutable revision, so that no rendering waits for a compile and
none delays a health answer. Nothing here changes anything.
"""

from __future__ import annotations

import contextlib
import os
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson

from ambassador.explain.asking.question import BadRequest
from ambassador.explain.evaluate import Prepared, prepare
from ambassador.report import render
from ambassador.report.example_view import example_view, route_query
from ambassador.report.explain_view import explain_query, explain_view
from ambassador.report.object_view import object_query, object_view
from ambassador.report.revision import Revision
from ambassador.report.route_view import RouteView, route_view, window
from ambassador.report.traffic_view import traffic, traffic_query
from ambassador.traffic.book import Book

Current = Callable[[], Revision]


@dataclass(frozen=True, slots=True)
class Query:
    """What a request asks for. `limit` None: no limit; `text`: all of it, as it came."""

    q: str = ""
    host: str = ""
    limit: int | None = None
    offset: int = 0
    text: str = ""


@dataclass(slots=True)
class Pages:
    """Answers by path. Keeps the route view of the latest revision, which is the one thing that is dear to build.

    `book` is None where no traffic is counted.
    """

    current: Current
    metrics: Callable[[], bytes]
    version: str
    started: float
    boot: str = ""
    book: Book | None = None
    _view: RouteView | None = None
    _prepared: Prepared | None = None

    def answer(self, path: str, query: Query) -> tuple[bytes, str] | None:
        """Body and ETag of a path; None when there is no such path.

        Raises:
            BadRequest: what is asked about is no request.
        """
        if path == "/metrics":
            return self.metrics(), ""
        if path == "/traffic" and self.book is not None:
            return orjson.dumps(traffic(self.book, traffic_query(query.text), time.time())), ""
        revision = self.current()
        rendered = self._rendered(path, query, revision)
        if rendered is None:
            return None
        tag = "" if path == "/health" else revision.number if path == "/routes" else revision.tag
        return orjson.dumps(rendered), f'"{tag}{self.boot}"' if tag else ""

    def revision_tag(self) -> str:
        """What a client may send that knows the revision of this process only; empty until all is settled."""
        revision = self.current()
        return f'"{revision.number}"' if revision.tag == str(revision.number) else ""

    def _rendered(self, path: str, query: Query, revision: Revision) -> render.Json | None:
        pages: dict[str, Callable[[], render.Json | None]] = {
            "/health": lambda: _health(revision),
            "/overview": lambda: render.overview(revision, self.version, time.monotonic() - self.started),
            "/problems": lambda: {"revision": revision.number, "problems": render.problems(revision)},
            "/objects": lambda: render.objects(revision, query.q.lower(), query.limit, query.offset),
            "/explain": lambda: explain_view(revision, self._index(revision), explain_query(query.text)),
            "/object": lambda: object_view(revision, self._index(revision), *object_query(query.text)),
            "/example": lambda: example_view(revision, self._index(revision), route_query(query.text)),
            "/routes": lambda: window(self._routes(revision), query.q, query.host, query.limit, query.offset),
        }
        page = pages.get(path)
        return page() if page else None

    def _index(self, revision: Revision) -> Prepared:
        """What the evaluator keeps of the latest revision."""
        found = prepare(revision.compiled.gateway, self._prepared)
        # Another thread may have put another revision's there meanwhile.
        self._prepared = found
        return found

    def _routes(self, revision: Revision) -> RouteView:
        view = self._view
        if view is None or view.revision.compiled.gateway is not revision.compiled.gateway:
            view = route_view(revision)
        elif view.revision is not revision:
            view = RouteView(revision, view.sections)
        self._view = view
        return view


def _health(revision: Revision) -> render.Json:
    if revision.ready:
        message = "Envoy holds a complete configuration"
    elif not revision.connected:
        message = "Envoy is not connected"
    else:
        message = "Envoy has not acknowledged the first configuration yet"
    return {
        "alive": True,
        "ready": revision.ready,
        "message": message,
        "revision": revision.number,
        "connected": revision.connected,
        "diagnostics": render.diagnostics(revision),
    }


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64
    pages: Pages

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no error of ours; anything else is a bug and shows its trace."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # A client that keeps a connection open without asking must not hold a thread for ever.
    timeout = 60

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        try:
            found = self.server.pages.answer(url.path, _query(url.query))
        except BadRequest as error:
            self._send(400, orjson.dumps({"error": str(error)}), "")
            return
        if found is None:
            self._send(404, b"{}", "")
        elif found[1] and self.headers.get("If-None-Match") in (found[1], self.server.pages.revision_tag()):
            self._send(304, b"", found[1])
        else:
            self._send(200, found[0], found[1])

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:
        """Requests of our own diagnostics are no news."""

    def _send(self, status: int, body: bytes, tag: str) -> None:
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Type", "text/plain" if self.path == "/metrics" else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _query(text: str) -> Query:
    given = {name: values[-1] for name, values in parse_qs(text).items()}
    limit = given.get("limit", "")
    offset = given.get("offset", "")
    return Query(
        given.get("q", ""),
        given.get("host", ""),
        int(limit) if limit.isdecimal() else None,
        int(offset) if offset.isdecimal() else 0,
        text,
    )


@dataclass(slots=True)
class ReportServer:
    """Owns the socket and its thread."""

    path: Path
    pages: Pages
    _server: _Server | None = None

    def start(self) -> None:
        """Listens; a socket file that is left over is replaced.

        Raises:
            OSError: the socket can't be made.
        """
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        before = os.umask(0o177)
        try:
            server = _Server(str(self.path), _Handler)
        finally:
            os.umask(before)
        server.pages = self.pages
        self._server = server
        threading.Thread(target=server.serve_forever, name="report", daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
