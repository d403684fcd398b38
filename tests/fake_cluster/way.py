"""A way to an API server that can be closed, so that a real one goes out of reach for one test only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from urllib.parse import SplitResult


class Way:
    """A TCP proxy that can be closed: with resets and refusals, or silently, as a firewall that forgot."""

    def __init__(self, there: tuple[str, int]) -> None:
        self._there = there
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._shut = self._silent = False
        self._closings = 0
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def close(self, silently: bool) -> None:
        self._shut, self._silent = True, silently
        self._closings += 1
        if not silently:
            self._end(self._sockets)

    def open(self) -> None:
        """For new connections: what a forgetful firewall let hang stays dead."""
        self._shut = False

    def end(self) -> None:
        self._end([self._listener, *self._sockets])
        for thread in self._threads:
            thread.join(5)
        for one in (self._listener, *self._sockets):
            one.close()

    def _end(self, sockets: list[socket.socket]) -> None:
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                self._sockets.append(near)
                if self._shut and not self._silent:
                    near.shutdown(socket.SHUT_RDWR)
                    continue
                far = socket.create_connection(self._there)
                self._sockets.append(far)
                self._start(self._copy, near, far)
                self._start(self._copy, far, near)

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        born, dead = self._closings, self._shut
        with suppress(OSError):
            while data := source.recv(65536):
                if not dead and born == self._closings:
                    sink.sendall(data)
        self._end([sink])


@contextmanager
def way_to(url: SplitResult) -> Generator[Way, None, None]:
    """To the host and port of `url`."""
    way = Way((url.hostname or "", url.port or 443))
    yield way
    way.end()
