"""GETs to the parts that diag joins: the watcher's report socket, Envoy's admin API, Envoy's ready listener.

The only module that opens connections. It hands bodies on as bytes, as they arrive; it never parses a large one.
"""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

TIMEOUT = 2.0
CHUNK_BYTES = 64 * 1024

Query = tuple[tuple[str, str], ...]


class Unavailable(Exception):
    """A part cannot be asked right now: not there, not in time, or not in HTTP. Its text is one line for a person."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"{part} does not answer: {why}")
        self.part = part


class TooSlow(Unavailable):
    """The part is there, yet did not answer in the time given."""


class Body:
    """The bytes of one answer, read as they are wanted. `close` frees the connection, read to the end or not."""

    def __init__(self, part: str, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._part = part
        self._connection = connection
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = self._response.read1(CHUNK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise _unavailable(self._part, error) from error
        if chunk:
            return chunk
        missing = self._response.length
        self.close()
        if missing:
            raise Unavailable(self._part, f"the answer broke off {missing} bytes before its end")
        raise StopIteration

    def read(self) -> bytes:
        """All that is left. For small bodies."""
        return b"".join(self)

    def close(self) -> None:
        self._response.close()
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer whose head has arrived. Whoever takes it reads `body` to its end or closes it."""

    status: int
    etag: str
    content_type: str
    length: str
    body: Body


@dataclass(frozen=True, slots=True)
class Part:
    """Something that answers GETs. `name` is what people read; `connect` takes a timeout in seconds."""

    name: str
    connect: Callable[[float], http.client.HTTPConnection]

    def get(self, path: str, query: Query = (), etag: str = "", timeout: float = TIMEOUT) -> Answer:
        """Sends one GET and waits for the head of the answer.

        `timeout` is in seconds, for connecting and for every single wait for bytes.

        Raises:
            TooSlow: nothing came in time.
            Unavailable: no connection, or no HTTP.
        """
        connection = self.connect(timeout)
        headers = {"If-None-Match": etag} if etag else {}
        try:
            connection.request("GET", f"{path}?{urlencode(query)}" if query else path, headers=headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise _unavailable(self.name, error) from error
        return Answer(
            status=response.status,
            etag=response.headers.get("ETag", ""),
            content_type=response.headers.get("Content-Type", ""),
            length=response.headers.get("Content-Length", ""),
            body=Body(self.name, connection, response),
        )


def watcher(report_socket: Path) -> Part:
    """The watcher's report socket."""
    return Part("the watcher", lambda timeout: _UnixConnection(str(report_socket), timeout))


def envoy(port: int, what: str) -> Part:
    """A port of our own Envoy, which listens on loopback only."""
    return Part(f"Envoy's {what}", lambda timeout: http.client.HTTPConnection("127.0.0.1", port, timeout=timeout))


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(self.timeout)
        try:
            stream.connect(self._path)
        except OSError:
            stream.close()
            raise
        self.sock = stream


def _unavailable(part: str, error: OSError | http.client.HTTPException) -> Unavailable:
    if isinstance(error, TimeoutError):
        return TooSlow(part, "nothing came in time")
    if isinstance(error, OSError):
        return Unavailable(part, (error.strerror or str(error)).lower())
    return Unavailable(part, "what came is not HTTP")
