"""A real `ambassador run` for tests: real supervisord, Envoy, watcher and diag on free loopback ports."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANY_PORTS = [f"--{name}-port=0" for name in ("http", "https", "diag", "admin", "ready")]


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Waits for the condition; fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        threading.Event().wait(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def descendants(pid: int) -> dict[int, str]:
    """Process id and command line of everything below a process; what ends while we look is left out."""
    found = {}
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(OSError):
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
                found |= descendants(int(child))
    return found


class Gateway:
    """One running instance. `lines`: what it printed on stdout up to now."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self.process = process
        self.errors = errors
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._read, daemon=True)

    def start_reading(self) -> None:
        self._thread.start()

    def ready_line(self) -> str:
        return next((line for line in self.lines if line.startswith("ready: ")), "")

    def url(self) -> str:
        return re.findall(r"http://[\d.]+:\d+", self.ready_line())[0]

    def program(self, part: str) -> int:
        """The process id of the program whose command line holds the text, and that is no wrapper of ours."""
        return next(pid for pid, line in descendants(self.process.pid).items() if part in line)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def end(self) -> None:
        """Ends it in good order, so that it takes its state folder with it, or by force if that does not help."""
        try:
            self.process.terminate()
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._thread.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))


@contextmanager
def started(folder: Path, *arguments: str, **environment: str) -> Iterator[Gateway]:
    """`ambassador ARGUMENTS`; ended with all it started at the end of the context."""
    errors = folder / "stderr.txt"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ambassador", *arguments],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    gateway = Gateway(process, errors)
    gateway.start_reading()
    try:
        yield gateway
    finally:
        gateway.end()


@contextmanager
def running(folder: Path, *arguments: str, **environment: str) -> Iterator[Gateway]:
    """`ambassador run` on the folder's manifests, once it says that it is ready."""
    config = [f"--config={folder / 'config'}"]
    with started(folder, "run", *config, *ANY_PORTS, "--bind=127.0.0.1", *arguments, **environment) as gateway:
        until(lambda: gateway.ready_line() or gateway.process.poll() is not None, 60)
        assert gateway.ready_line(), gateway.errors.read_text()
        yield gateway


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
        self.server.release.wait(30)
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"done")

    def log_message(self, format: str, *args: object) -> None:
        pass
