"""Where objects came from: a side table, joined only when something is rendered, so that lines never reach the memo."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A text that an object stands in, as it was read: `path` leads to it in document number `document` of the text.

    `first_line` is the file's line that the text begins on; None where lines of the text are no lines of a file.
    `flat`: written in the flat form, so that `spec.prefix` of the object is `prefix` in the text.
    """

    text: str = field(repr=False)
    first_line: int | None = None
    document: int = 0
    path: FieldPath = ()
    flat: bool = False


class Origins(Protocol):
    """Immutable view belonging to one ConfigSnapshot."""

    def of(self, key: ObjectKey) -> Origin:
        """Origin of an object (CLUSTER when it is in no file)."""

    def file(self, key: ObjectKey) -> str | None:
        """The file of an object alone, which costs less than its line."""

    def line(self, key: ObjectKey, path: FieldPath) -> int | None:
        """Line of a field; of its nearest existing parent when the field is absent; None when not from a file."""

    def excerpt(self, key: ObjectKey) -> Excerpt | None:
        """The text that an object stands in, secrets and all; None when there is none any more."""


class NoOrigins:
    """Origins of objects that live in a cluster or in a test."""

    def of(self, key: ObjectKey) -> Origin:
        return CLUSTER

    def file(self, key: ObjectKey) -> str | None:
        return None

    def line(self, key: ObjectKey, path: FieldPath) -> int | None:
        return None

    def excerpt(self, key: ObjectKey) -> Excerpt | None:
        return None
