"""Starts a program that cannot outlive its parent, not even when the parent is killed.

The kernel is asked to kill this process when its parent ends; then the program takes its place (same process id).
Must not do anything else: every child of `run` and of supervisord passes through here.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
PARENT_VARIABLE = "AMBASSADOR_PARENT_PID"


def command(argv: Sequence[str]) -> list[str]:
    """The command that runs `argv` tied to the life of the process that starts it."""
    return python_module("ambassador.cli.child", *argv)


def python_module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module with this interpreter; -P: never imports from the working directory."""
    return [sys.executable, "-P", "-m", name, *arguments]


def die_with_parent() -> None:
    """Ends this process with SIGKILL when its parent ends, at once if that has happened already (prctl(2))."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    expected = os.environ.get(PARENT_VARIABLE)
    if expected and os.getppid() != int(expected):
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Becomes the program named by the arguments."""
    die_with_parent()
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    try:
        os.execvp(sys.argv[1], sys.argv[1:])
    except OSError as error:
        sys.exit(f"cannot start {sys.argv[1]}: {error.strerror}")


if __name__ == "__main__":
    main()
