"""What an object says, kept small: as bytes, of which each look makes the values anew.

A manifest is read whole when it is new; after that few of its texts are ever asked for. As dictionaries it takes five
times the memory.
"""

from __future__ import annotations

import marshal
from collections.abc import ItemsView, Iterator, Mapping
from typing import Any, TypeVar

D = TypeVar("D")


class Packed(Mapping[str, object]):
    """A mapping of JSON's values. Nobody can change it: what it gives belongs to whoever asked."""

    __slots__ = ("_bytes",)

    def __init__(self, packed: bytes) -> None:
        self._bytes = packed

    def __getitem__(self, name: str) -> object:
        return self._values()[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self._values().get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._values()

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def items(self) -> ItemsView[str, object]:
        return self._values().items()

    def _values(self) -> dict[str, Any]:
        # Only what `packed` wrote is ever read: this format is none to take from others.
        values: dict[str, Any] = marshal.loads(self._bytes)
        return values


def packed(content: Mapping[str, object]) -> Mapping[str, object]:
    """The same content in little memory."""
    return Packed(marshal.dumps(dict(content)))
