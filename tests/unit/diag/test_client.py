from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from fake_report import FakeWatcher

from diag.client import TooSlow, Unavailable, envoy, watcher


def test_given_a_silent_part_then_the_timeout_holds(state: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(state / "report.sock"))
        silent.listen()
        with pytest.raises(TooSlow, match="the watcher does not answer: nothing came in time"):
            watcher(state / "report.sock").get("/health", timeout=0.05)


def test_given_nobody_on_the_port_then_unavailable_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="connection refused"):
            envoy(taken.getsockname()[1], "admin API").get("/server_info")


def test_given_something_that_speaks_no_http_then_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"220 smtp\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unavailable, match="what came is not HTTP"):
            envoy(server.getsockname()[1], "admin API").get("/")
        thread.join(5)


def test_given_a_path_too_long_for_a_socket_then_unavailable_and_no_exception_of_another_kind() -> None:
    with pytest.raises(Unavailable):
        watcher(Path("/tmp") / ("x" * 120)).get("/health")


def test_given_ten_megabytes_then_they_come_in_chunks(state: Path, watcher: FakeWatcher) -> None:
    watcher.problems = [{"message": "x" * 1000}] * 10_000
    body = watcher_body(state)
    sizes = [len(chunk) for chunk in body]
    assert sum(sizes) > 10_000_000
    assert max(sizes) <= 65536


def watcher_body(state: Path) -> list[bytes]:
    return list(watcher(state / "report.sock").get("/problems").body)
