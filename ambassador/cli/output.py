"""Carries what the children print to our own stdout and stderr, and remembers the last errors of each child.

The children write into named pipes in the state folder, because supervisord can only write to files by name. Envoy's
access log comes this way only where Envoy can't write into our stdout itself (`straight`). Must not change a byte.
"""

from __future__ import annotations

import json
import os
import re
import select
import selectors
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

REMEMBERED_BYTES = 8192
CHUNK = 65536
STDOUT, STDERR = 1, 2

# "[2026-01-01 10:00:00.000][12][critical][main] [source.cc:12] text", "2026-01-01T10:00:00Z [error ] text" and
# "ambassador: text" -> "text"
LOG_PREFIX = re.compile(r"^((\[[^\]]*\]|\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+)\s*)*((ambassador|diag): )?")
EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Exit|Timeout)(: |$)")
FAULT = re.compile(r"error|critical|fatal|cannot|can't|could not|fail|missing|denied|in use", re.IGNORECASE)


def meaningful(text: str) -> str:
    """The one line of a child's stderr that says best why it ended: an exception, else a fault, else the last line."""
    raw = [line.strip() for line in text.splitlines() if line.strip()]
    exceptions = [line for line in raw if EXCEPTION.search(line)]
    # A level may stand in the part of a line that is cut off.
    faults = [line for line in raw if FAULT.search(line)]
    return _message((exceptions or faults or raw or [""])[-1])


def _message(line: str) -> str:
    try:
        event = json.loads(line)
    except ValueError:
        return LOG_PREFIX.sub("", line.strip()) or line.strip()
    if not isinstance(event, dict):
        return line.strip()
    return str(event.get("message") or event.get("event") or line.strip())


class Output:
    """The pipes of one instance. `pipes`: by descriptor, the child's name and the descriptor to copy to."""

    def __init__(self, pipes: dict[int, tuple[str, int]]) -> None:
        self._pipes = pipes
        self._last: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def reason(self, program: str) -> str:
        """Why the program ended, in the words it printed last; empty when it printed nothing."""
        with self._lock:
            last = self._last.get(program, b"")
        return meaningful(last.decode(errors="replace"))

    def carry(self, stop: int) -> None:
        """Copies until there is something to read from the descriptor `stop`, and then what is left."""
        with selectors.DefaultSelector() as selector:
            for descriptor in (stop, *self._pipes):
                selector.register(descriptor, selectors.EVENT_READ)
            stopping = False
            while not stopping:
                ready = {key.fd for key, _ in selector.select()}
                stopping = stop in ready
                for pipe in ready - {stop}:
                    self._copy(pipe)

    def _copy(self, pipe: int) -> None:
        name, target = self._pipes[pipe]
        data = os.read(pipe, CHUNK)
        if target == STDERR:
            with self._lock:
                self._last[name] = (self._last.get(name, b"") + data)[-REMEMBERED_BYTES:]
        write_all(target, data)


@contextmanager
def carried(state: Path, programs: tuple[str, ...]) -> Iterator[Output]:
    """Makes the pipes `out` and `PROGRAM.err` in the state folder and copies in a thread while the context lasts."""
    targets = {state / "out": STDOUT} | {state / f"{name}.err": STDERR for name in programs}
    with ExitStack() as closing:
        stop_read, stop_write = os.pipe()
        closing.callback(os.close, stop_read)
        closing.callback(os.close, stop_write)
        pipes = {_opened(closing, path): (path.stem, target) for path, target in targets.items()}
        output = Output(pipes)
        thread = threading.Thread(target=output.carry, args=(stop_read,), name="output", daemon=True)
        thread.start()
        try:
            yield output
        finally:
            os.write(stop_write, b"x")
            thread.join(5)


def _opened(closing: ExitStack, path: Path) -> int:
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    closing.callback(path.unlink, missing_ok=True)
    # Read and write: a pipe without a writer would read as ended while a child is being restarted.
    pipe = os.open(path, os.O_RDWR)
    closing.callback(os.close, pipe)
    return pipe


def write_all(target: int, data: bytes) -> None:
    """Writes every byte. A reader of ours that has gone away must not stop the gateway: its bytes are dropped."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(target, rest) :]
        except BlockingIOError:
            select.select([], [target], [])
        except OSError:
            return
