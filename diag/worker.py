"""gunicorn's threaded worker, made safe against peers that are slow on purpose. The only module that knows its inside.

Three things would let a few connections keep every thread, or the one thread that accepts, from health:
a request whose head never ends, a request that announces a body and never sends it, and a peer that does not close
its side after a response (gunicorn waits two seconds for each of those, in the thread that accepts).
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.gthread import TConn, ThreadWorker

SLOW_SLOTS = 3
HEAD_END = b"\r\n\r\n"
LARGEST_HEAD = 64 * 1024
MOST_READS = 64
_SENTENCE = (
    b"""{"error": "the address of this question is longer than 8 KB; ask it with `ambassador explain --config`"}\n"""
)
TOO_LONG = b"\r\n".join(
    (
        b"HTTP/1.1 400 Bad Request",
        b"Connection: close",
        b"Content-Type: application/json",
        b"Cache-Control: no-store",
        b"X-Content-Type-Options: nosniff",
        b"Content-Length: %d" % len(_SENTENCE),
        b"",
        _SENTENCE,
    )
)


class DiagWorker(ThreadWorker):  # type: ignore[misc]
    """At most three threads wait for peers; a peer beyond those is hung up on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._slow = threading.BoundedSemaphore(SLOW_SLOTS)

    def handle(self, conn: TConn) -> object:
        """What gunicorn's does: true to keep the connection, false to close it, or a mark to wait for data."""
        kept = self._handle_bounded(conn)
        if not kept:
            _hang_up(conn.sock)
        return kept

    def handle_error(self, req: object, client: socket.socket, addr: object, exc: BaseException) -> None:
        """What gunicorn's does, but for questions that are too long: people ask them, so they get a sentence."""
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        with suppress(OSError):
            client.send(TOO_LONG, socket.MSG_DONTWAIT)

    def _handle_bounded(self, conn: TConn) -> object:
        if _is_whole(conn):
            return super().handle(conn)
        if not self._slow.acquire(blocking=False):
            return False
        try:
            return super().handle(conn)
        finally:
            self._slow.release()


def _is_whole(conn: TConn) -> bool:
    """Whether the request is here to its end, so that handling it waits for nobody. Looks, and takes nothing."""
    waiting = conn.parser.unreader.buf.getvalue() if conn.parser is not None else b""
    with suppress(OSError):
        waiting += conn.sock.recv(LARGEST_HEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    head, end, _ = waiting.partition(HEAD_END)
    lowered = head.lower()
    return bool(end) and b"\ncontent-length:" not in lowered and b"\ntransfer-encoding:" not in lowered


def _hang_up(peer: socket.socket) -> None:
    """Ends both directions without waiting: what was written still arrives, and closing later has nothing to drain."""
    with suppress(OSError):
        for _ in range(MOST_READS):
            if not peer.recv(LARGEST_HEAD, socket.MSG_DONTWAIT):
                break
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
