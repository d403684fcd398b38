"""A container of the image under test: Docker's own command line, waiting that ends, nothing left behind."""

import json
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

IMAGE = os.environ.get("IMAGE_UNDER_TEST", "")
DOCKER = os.environ.get("DOCKER", "docker")
HARDENED = ("--read-only", "--tmpfs", "/run/ambassador", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
# On the machine's own network, so that nothing depends on bridges; every port is a free one.
ON_HOST = ("--network", "host")
ANY_PORTS = (*(f"--{name}-port=0" for name in ("http", "https", "diag", "admin", "ready")), "--bind=127.0.0.1")


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits for the condition; fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        threading.Event().wait(0.1)


def docker(*arguments: str, seconds: float = 120.0) -> str:
    """What the client prints on stdout; fails with what it prints on stderr."""
    done = subprocess.run([DOCKER, *arguments], capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


def get(url: str, **headers: str) -> tuple[int, str]:
    """Status and body; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def in_image(*command: str) -> str:
    """What a program of the image prints."""
    return docker("run", "--rm", "--network", "none", "--entrypoint", command[0], IMAGE, *command[1:])


class Container:
    """One container, running or ended."""

    def __init__(self, name: str) -> None:
        self.name = name

    def logs(self) -> str:
        """stdout and stderr up to now."""
        done = subprocess.run([DOCKER, "logs", self.name], capture_output=True, text=True, timeout=30)
        return done.stdout + done.stderr

    def state(self) -> dict[str, object]:
        """Docker's view: Running, ExitCode, Health, ..."""
        found = json.loads(docker("inspect", "--format", "{{json .State}}", self.name))
        assert isinstance(found, dict)
        return found

    def ready_line(self) -> str:
        return next((line for line in self.logs().splitlines() if line.startswith("ready: ")), "")

    def becomes_ready(self) -> None:
        until(lambda: self.ready_line() or not self.state()["Running"])
        assert self.ready_line(), self.logs()

    def url(self) -> str:
        """Where it takes requests, on the machine's own network."""
        return re.findall(r"http://[\d.]+:\d+", self.ready_line())[0]

    def diag_url(self) -> str:
        return re.findall(r"http://[\d.]+:\d+/ambassador/v0", self.ready_line())[0]

    def inside(self, *command: str) -> str:
        """What a program prints that runs beside the product."""
        return docker("exec", self.name, *command)

    def processes(self) -> dict[int, tuple[int, str, str]]:
        """By process id: parent, state letter, command line. A process may end while it is looked at: left out."""
        script = (
            'for p in /proc/[0-9]*; do { echo "$(cat $p/stat)|$(cat $p/cmdline | tr "\\0" " ")"; } 2>/dev/null; done'
        )
        found = {}
        for line in self.inside("sh", "-c", script).splitlines():
            stat, _, command = line.partition("|")
            if ")" in stat:
                state, parent = stat.rpartition(")")[2].split()[:2]
                found[int(stat.split()[0])] = (int(parent), state, command)
        return found

    def program(self, part: str) -> int:
        """The process id of the first program whose command line holds the text."""
        return min(pid for pid, (_, state, command) in self.processes().items() if part in command and state != "Z")

    def signal(self, name: str) -> None:
        docker("kill", "--signal", name, self.name)

    def stop(self, seconds: int = 60) -> int:
        """`docker stop`; the exit code."""
        docker("stop", "--time", str(seconds), self.name)
        return self.exit_code()

    def exit_code(self) -> int:
        """Waits for the end."""
        return int(docker("wait", self.name, seconds=90))


@contextmanager
def created(*flags: str, command: tuple[str, ...], files: Path | None = None) -> Iterator[Container]:
    """A container that is not started yet; `files` is copied to /manifests. Removed at the end."""
    container = Container(docker("create", *flags, IMAGE, *command))
    try:
        if files is not None:
            docker("cp", str(files), f"{container.name}:/manifests")
        yield container
    finally:
        docker("rm", "--force", "--volumes", container.name)


@contextmanager
def started(*flags: str, command: tuple[str, ...], files: Path | None = None) -> Iterator[Container]:
    """The same, started."""
    with created(*flags, command=command, files=files) as container:
        docker("start", container.name)
        yield container


@contextmanager
def demo(*flags: str) -> Iterator[Container]:
    """`demo` on the machine's own network, on free ports, ready."""
    with started(*ON_HOST, *flags, command=("demo", *ANY_PORTS)) as container:
        container.becomes_ready()
        yield container
