"""The folder of one running instance: sockets, pid file, bootstrap, last good configuration; never private keys."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ambassador.errors import StartError, UsageError

# Addresses of unix sockets hold 107 bytes; the longest name inside is supervisord's "/sv.sock.4194304" (unix(7)).
LONGEST = 107 - len("/report.sock.4194304")


@contextmanager
def opened(given: Path | None) -> Iterator[Path]:
    """The folder, ours alone while the context lasts; without `given` a private one that is removed at the end.

    Raises:
        UsageError: the path is too long for a unix socket in it.
        StartError: it cannot be made, or another instance uses it.
    """
    try:
        folder = _temporary() if given is None else _made(given)
    except OSError as error:
        raise StartError(f"state folder {given or ''} cannot be made: {error.strerror}") from error
    try:
        with (folder / "lock").open("w") as lock:
            _lock(lock.fileno(), folder)
            yield folder
    finally:
        if given is None:
            shutil.rmtree(folder, ignore_errors=True)


def write_diag_port(folder: Path, port: int) -> None:
    """Tells entrypoint/healthcheck.py, which sees neither flags nor settings, whom to ask."""
    (folder / "diag.port").write_text(f"{port}\n")


def _temporary() -> Path:
    base = Path(tempfile.gettempdir())
    room = LONGEST - len("/ambassador-12345678")
    return Path(tempfile.mkdtemp(prefix="ambassador-", dir=base if len(os.fsencode(base)) <= room else "/tmp"))


def _made(given: Path) -> Path:
    folder = given.absolute()
    if len(os.fsencode(folder)) > LONGEST:
        raise UsageError(
            f"state folder {folder} is longer than {LONGEST} bytes: unix sockets in it need a shorter path"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StartError(f"state folder {folder} is in use by another instance: choose another with --state") from error
