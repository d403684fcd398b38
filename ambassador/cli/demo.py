"""The samples of `ambassador demo`: manifests that the user may edit, and small backends that say who answered."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from ambassador.cli import layout
from ambassador.errors import StartError

BACKENDS = ("quote", "shop", "shop-canary", "shop-beta")
BACKENDS_FILE = "backends.yaml"
BACKENDS_HEAD = """\
# Where the sample backends of this demo listen. Written anew at each start; edit the other files.
"""
BACKEND = """\
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{{name: http, port: 80}}]}}
---
apiVersion: v1
kind: Endpoints
metadata: {{name: {name}}}
subsets:
  - addresses: [{{ip: 127.0.0.1}}]
    ports: [{{name: http, port: {port}}}]
"""


def prepare(folder: Path, ports: Mapping[str, int]) -> None:
    """Copies the samples unless the folder has manifests already: what the user edited stays.

    Raises:
        StartError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not any(path for path in folder.glob("*.yaml") if path.name != BACKENDS_FILE):
            for sample in sorted(layout.DEMO_SAMPLES.glob("*.yaml")):
                shutil.copyfile(sample, folder / sample.name)
        text = BACKENDS_HEAD + "".join(BACKEND.format(name=name, port=port) for name, port in ports.items())
        (folder / BACKENDS_FILE).write_text(text)
    except OSError as error:
        raise StartError(f"samples cannot be copied to {folder}: {error.strerror}") from error


@contextmanager
def backends() -> Iterator[dict[str, int]]:
    """Runs a server for each sample backend on a free loopback port; yields their ports."""
    with ExitStack() as running:
        yield {name: running.enter_context(_backend(name)) for name in BACKENDS}


@contextmanager
def _backend(name: str) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Echo,), {"backend": name}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name=name, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Echo(BaseHTTPRequestHandler):
    """Answers any request with JSON that says which backend got what."""

    protocol_version = "HTTP/1.1"
    backend = ""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = {
            "backend": self.backend,
            "method": self.command,
            "path": urlsplit(self.path).path,
            "query": urlsplit(self.path).query,
            "host": self.headers.get("Host", ""),
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }
        body = (json.dumps(seen, indent=2) + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Silent: Envoy's access log tells it all."""
