"""A keep-alive connection that asks the same thing over and over, with nothing between it and the socket."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

PAUSE = 0.0003
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class GaveUpError(AssertionError):
    """What was waited for did not happen in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `status` 0: the connection was closed instead."""

    status: int
    head: bytes
    body: bytes


CLOSED = Answer(0, b"", b"")


class Probe:
    """Connects when it is first needed, and again when the other side closed."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self._place = (address, port)
        self._socket: socket.socket | None = None

    def ask(self, path: str, host: str) -> Answer:
        """One request. A connection that cannot be had or is closed gives `CLOSED`."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._place, 10)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
            answer = receive(self._socket)
        except OSError:
            answer = CLOSED
        if answer.status == 0:
            self.close()
        return answer

    def until_body(self, path: str, host: str, body: bytes, seconds: float) -> float:
        """Asks until the answer has this body; when it came (monotonic seconds).

        Raises:
            GaveUpError: it never had.
        """
        end = time.perf_counter() + seconds
        while (answer := self.ask(path, host)).body != body:
            if time.perf_counter() > end:
                raise GaveUpError(f"{path} of {host} still answers {answer.body!r} after {seconds:g} s, not {body!r}")
            time.sleep(PAUSE)
        return time.perf_counter()

    def until_answered(
        self, path: str, host: str, seconds: float, pause: float = PAUSE, check: Callable[[], None] = lambda: None
    ) -> tuple[float, Answer]:
        """Asks until the answer is 200; when that answer came (monotonic seconds), and the answer.

        `check` is called in between and may raise.

        Raises:
            GaveUpError: it never was.
        """
        return self.until_status(path, host, 200, seconds, pause, check)

    def until_status(
        self, path: str, host: str, status: int, seconds: float, pause: float, check: Callable[[], None]
    ) -> tuple[float, Answer]:
        """The same with another status.

        Raises:
            GaveUpError: it never was.
        """
        end = time.perf_counter() + seconds
        while (answer := self.ask(path, host)).status != status:
            if time.perf_counter() > end:
                raise GaveUpError(f"{path} of {host} still answers {answer.status} after {seconds:g} s")
            check()
            time.sleep(pause)
        return time.perf_counter(), answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def receive(connection: socket.socket) -> Answer:
    """The next answer of a connection; only Content-Length framing, which is all that Envoy and its backends use."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return CLOSED
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    size = int(length.group(1)) if length else 0
    while len(body) < size:
        more = connection.recv(65536)
        if not more:
            return CLOSED
        body += more
    return Answer(int(head[9:12]), head, body)
