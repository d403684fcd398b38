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
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson

from ambassador.explain.asking.question import BadRequest
from ambassador.report.pages import Pages, Query


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
        pages, given = self.server.pages, self.headers.get("If-None-Match", "")
        if given and (tag := pages.unchanged(url.path, given)):
            self._send(304, b"", tag)
            return
        try:
            found = pages.answer(url.path, _query(url.query))
        except BadRequest as error:
            self._send(400, orjson.dumps({"error": str(error)}), "")
            return
        if found is None:
            self._send(404, b"{}", "")
        elif given and found[1] and given in (found[1], pages.revision_tag()):
            self._send(304, b"", found[1])
        elif isinstance(found[0], bytes):
            self._send(200, found[0], found[1])
        elif self.request_version == "HTTP/1.0":
            # It knows no chunks.
            self._send(200, b"".join(found[0]), found[1])
        else:
            self._send_pieces(found[0], found[1])

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:
        """Requests of our own diagnostics are no news."""

    def _send(self, status: int, body: bytes, tag: str) -> None:
        self._send_head(status, tag, ("Content-Length", str(len(body))))
        self.wfile.write(body)

    def _send_pieces(self, pieces: Iterator[bytes], tag: str) -> None:
        self._send_head(200, tag, ("Transfer-Encoding", "chunked"))
        for piece in pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _send_head(self, status: int, tag: str, framing: tuple[str, str]) -> None:
        self.send_response(status)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Type", "text/plain" if self.path == "/metrics" else "application/json")
        self.send_header(*framing)
        self.end_headers()


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
