"""Building messages without validating them, for the running watcher.

The library makes a pydantic validator of every message class. Declaring those of the packages we use takes half a
second of a start, compiling the ones we build another 0.4 s, validating a message costs several times its encoding, and
pydantic alone takes 5 MB of memory.
Everything that the watcher sends is built by our own code from values that were checked when they were read; the golden
cases, `check` and `dump` build with validation on, and a test holds the bytes of both ways equal.

Must not be used where messages are read or compared: a trusted message holds only the fields it was given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from ambassador.errors import CompileError

F = TypeVar("F")
M = TypeVar("M", bound=type)

_MESSAGES = "envoy_data_plane.envoy"
_OF_TIMES = ("dateutil", "dateutil.parser")
_ABSENT: Any = None
"""What Python takes for a module that cannot be imported."""


def trust_own_messages() -> None:
    """From now on message classes take their fields as they are given, and are declared when they are first used.

    Raises:
        CompileError: message classes have been imported already.
    """
    if any(name.startswith(_MESSAGES) for name in sys.modules):
        raise CompileError("messages can be trusted only before their classes are imported")
    # Where pydantic is not installed the library does without it; only its modules of messages ask it for decorators.
    sys.modules["pydantic"] = _stand_in("pydantic", model_validator=_unchecked)
    sys.modules["pydantic.dataclasses"] = _stand_in("pydantic.dataclasses", dataclass=_declared)
    sys.modules["pydantic_core"] = _ABSENT
    # Reads texts of points in time into messages, which nobody does here, and takes 1 MB.
    for name in _OF_TIMES:
        sys.modules[name] = _stand_in(name)


def give_pydantic_back() -> None:
    """With all that was left out beside it, for other libraries that are imported from now on; message classes stay as
    they are."""
    if isinstance(sys.modules.get("pydantic"), _StandIn):
        for name in ("pydantic", "pydantic.dataclasses", "pydantic_core", *_OF_TIMES):
            del sys.modules[name]


class _StandIn(ModuleType):
    """A module of ours under another's name."""


def _stand_in(name: str, **members: object) -> ModuleType:
    module = _StandIn(name)
    vars(module).update(members)
    return module


def _unchecked(**_: Any) -> Callable[[F], F]:
    return lambda check: check


def _declared(cls: M | None = None, **_: Any) -> M | Callable[[M], M]:
    if cls is None:
        return _trusting
    return _trusting(cls)


def _trusting(cls: M) -> M:
    setattr(cls, "__init__", _constructor(cls))  # noqa: B010 - mypy forbids assigning to a method
    return cls


def _constructor(cls: type) -> Callable[..., None]:
    known: frozenset[str] | None = None

    def init(self: Any, **given: Any) -> None:
        nonlocal known
        if known is None:
            known = frozenset(cls.__annotations__)
        if not known.issuperset(given):
            raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(given.keys() - known))}")
        self.__dict__.update(given, _unknown_fields=b"")

    return init
