"""Runs supervisord without what it imports and never uses here: 2.6 MB less for as long as the gateway runs.
And so that no signal is lost that meets a program between its fork and its beginning.

It answers on a unix socket only (no OpenSSL), shows no page of its own (no templates), and is told the one extension
that it has by name (no metadata of packages). What stands in for these fits supervisor 4.3, as pyproject.toml wants it.

`python -m ambassador.cli.supervisord -c FILE`
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import ModuleType

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


class EntryPoint:
    """What supervisord needs of `importlib.metadata.EntryPoint`. `value`: `module:attribute`."""

    def __init__(self, name: str | None, value: str, group: str | None) -> None:
        self.value = value

    def load(self) -> object:
        module, _, attribute = self.value.partition(":")
        return getattr(importlib.import_module(module), attribute)


class NoPage:
    """In the place of supervisord's own page: takes no request."""

    def __init__(self, supervisord: object) -> None:
        self.supervisord = supervisord

    def match(self, request: object) -> bool:
        return False


def main() -> None:
    """Becomes supervisord. (Neither `dataclasses` nor `typing` here: nothing else in the process would load them.)"""
    # What Python takes for a module that cannot be imported.
    sys.modules["ssl"] = None  # type: ignore[assignment]
    sys.modules["importlib.metadata"] = _stand_in("importlib.metadata", EntryPoint=EntryPoint)
    sys.modules["importlib.resources"] = _stand_in("importlib.resources", files=None)
    sys.modules["supervisor.web"] = _stand_in("supervisor.web", supervisor_ui_handler=NoPage)
    end_children_that_have_not_begun()
    importlib.import_module("supervisor.supervisord").main()


def end_children_that_have_not_begun() -> None:
    """From now on a signal ends a program that is forked and has not become itself yet.

    The handlers that it has from supervisord would take the signal for themselves, and supervisord would wait for the
    end of a program that knows of nothing until it kills it, 40 s later.
    """

    def hold() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)

    def let_go() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)

    def in_child() -> None:
        for number in _STOPPING:
            signal.signal(number, signal.SIG_DFL)
        let_go()

    os.register_at_fork(before=hold, after_in_parent=let_go, after_in_child=in_child)


def _stand_in(name: str, **members: object) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


if __name__ == "__main__":
    main()
