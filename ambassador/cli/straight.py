"""Envoy's access log straight to the stdout of `ambassador run`.

supervisord would read each line from one pipe and write it into another, where `run` copies it once more: some
microseconds a request, and who stops reading our stdout would stop supervisord. So the program opens our stdout itself.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

VARIABLE = "AMBASSADOR_STDOUT"
STDOUT = 1


def environment() -> Mapping[str, str]:
    """What tells a program below us where our stdout is; an empty text where it can't be opened once more."""
    return {VARIABLE: f"/proc/{os.getpid()}/fd/{STDOUT}" if _is_stream(STDOUT) else ""}


def take(environ: Mapping[str, str]) -> bool:
    """Makes that stdout our own; False where it can't be had, and nothing has changed.

    Does not wait for a pipe that nobody reads any more.
    """
    path = environ.get(VARIABLE)
    if not path:
        return False
    try:
        found = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return False
    streams = _is_stream(found)
    if streams:
        os.set_blocking(found, True)
        os.dup2(found, STDOUT)
    os.close(found)
    return streams


def _is_stream(descriptor: int) -> bool:
    """A pipe or a terminal. A file that is opened once more is written over from its start; a socket has no name."""
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
