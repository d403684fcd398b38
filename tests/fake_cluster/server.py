"""The fake API server's HTTP side."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fake_cluster.state import DEEP, METADATA_ONLY, Asked, Collection, Object, State, key_of

_HUSH = 0.02
LIST_FORM = f"{METADATA_ONLY}List"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    state: State
    open: set[socket.socket]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        """Every connection ends, as when the process dies."""
        for one in list(self.open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *arguments: Any) -> None:
        """Quiet."""

    def _handle(self) -> None:
        state, url = self.server.state, urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
        fault = state.note(asked)
        if fault is not None:
            fault.act(self)
        elif state.token is not None and headers.get("authorization", "").lower() != f"bearer {state.token}":
            self.status(401, "Unauthorized", "Unauthorized")
        else:
            self._answer(asked)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def json(self, code: int, body: object, headers: dict[str, str] | None = None) -> None:
        """A whole answer."""
        raw = encoded(body)
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def status(self, code: int, reason: str, message: str = "", headers: dict[str, str] | None = None) -> None:
        self.json(code, status(code, reason, message), headers)

    def start_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, raw: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
        self.wfile.flush()

    def cut(self) -> None:
        """The connection ends as it stands."""
        self.close_connection = True

    def _answer(self, asked: Asked) -> None:
        state = self.server.state
        if asked.path in ("/readyz", "/version"):
            return self.json(200, {"gitVersion": "v1.37.0"})
        if asked.path == "/apis":
            return self._discovery(asked)
        with state.changed:
            found = locate(state, asked.path)
        if found is None:
            return self.status(404, "NotFound", "the server could not find the requested resource")
        collection, namespace, name = found
        if asked.method != "GET":
            return self._write(asked, collection, namespace, name)
        if name:
            return self._one(collection, (namespace, name))
        if asked.watch:
            return self._watch(asked, collection, namespace)
        self._list(asked, collection, namespace)

    def _discovery(self, asked: Asked) -> None:
        with self.server.state.changed:
            document = discovery(self.server.state)
        etag = f'"{hash(json.dumps(document)) & 0xFFFFFFFF:x}"'
        if asked.headers.get("if-none-match") == etag:
            self.send_response(304)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.json(200, document, {"ETag": etag})

    def _one(self, collection: Collection, key: tuple[str, str]) -> None:
        with self.server.state.changed:
            item = collection.objects.get(key)
        if item is None:
            return self.status(404, "NotFound", f"{key[1]} not found")
        self.json(200, {"kind": collection.kind, **item})

    def _write(self, asked: Asked, collection: Collection, namespace: str, name: str) -> None:
        if asked.method == "DELETE":
            self.server.state.remove(collection.path, namespace, name)
            return self.json(200, status(200, "", ""))
        stored = self.server.state.put(collection.path, asked.body)
        self.json(201 if asked.method == "POST" else 200, stored)

    def _list(self, asked: Asked, collection: Collection, namespace: str) -> None:
        with self.server.state.changed:
            items = [item for key, item in sorted(collection.objects.items()) if namespace in ("", key[0])]
            version = max(self.server.state.version, collection.oldest)
        start, limit = int(asked.query.get("continue") or 0), int(asked.query.get("limit") or len(items) or 1)
        metadata: Object = {"resourceVersion": str(version)}
        if start + limit < len(items):
            metadata["continue"] = str(start + limit)
        page = [shown(asked, item) for item in items[start : start + limit]]
        self.json(200, {"kind": f"{collection.kind}List", "metadata": metadata, "items": page})

    def _watch(self, asked: Asked, collection: Collection, namespace: str) -> None:
        state, since = self.server.state, int(asked.query.get("resourceVersion") or 0)
        if since < collection.oldest:
            return self.status(410, "Expired", f"too old resource version: {since} ({collection.oldest})")
        end = time.monotonic() + float(asked.query.get("timeoutSeconds") or 300)
        self.start_stream()
        with state.changed:
            collection.streams += 1
            generation = collection.generation
            state.changed.notify_all()
        try:
            while time.monotonic() < end and not state.stopping and collection.generation == generation:
                events = newer(state, collection, since)
                since = events[-1][0] if events else since
                meant = [event for _, event in events if is_meant(asked, namespace, event)]
                for event in meant:
                    self.chunk(encoded(shown_event(asked, event)) + b"\n")
            self.chunk(b"")
        finally:
            with state.changed:
                collection.streams -= 1


def encoded(body: object) -> bytes:
    """JSON. Python writes no object of 1,000 levels, so DEEP stands for one."""
    return json.dumps(body).encode().replace(f'"{DEEP}"'.encode(), b'{"a":' * 1200 + b"1" + b"}" * 1200)


def newer(state: State, collection: Collection, since: int) -> list[tuple[int, Object]]:
    """Events after a version; waits a moment when there are none."""
    with state.changed:
        if not collection.history or collection.history[-1][0] <= since:
            state.changed.wait(_HUSH)
        return [(version, event) for version, event in collection.history if version > since]


def is_meant(asked: Asked, namespace: str, event: Object) -> bool:
    if LIST_FORM in asked.headers.get("accept", ""):
        # A real one sends no events either to who asks for lists.
        return False
    return namespace in ("", key_of(event.get("object") or {})[0]) or event["type"] == "BOOKMARK"


def shown(asked: Asked, item: Object) -> Object:
    return {"metadata": item["metadata"]} if METADATA_ONLY in asked.headers.get("accept", "") else item


def shown_event(asked: Asked, event: Object) -> Object:
    return {**event, "object": shown(asked, event["object"])} if "metadata" in (event.get("object") or {}) else event


def locate(state: State, path: str) -> tuple[Collection, str, str] | None:
    """The collection, namespace and name that a path means."""
    for collection in state.collections.values():
        prefix, _, plural = collection.path.rpartition("/")
        rest = path.removeprefix(prefix).strip("/").split("/") if path.startswith(f"{prefix}/") else []
        namespace = rest[1] if len(rest) > 2 and rest[0] == "namespaces" else ""
        if namespace:
            rest = rest[2:]
        if rest and rest[0] == plural:
            return collection, namespace, rest[1] if len(rest) > 1 else ""
    return None


def discovery(state: State) -> Object:
    """Aggregated discovery of everything outside the core group."""
    groups: dict[str, dict[str, list[Object]]] = {}
    for collection in state.collections.values():
        group, version, plural = collection.group_version_plural
        scope = "Namespaced" if collection.namespaced else "Cluster"
        resource = {"resource": plural, "responseKind": {"kind": collection.kind}, "scope": scope}
        resource["verbs"] = ["get", "list", "watch"]
        if group:
            groups.setdefault(group, {}).setdefault(version, []).append(resource)
    items = [
        {"metadata": {"name": group}, "versions": [{"version": one, "resources": all} for one, all in versions.items()]}
        for group, versions in groups.items()
    ]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}


def status(code: int, reason: str, message: str) -> Object:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message} | {
        "code": code
    }


def answers(code: int, reason: str, headers: dict[str, str] | None = None) -> Callable[[Handler], None]:
    """A fault: an error instead of the answer."""
    return lambda handler: handler.status(code, reason, f"{reason} on purpose", headers)


@contextmanager
def running(state: State, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The server's URL. It dies with all its connections at the end, and may be started again on its old port."""
    server = Server(("127.0.0.1", port), Handler)
    server.state, server.open = state, set()
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    state.stopping = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        with state.changed:
            state.stopping = True
            state.changed.notify_all()
        server.shutdown()
        server.server_close()
        server.cut_all()
        thread.join()
