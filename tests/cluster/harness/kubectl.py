"""`kubectl` as people use it: apply, rollout, port-forward. Every call ends."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

KUBECTL = os.environ.get("KUBECTL", "kubectl")


class Failed(AssertionError):
    """kubectl said no; the message is what it printed."""


def kubectl(*arguments: str, given: str | None = None, seconds: float = 60.0) -> str:
    """What it prints on stdout.

    Raises:
        Failed: it ended with an error, or took longer.
    """
    command = [KUBECTL, *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{' '.join(command)}: no end within {seconds:g} s") from error
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def quietly(*arguments: str, seconds: float = 30.0) -> str:
    """What it prints, whatever it is: for reports of a failure."""
    try:
        return kubectl(*arguments, seconds=seconds)
    except Failed as error:
        return str(error)


@contextmanager
def forwarded(what: str, port: int, namespace: str) -> Iterator[str]:
    """The URL of a port of a pod, Deployment or Service, by `kubectl port-forward` to a free local port."""
    command = [KUBECTL, "-n", namespace, "port-forward", "--address", "127.0.0.1", what, f":{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            yield f"http://127.0.0.1:{_port(process)}"
        finally:
            process.terminate()
            process.wait(10)


def _port(process: subprocess.Popen[bytes], seconds: float = 20.0) -> int:
    assert process.stdout is not None
    said, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([process.stdout], [], [], 0.2)[0]:
            some = os.read(process.stdout.fileno(), 4096)
            said += some
            found = re.search(rb"Forwarding from 127\.0\.0\.1:(\d+)", said)
            if found:
                return int(found[1])
            if not some:
                break
    raise Failed(f"port-forward: {said.decode(errors='replace').strip() or 'said nothing'}")
