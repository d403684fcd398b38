"""Building messages without validating them, for the running watcher.

The library validates every message when it is built: compiling the validators costs half a second at start, and each
message several times what its encoding costs. Everything that we build is built by our own code from values that were
checked when they were read, and the golden cases are compiled with validation on; a test holds the bytes of both ways
equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from betterproto2 import Message


def trust_own_messages() -> None:
    """From now on message classes that are loaded take their fields as they are given.

    Such a message holds only the fields that were given: it is there to be encoded, not to be read or compared.
    """
    for cls in Message.__subclasses__():
        if "__dataclass_fields__" in cls.__dict__:
            setattr(cls, "__init__", _constructor(cls))  # noqa: B010 - mypy does not let a method be assigned to


def _constructor(cls: type[Message]) -> Callable[..., None]:
    known: frozenset[str] | None = None

    def init(self: Message, **given: Any) -> None:
        nonlocal known
        if known is None:
            known = frozenset(one.name for one in fields(cls))  # type: ignore[arg-type]
        if not known.issuperset(given):
            raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(given.keys() - known))}")
        self.__dict__.update(given, _unknown_fields=b"")

    return init
