"""A relay between the product and the API server that can refuse, or fall silent: an outage that nobody else has."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.rights import write_kubeconfig

Place = tuple[str, int]


def server_of() -> Place:
    """Host and port of the API server in the caller's kubeconfig."""
    now = json.loads(kubectl("config", "view", "--minify", "-o", "json"))
    parts = urlsplit(now["clusters"][0]["cluster"]["server"])
    return parts.hostname or "", parts.port or 443


class Relay:
    """Forwards connections, byte by byte, until it is told otherwise."""

    def __init__(self, server: Place) -> None:
        self.server = server
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._lock = threading.Lock()
        self._pairs: set[socket.socket] = set()
        self._flows = threading.Event()
        self._accepts = True
        self._ended = False
        self._flows.set()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended = True
        self._flows.set()
        # Wakes the thread that accepts.
        socket.create_connection(("127.0.0.1", self.port), 5).close()
        self._close_all()
        self._listener.close()

    def forward(self) -> None:
        """As if nothing were between; connections that fell silent are cut, as a machine that is back cuts them."""
        self._close_all()
        self._accepts = True
        self._flows.set()

    def refuse(self) -> None:
        """Every connection is closed, and so is each new one."""
        self._accepts = False
        self._close_all()

    def freeze(self) -> None:
        """Connections stay, new ones are taken, and not a byte comes through."""
        self._flows.clear()

    def _accept(self) -> None:
        while not self._ended:
            client, _ = self._listener.accept()
            if self._ended or not self._accepts:
                client.close()
                continue
            try:
                server = socket.create_connection(self.server, 10)
            except OSError:
                # The cluster's API server is away in earnest.
                client.close()
                continue
            with self._lock:
                self._pairs |= {client, server}
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while some := source.recv(65536):
                self._flows.wait()
                target.sendall(some)
        except OSError:
            # Cut on purpose, or by either side: both ends are closed below.
            pass
        with self._lock:
            self._pairs -= {source, target}
        for one in (source, target):
            one.close()

    def _close_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for one in pairs:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                # Closed already.
                continue


def through(relay: Relay, folder: Path) -> Path:
    """A kubeconfig that reaches the cluster by the relay; the certificate is checked for the server's own name."""
    name = server_of()[0]
    server = f"https://127.0.0.1:{relay.port}"
    return write_kubeconfig(folder / "kubeconfig", {}, server=server, **{"tls-server-name": name})
