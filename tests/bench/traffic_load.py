"""As many requests as a gateway takes: keep-alive connections that ask in small batches. Run as a program.

`traffic_load.py PORT SECONDS HOST PATH…` prints, as JSON, how many requests were answered, how many of them otherwise
than with 200, and in how many seconds. Every request that was sent is answered before it ends.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from itertools import cycle, islice

CONNECTIONS, BATCH = 16, 8
_ANSWER, _GOOD = b"HTTP/1.1 ", b"HTTP/1.1 200"


class Client:
    """One connection. Its batches begin at different paths, so that all paths are asked alike."""

    def __init__(self, port: int, requests: list[bytes], first: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.batches = cycle(
            [b"".join(islice(cycle(requests), at, at + BATCH)) for at in range(first, first + len(requests))]
        )
        self.missing = 0
        self.tail = b""

    def ask(self) -> None:
        self.missing = BATCH
        self.socket.sendall(next(self.batches))

    def receive(self) -> tuple[int, int]:
        """How many answers have come, and how many good ones."""
        data = self.tail + self.socket.recv(1 << 18)
        # An answer's first bytes may come in two pieces.
        whole = data.rfind(b"\n") + 1
        self.tail = data[whole:]
        answers = data.count(_ANSWER, 0, whole)
        self.missing -= answers
        return answers, data.count(_GOOD, 0, whole)


def run(port: int, seconds: float, host: str, paths: list[str]) -> dict[str, float]:
    """Asks for so long."""
    requests = [f"GET {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: curl/8.5.0\r\n\r\n".encode() for path in paths]
    clients = [Client(port, requests, number) for number in range(CONNECTIONS)]
    answered = good = 0
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.ask()
        while clients:
            ready: list[Client] = [key.data for key, _ in selector.select(10)]
            found = [client.receive() for client in ready]
            answered += sum(answers for answers, _ in found)
            good += sum(fine for _, fine in found)
            goes_on = time.perf_counter() - began < seconds
            clients = [client for client in clients if client.missing or goes_on]
            _go_on([client for client in ready if not client.missing], selector, goes_on)
        took = time.perf_counter() - began
    return {"requests": answered, "failed": answered - good, "seconds": took}


def _go_on(answered: list[Client], selector: selectors.BaseSelector, goes_on: bool) -> None:
    for client in answered:
        if goes_on:
            client.ask()
        else:
            selector.unregister(client.socket)


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.argv[4:])))
