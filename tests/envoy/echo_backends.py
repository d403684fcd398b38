"""Backends that say what reached them. Answers depend on the request's path only, so that a manifest decides all."""

import json
import socket
import ssl
import threading
from collections import Counter
from typing import NamedTuple


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def read_request(stream: "Stream") -> Request | None:
    """The next request of a connection; None at its end."""
    head = stream.until(b"\r\n\r\n")
    if not head:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, path, headers, stream.exactly(int(headers.get("content-length", "0"))))


class Stream:
    """Bytes of a socket, by delimiter or by number."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._rest = b""

    def until(self, end: bytes) -> bytes:
        while end not in self._rest:
            more = self._more()
            if not more:
                return b""
            self._rest += more
        found, _, self._rest = self._rest.partition(end)
        return found

    def exactly(self, size: int) -> bytes:
        while len(self._rest) < size and (more := self._more()):
            self._rest += more
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def _more(self) -> bytes:
        try:
            return self.connection.recv(65536)
        except (ConnectionError, ssl.SSLError):
            return b""


class EchoBackend:
    """Listens on a free port of 127.0.0.1 until `stop`.

    A path with /hang is never answered, one with /flaky answers 503 the first time it is asked for, and an upgrade is
    accepted and echoes bytes. Everything else is answered with JSON that says what came.
    """

    def __init__(self, name: str, context: ssl.SSLContext | None = None) -> None:
        self.name = name
        self.seen: Counter[str] = Counter()
        self._context = context
        self._stopped = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._socket.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def start(self) -> "EchoBackend":
        self._threads[0].start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._threads[0].join()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        server_name = ""
        if self._context:
            try:
                connection = self._context.wrap_socket(connection, server_side=True)
            except (ssl.SSLError, ConnectionError):
                connection.close()
                return
            server_name = str(getattr(connection, "asked_for", ""))
        with connection:
            stream = Stream(connection)
            while (request := read_request(stream)) and self._answer(stream, request, server_name):
                pass

    def _answer(self, stream: Stream, request: Request, server_name: str) -> bool:
        self.seen[request.path] += 1
        if "/hang" in request.path:
            self._stopped.wait(60)
            return False
        if "upgrade" in request.headers:
            return self._upgrade(stream, request)
        failed = "/flaky" in request.path and self.seen[request.path] == 1
        body = json.dumps(
            {
                "backend": self.name,
                "method": request.method,
                "path": request.path,
                "headers": request.headers,
                "sni": server_name,
            }
        ).encode()
        status = "503 Service Unavailable" if failed else "200 OK"
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\nx-backend: {self.name}\r\nx-internal: yes\r\n"
        stream.connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        return True

    def _upgrade(self, stream: Stream, request: Request) -> bool:
        protocol = request.headers["upgrade"]
        head = f"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: {protocol}\r\n\r\n"
        stream.connection.sendall(head.encode())
        while data := stream.exactly(4):
            stream.connection.sendall(data[::-1])
        return False
