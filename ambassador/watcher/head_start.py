"""Clusters for Envoy while manifests are still being read: it takes seconds for thousands of them.

Nothing here decides what is served: listeners and routes come with the first revision, and what that one does not hold
is taken away by it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, wait

from ambassador.compile.early import Early
from ambassador.compile.pipeline import Compiler
from ambassador.model.config_snapshot import Objects
from ambassador.watcher.controller import Controller


class HeadStart:
    """Compiles on the executor that compiles everything: the first revision waits there for its turn."""

    def __init__(self, compiler: Compiler, executor: Executor, early: Early) -> None:
        self._compiler = compiler
        self._executor = executor
        self._early = early
        self._failed = False

    def take(self, objects: Objects) -> None:
        """Some objects that have just been read. Returns when Envoy is told: two threads that compute at once would
        keep the one that answers Envoy waiting.
        """
        if self._failed:
            return
        work = self._executor.submit(self._compiler.ahead, objects, self._early)
        wait((work,))
        # A bug in a rule: the first revision meets it again, and finds the object that it is about.
        self._failed = work.exception() is not None


def head_start(controller: Controller) -> Callable[[Objects], None] | None:
    """Who takes objects as they are read; None where one is held back: what Envoy refused would be sent again.

    Called on the event loop; the result from any thread.
    """
    if controller.memory.refused:
        return None
    return HeadStart(controller.compiler, controller.executor, controller.early()).take
