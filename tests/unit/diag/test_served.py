"""The app as it is started in production: gunicorn, its configuration file, a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from fake_report import FakeEnvoy, FakeWatcher

from tests.free_ports import free_port

HOME = Path(__file__).parents[3]
HEALTH = "/ambassador/v0/check_alive"


@contextmanager
def served(state: Path, envoy_port: int, **environ: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(state / "home"),
        "AMBASSADOR_STATE_DIR": str(state),
        "AMBASSADOR_DIAG_PORT": str(port),
        "AMBASSADOR_ADMIN_PORT": str(envoy_port),
        "AMBASSADOR_READY_PORT": str(envoy_port),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", str(HOME / "diag/gunicorn.conf.py"), "diag.wsgi:app"]
    log = (state / "log").open("wb")
    with log, subprocess.Popen(command, cwd=HOME, env=own | environ, stdout=log, stderr=log) as process:
        try:
            wait_for(port, process)
            yield port, process
        finally:
            process.kill()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        try:
            get(port, HEALTH)
            return
        except OSError:
            threading.Event().wait(0.02)
    raise AssertionError("it did not start")


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.fixture
def port(state: Path, watcher: FakeWatcher, envoy: FakeEnvoy) -> Iterator[int]:
    with served(state, envoy.port) as (number, _):
        yield number


def assert_health_is_quick(port: int) -> None:
    """100 ms at the median; the longest may meet a busy machine, yet never waits for those who hold connections."""
    took = []
    for _ in range(11):
        began = time.monotonic()
        assert get(port, HEALTH)[0] == 200
        took.append(time.monotonic() - began)
    assert statistics.median(took) < 0.1
    assert max(took) < 1


def test_given_forty_readers_that_never_read_then_health_still_answers_within_100_ms(
    port: int, watcher: FakeWatcher
) -> None:
    watcher.ready_made["/problems"] = b"x" * 10_000_000
    with ExitStack() as opened:
        for _ in range(40):
            reader = opened.enter_context(socket.create_connection(("127.0.0.1", port)))
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.sendall(b"GET /ambassador/v0/api/problems HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert_health_is_quick(port)


def test_given_forty_connections_that_say_nothing_then_health_still_answers_within_100_ms(port: int) -> None:
    with ExitStack() as opened:
        for _ in range(40):
            opened.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert_health_is_quick(port)


HALF = b"GET / HT"
NO_BODY = b"GET /ambassador/v0/check_alive HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
NOT_CLOSING = b"GET /ambassador/v0/check_alive HTTP/1.0\r\n\r\n"


@pytest.mark.parametrize("sent", [HALF, NO_BODY, NOT_CLOSING, b"\r\n\r\n", b"x" * 100_000])
def test_given_forty_peers_that_keep_us_waiting_then_health_still_answers_within_100_ms(
    port: int, state: Path, sent: bytes
) -> None:
    with ExitStack() as opened:
        for _ in range(40):
            opened.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(sent)
        assert_health_is_quick(port)
    assert b"Traceback" not in (state / "log").read_bytes()


def test_given_one_slow_but_honest_peer_then_it_is_served(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        for part in (
            b"GET /ambassador/v0/check_alive HT",
            b"TP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
            b"\r\n",
        ):
            peer.sendall(part)
            assert get(port, HEALTH)[0] == 200
        received = b"".join(iter(lambda: peer.recv(4096), b""))
    assert received.startswith(b"HTTP/1.1 200 OK") and received.endswith(b"alive and well\n")


def test_given_a_question_of_100_kb_then_400_with_a_sentence(port: int) -> None:
    status, body = get(port, f"/ambassador/v0/api/explain?url=http://x/{'a' * 100_000}")
    assert status == 400
    assert "longer than 8 KB" in json.loads(body)["error"]


def test_given_the_real_server_then_only_requests_straight_from_here_see_the_api(port: int) -> None:
    path = "/ambassador/v0/api/overview"
    assert get(port, path, {"Host": f"localhost:{port}"})[0] == 200
    assert get(port, path, {"Host": "localhost", "X-Forwarded-For": "127.0.0.1"})[0] == 403
    assert get(port, path, {"Host": "rebound.example"})[0] == 403
    assert get(port, path, {"Host": "localhost", "SCRIPT_NAME": "/x", "PATH_INFO": "/metrics"})[0] == 200


def test_given_sigterm_then_the_answer_under_way_is_finished(
    state: Path, watcher: FakeWatcher, envoy: FakeEnvoy
) -> None:
    with served(state, envoy.port) as (port, process):
        asked, go_on = threading.Event(), threading.Event()

        def hold(path: str) -> None:
            if path == "/routes":
                asked.set()
                go_on.wait(10)

        watcher.before = hold
        answers: list[int] = []
        caller = threading.Thread(target=lambda: answers.append(get(port, "/ambassador/v0/api/routes")[0]))
        caller.start()
        assert asked.wait(10)
        process.send_signal(signal.SIGTERM)
        go_on.set()
        caller.join(10)
        assert process.wait(10) == 0
        assert answers == [200]


def opened_files(pid: int) -> set[str]:
    """What the process holds open; a file closed while we look is left out."""
    opened = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            opened.add(os.readlink(link))
    return opened


def test_given_a_run_then_nothing_is_written_outside_the_state_folder_and_the_log_is_quiet(
    state: Path, watcher: FakeWatcher, envoy: FakeEnvoy
) -> None:
    with served(state, envoy.port) as (port, process):
        assert get(port, "/metrics")[0] == 200
        opened = opened_files(process.pid)
        files = {path for path in opened if path.startswith("/") and not path.startswith("/dev/")}
        assert all(Path(path).is_relative_to(state) for path in files), files
    assert not (state / "home").exists()
    assert (state / "log").read_bytes() == b""


def test_given_no_watcher_and_a_scrape_then_the_log_has_one_json_line(state: Path, envoy: FakeEnvoy) -> None:
    with served(state, envoy.port, AMBASSADOR_JSON_LOGGING="true") as (port, _):
        assert get(port, "/metrics")[0] == 200
    lines = [json.loads(line) for line in (state / "log").read_text().splitlines()]
    assert [(line["level"], line["event"]) for line in lines] == [
        ("warning", "metrics: the watcher does not answer: no such file or directory")
    ]


def test_given_a_port_that_is_none_then_it_ends_with_one_line(state: Path) -> None:
    with pytest.raises(AssertionError), served(state, 1, AMBASSADOR_ADMIN_PORT="x"):
        pass
    assert "AMBASSADOR_ADMIN_PORT must be a port" in (state / "log").read_text()
