"""What whoever starts containers expects of the first process: signals, orphans, exit codes, an orderly stop."""

import re
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from container import ANY_PORTS, HARDENED, ON_HOST, created, demo, docker, get, started, until

MANIFEST = """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: slow}}
spec: {{hostname: "*", prefix: /slow/, service: "127.0.0.1:{port}", timeout_ms: 60000}}
"""


class SlowBackend(ThreadingHTTPServer):
    """Answers when `release` is set; `arrived` tells that a request waits."""

    daemon_threads = True

    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.release = threading.Event()
        super().__init__(("127.0.0.1", 0), SlowHandler)


class SlowHandler(BaseHTTPRequestHandler):
    server: SlowBackend

    def do_GET(self) -> None:
        self.server.arrived.set()
        self.server.release.wait(60)
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"done")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def backend() -> Iterator[SlowBackend]:
    server = SlowBackend()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_given_a_request_in_flight_when_the_container_is_stopped_then_it_is_answered_and_the_exit_code_is_0(
    tmp_path: Path, backend: SlowBackend
) -> None:
    files = tmp_path / "manifests"
    files.mkdir()
    files.chmod(0o755)
    (files / "slow.yaml").write_text(MANIFEST.format(port=backend.server_address[1]))
    flags = (*ON_HOST, "--env", "AMBASSADOR_ALLOW_LOOPBACK_BACKENDS=true")
    command = ("run", "--config", "/manifests", *ANY_PORTS)
    with started(*flags, command=command, files=files) as container, ThreadPoolExecutor(2) as pool:
        container.becomes_ready()
        answer = pool.submit(get, container.url() + "/slow/")
        assert backend.arrived.wait(20)
        stopped = pool.submit(container.stop)
        until(lambda: get(container.diag_url() + "/check_ready")[0] == 503)
        backend.release.set()
        assert answer.result(60) == (200, "done")
        assert stopped.result(60) == 0


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP"])
def test_given_one_of_the_signals_that_stop_when_nothing_is_in_flight_then_it_ends_soon_with_0(name: str) -> None:
    with demo(*HARDENED) as container:
        container.signal(name)
        assert container.exit_code() == 0


def handles_term(pid: object) -> bool:
    """Whether the process has a handler for SIGTERM; the first process of a container loses what it does not handle."""
    found = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return found is not None and bool(int(found[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_given_a_start_that_has_hardly_begun_when_it_is_told_to_stop_then_the_signal_is_not_lost() -> None:
    with started(*ON_HOST, command=("demo", *ANY_PORTS)) as container:
        pid = container.state()["Pid"]
        until(lambda: handles_term(pid))
        before = time.monotonic()
        # 143: before there was anything to stop; 137 would be a kill after Docker's patience.
        assert container.stop(seconds=60) in (0, 143)
        assert time.monotonic() - before < 45


def test_given_an_orphan_when_it_ends_then_nothing_of_it_is_left() -> None:
    with demo() as container:
        orphan = int(container.inside("sh", "-c", "sleep 600 >/dev/null & echo $!"))
        assert container.processes()[orphan][0] == 1
        container.inside("sh", "-c", f"kill {orphan}")
        until(lambda: orphan not in container.processes(), 20)


@pytest.mark.parametrize("part", ["gunicorn", "ambassador.cli.envoy_process", "_bin/envoy", "ambassador watch"])
def test_given_a_program_that_is_killed_then_it_comes_back_and_leaves_no_zombie(part: str) -> None:
    with demo() as container:
        victim = container.program(part)
        # The shell has kill built in.
        container.inside("sh", "-c", f"kill -9 {victim}")
        until(lambda: victim not in container.processes(), 20)
        until(lambda: get(container.diag_url() + "/check_ready")[0] == 200)
        until(lambda: not [1 for _, state, _ in container.processes().values() if state == "Z"], 20)
        assert get(container.url() + "/quote/")[0] == 200


def test_given_supervisord_is_killed_then_the_container_ends_with_1_and_says_why() -> None:
    with demo() as container:
        container.inside("sh", "-c", f"kill -9 {container.program('ambassador.cli.supervisord')}")
        assert container.exit_code() == 1
        assert "ambassador: supervisord ended with -9" in container.logs()


def test_given_a_killed_container_when_it_is_started_again_on_the_same_state_then_it_serves() -> None:
    flags = (*ON_HOST, "--read-only", "--volume", "/run/ambassador")
    with created(*flags, command=("demo", *ANY_PORTS)) as container:
        docker("start", container.name)
        container.becomes_ready()
        first = container.url()
        container.signal("KILL")
        assert container.exit_code() == 137
        docker("start", container.name)
        until(lambda: container.logs().count("ready: ") == 2 or not container.state()["Running"])
        assert container.state()["Running"], container.logs()
        assert get(first + "/quote/")[0] == 0
        assert container.stop() == 0


@pytest.mark.parametrize(
    ("flags", "command", "reason"),
    [
        (("--read-only",), ("demo", *ANY_PORTS), "Read-only file system"),
        (("--user", "4321:4321"), ("demo", *ANY_PORTS), "Permission denied"),
        (("--env", "ENVOY_CONCURRENCY=many"), ("demo", *ANY_PORTS), "envoy cannot start: ENVOY_CONCURRENCY must be"),
    ],
)
def test_given_something_that_cannot_start_then_one_line_says_why_and_the_exit_code_is_1(
    flags: tuple[str, ...], command: tuple[str, ...], reason: str
) -> None:
    with started(*ON_HOST, *flags, command=command) as container:
        assert container.exit_code() == 1
        (line,) = [line for line in container.logs().splitlines() if line.startswith("ambassador: ")]
        assert reason in line
        assert "Traceback" not in container.logs()


def test_given_a_command_line_that_cannot_work_then_the_exit_code_is_2() -> None:
    with started(*ON_HOST, command=("run", "--no-such-flag")) as container:
        assert container.exit_code() == 2
