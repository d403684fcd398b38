"""As many requests as a gateway takes: keep-alive connections that ask in small batches. Run as a program.

`traffic_load.py LOAD`, a `full_load.Load` as JSON, prints as JSON how many requests were answered, how many of them
with another status than the expected one, and in how many seconds. Every request that was sent is answered at its end.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from itertools import cycle, islice
from typing import Any

_ANSWER = b"HTTP/1.1 "


class Client:
    """One connection. Its batches begin at different paths, so that all paths are asked alike."""

    def __init__(self, port: int, requests: list[bytes], first: int, batch: int, good: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.batches = cycle(
            [b"".join(islice(cycle(requests), at, at + batch)) for at in range(first, first + len(requests))]
        )
        self.batch = batch
        self.good = good
        self.missing = 0
        self.tail = b""

    def ask(self) -> None:
        self.missing = self.batch
        self.socket.sendall(next(self.batches))

    def receive(self) -> tuple[int, int]:
        """How many answers have come, and how many good ones."""
        more = self.socket.recv(1 << 18)
        if not more:
            raise EOFError("the gateway closed a connection")
        data = self.tail + more
        # An answer's first bytes may come in two pieces.
        whole = data.rfind(b"\n") + 1
        self.tail = data[whole:]
        answers = data.count(_ANSWER, 0, whole)
        self.missing -= answers
        return answers, data.count(self.good, 0, whole)


def run(load: dict[str, Any]) -> dict[str, float]:
    """Asks for so long."""
    head = f"HTTP/1.1\r\nhost: {load['host']}\r\nuser-agent: curl/8.5.0\r\n\r\n"
    requests = [f"GET {path} {head}".encode() for path in load["paths"]]
    expected = _ANSWER + str(load["status"]).encode()
    clients = [Client(load["port"], requests, number, load["batch"], expected) for number in range(load["connections"])]
    answered = good = 0
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.ask()
        while clients:
            ready: list[Client] = [key.data for key, _ in selector.select(60)]
            found = [client.receive() for client in ready]
            answered += sum(answers for answers, _ in found)
            good += sum(fine for _, fine in found)
            goes_on = time.perf_counter() - began < load["seconds"]
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
    print(json.dumps(run(json.loads(sys.argv[1]))))
