"""A small HTTP/1.1 client that shows what libraries hide: connections, SNI, client certificates, raw upgrades."""

import json
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echo_backends import Stream

TIMEOUT = 20.0


class Closed(ConnectionError):
    """The other side closed the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names are in lower case; of one that occurs twice, the last."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def echo(self) -> dict[str, Any]:
        """What the echo backend says it got."""
        return dict(json.loads(self.body))

    @property
    def backend(self) -> str:
        return str(self.echo["backend"]) if self.status == 200 else f"status {self.status}"

    @property
    def path(self) -> str:
        """Path that the backend got."""
        return str(self.echo["path"])


@dataclass(frozen=True, slots=True)
class Tls:
    """How to greet: `sni` None sends no server name; `identity` is a PEM file with certificate and key."""

    sni: str | None = None
    identity: Path | None = None
    alpn: tuple[str, ...] = ()
    highest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = self.highest
        if self.identity:
            context.load_cert_chain(self.identity)
        if self.alpn:
            context.set_alpn_protocols(list(self.alpn))
        return context


@dataclass(slots=True)
class Connection:
    """One connection that is kept alive until it is closed. `fails`: never; what goes wrong is raised as `Closed`."""

    stream: Stream
    requests: int = field(default=0)

    @property
    def socket(self) -> socket.socket:
        return self.stream.connection

    @property
    def tls(self) -> ssl.SSLSocket:
        assert isinstance(self.stream.connection, ssl.SSLSocket)
        return self.stream.connection

    def get(self, path: str, host: str = "any.test", method: str = "GET", **headers: str) -> Answer:
        """Asks and waits for the whole answer. Underscores in header names stand for dashes."""
        self.requests += 1
        lines = [f"{method} {path} HTTP/1.1", f"host: {host}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        try:
            self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error
        return self._answer(method)

    def _answer(self, method: str) -> Answer:
        head = self.stream.until(b"\r\n\r\n")
        if not head:
            raise Closed("no answer")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        status = int(first.split(" ")[1])
        body = b"" if method == "HEAD" or status in (101, 204, 304) else self._body(headers)
        return Answer(status, headers, body)

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return self.stream.exactly(int(headers.get("content-length", "0")))
        parts = []
        while size := int(self.stream.until(b"\r\n"), 16):
            parts.append(self.stream.exactly(size))
            self.stream.until(b"\r\n")
        self.stream.until(b"\r\n")
        return b"".join(parts)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def connect(port: int, tls: Tls | None = None) -> Connection:
    """A connection to a port of 127.0.0.1.

    Raises:
        Closed: nobody listens, or the TLS handshake was refused.
    """
    try:
        plain = socket.create_connection(("127.0.0.1", port), TIMEOUT)
    except OSError as error:
        raise Closed(str(error)) from error
    if tls is None:
        return Connection(Stream(plain))
    try:
        return Connection(Stream(tls.context().wrap_socket(plain, server_hostname=tls.sni)))
    except (OSError, ssl.SSLError) as error:
        plain.close()
        raise Closed(str(error)) from error


def get(port: int, path: str, host: str = "any.test", tls: Tls | None = None, **headers: str) -> Answer:
    """One request on a connection of its own."""
    with connect(port, tls) as connection:
        return connection.get(path, host, **headers)
