"""Host shards with a real Envoy: its hash is ours, nobody sees or sets the header, no request falls between parts."""

from __future__ import annotations

import random
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ambassador.compile.host_shards import HEADER, MOST_SHARDS
from tests.agreement.lab import ADDRESS, Lab
from tests.agreement.raw_client import exchange, headers_of
from tests.agreement.world import BACKEND, HTTP, World, manifest

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def hosts(count: int) -> list[str]:
    draw = random.Random(count)
    labels = ["".join(draw.choices(_LETTERS, k=draw.randint(1, 9))) for _ in range(count)]
    return [f"{label}{draw.choice(['', '-x'])}{number}.test" for number, label in enumerate(labels)]


def world(names: list[str], wildcard: int = 0) -> World:
    """A Mapping for each name, and so many for a wildcard."""
    specs = [{"hostname": name, "prefix": "/", "service": f"127.0.0.1:{BACKEND}"} for name in names]
    specs += [
        {"hostname": "*.wild.test", "prefix": f"/{one}/", "service": f"127.0.0.1:{BACKEND}"} for one in range(wildcard)
    ]
    return World(tuple(manifest("Mapping", f"m{number}", spec) for number, spec in enumerate(specs)))


def status(lab: Lab, host: str, path: str = "/", header: str = "") -> int:
    sent = f"GET {path} HTTP/1.1\r\nhost: {host}\r\n{header}\r\n".encode()
    return int(exchange((ADDRESS, lab.ports[HTTP]), sent).head.split(b" ", 2)[1])


def test_given_many_names_in_any_spelling_then_envoy_finds_each_in_its_shard(lab: Lab) -> None:
    names = hosts(400)
    compiled = lab.load(world(names), 64, MOST_SHARDS)
    [shards] = compiled.shards.values()
    assert len(set(shards)) == MOST_SHARDS
    spellings = (str, str.upper, "{}:8080".format, "{}.".format, "{}.:80".format)
    missed = [host for name in names for spell in spellings if status(lab, host := spell(name)) != 200]
    assert missed == []


def test_given_a_client_that_sends_the_header_then_it_changes_nothing(lab: Lab) -> None:
    [one, *_] = names = hosts(40)
    compiled = lab.load(world(names), 64, 4)
    keys = [
        f"{HEADER}: {spoofed}\r\n" for spoofed in ("", "x", "e3b98a4da31a127d4bde6e43/1", *(str(n) for n in range(4)))
    ]
    assert len(set(*compiled.shards.values())) == 4
    assert {status(lab, one, header=key) for key in keys} == {200}
    assert status(lab, one, header="".join(keys)) == 200
    assert status(lab, "nobody.test", header="".join(keys)) == 404


@pytest.mark.parametrize("header", ["", f"{HEADER}: 1\r\n{HEADER}: 2\r\n"])
def test_given_a_backend_then_it_does_not_get_the_header(lab: Lab, header: str) -> None:
    with told_heads() as (port, heads):
        spec = {"hostname": "a.test", "prefix": "/", "service": f"127.0.0.1:{port}"}
        lab.load(World((manifest("Mapping", "m", spec),)), 64, 4)
        assert status(lab, "a.test", header=header) == 200
        assert "x-request-id" in headers_of(heads[-1])
        assert HEADER.encode() not in heads[-1].lower()


@contextmanager
def told_heads() -> Iterator[tuple[int, list[bytes]]]:
    """A backend's port, and the heads of the requests that came."""
    heads: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n") and (line := self.rfile.readline()):
                head += line
            heads.append(head)
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    with socketserver.TCPServer((ADDRESS, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1], heads
        finally:
            server.shutdown()
            thread.join()


def test_given_load_when_the_number_of_parts_changes_again_and_again_then_no_request_fails(lab: Lab) -> None:
    names = hosts(200)
    few, many = names[:3], names
    lab.load(world(few), 64, 32)
    with load(lab, few) as seen:
        for step in range(8):
            given = world(many, wildcard=step // 2 * 100) if step % 2 == 0 else world(few)
            compiled = lab.load(given, 64, 32)
            before = seen.total()
            while seen.total() < before + 30:
                threading.Event().wait(0.005)
            parts = len(set(*compiled.shards.values()))
            assert parts > 2 if step % 2 == 0 and step < 4 else parts >= 1
    assert seen.keys() == {200}


@contextmanager
def load(lab: Lab, names: list[str]) -> Iterator[Counter[int]]:
    """Requests one after the other on two threads, counted by status."""
    seen: Counter[int] = Counter()
    stopped = threading.Event()

    def run(number: int) -> None:
        draw = random.Random(number)
        while not stopped.is_set():
            found = status(lab, draw.choice(names))
            seen[found] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for one in threads:
        one.start()
    try:
        yield seen
    finally:
        stopped.set()
        for one in threads:
            one.join()
