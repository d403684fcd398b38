"""Building messages without validating them, for the running watcher.

The library makes a pydantic validator of every message class. Declaring those of the packages we use takes half a
second of a start, compiling the ones we build another 0.4 s, and validating a message costs several times its encoding.
Everything that the watcher sends is built by our own code from values that were checked when they were read; the golden
cases, `check` and `dump` build with validation on, and a test holds the bytes of both ways equal.

Must not be used where messages are read or compared: a trusted message holds only the fields it was given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import pydantic.dataclasses
from betterproto2 import Message

from ambassador.errors import CompileError

M = TypeVar("M", bound=type)

_MESSAGES = "envoy_data_plane.envoy"


def trust_own_messages() -> None:
    """From now on message classes take their fields as they are given, and are declared when they are first used.

    Raises:
        CompileError: message classes have been imported already.
    """
    if any(name.startswith(_MESSAGES) for name in sys.modules):
        raise CompileError("messages can be trusted only before their classes are imported")
    # The library's modules ask pydantic for this decorator when they are imported.
    setattr(pydantic.dataclasses, "dataclass", _declared)  # noqa: B010 - mypy forbids assigning to a function


def _declared(cls: M | None = None, **_: Any) -> M | Callable[[M], M]:
    if cls is None:
        return _trusting
    return _trusting(cls)


def _trusting(cls: M) -> M:
    setattr(cls, "__init__", _constructor(cls))  # noqa: B010 - mypy forbids assigning to a method
    return cls


def _constructor(cls: type) -> Callable[..., None]:
    known: frozenset[str] | None = None

    def init(self: Message, **given: Any) -> None:
        nonlocal known
        if known is None:
            known = frozenset(cls.__annotations__)
        if not known.issuperset(given):
            raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(given.keys() - known))}")
        self.__dict__.update(given, _unknown_fields=b"")

    return init
