"""How an input object is named everywhere in the program."""

from __future__ import annotations

from typing import NamedTuple, NewType

Kind = NewType("Kind", str)
Namespace = NewType("Namespace", str)


class ObjectKey(NamedTuple):
    """Identity of an input object. A named tuple, not a dataclass: tables of 10,000 keys are hashed and sorted in C."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def file_key(path: str) -> ObjectKey:
    """The key under which a source reports what is wrong with a whole file (or another text that is no object yet)."""
    return ObjectKey("File", "", path)
