"""Where objects came from: a side table, joined only when something is rendered, so that lines never reach the memo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ambassador.model.keys import ObjectKey
from ambassador.model.problems import FieldPath


@dataclass(frozen=True, slots=True)
class Origin:
    """`file` is None for objects of a cluster; `line` is the object's first line (1-based)."""

    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return "cluster" if self.file is None else f"{self.file}:{self.line}"


CLUSTER = Origin()


class Origins(Protocol):
    """Immutable view belonging to one ConfigSnapshot."""

    def of(self, key: ObjectKey) -> Origin:
        """Origin of an object (CLUSTER when it is in no file)."""

    def line(self, key: ObjectKey, path: FieldPath) -> int | None:
        """Line of a field; of its nearest existing parent when the field is absent; None when not from a file."""


class NoOrigins:
    """Origins of objects that live in a cluster or in a test."""

    def of(self, key: ObjectKey) -> Origin:
        return CLUSTER

    def line(self, key: ObjectKey, path: FieldPath) -> int | None:
        return None
