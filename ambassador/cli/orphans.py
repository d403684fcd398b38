"""Collects ended processes that nobody else will: in a container `run` is process 1, and orphans become its children.

Without this each of them stays as a zombie and keeps a process id. Must not collect the children that `run` started
and waits for itself.
"""

from __future__ import annotations

import os


def reap(ours: int) -> None:
    """Collects all that has ended, without waiting; `ours` is the process id of our own child, which is left alone."""
    while (ended := _ended()) and ended != ours:
        os.waitpid(ended, 0)


def _ended() -> int:
    """The process id of a child that has ended, still uncollected; 0: there is none."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return 0
    return found.si_pid if found else 0
