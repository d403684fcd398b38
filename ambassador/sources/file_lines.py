"""Lines of the objects of one file, worked out when somebody asks and not before.

Belongs to one reading of the file. The answers are remembered; nothing else ever changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.origins import Excerpt
from ambassador.model.problems import FieldPath
from ambassador.sources.lines import TextLines
from ambassador.sources.manifests import flat_path
from ambassador.sources.pieces import Located, Piece

_FEW = 3
"""Questions that are answered without an index."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An object that its file no longer gives, and the line on which it last began."""

    object: SourceObject
    line: int


class FileLines:
    """1-based lines of one file's objects and of their fields."""

    __slots__ = ("_asked", "_index", "_kept", "_pieces", "_text")

    def __init__(self, pieces: tuple[Piece, ...], kept: Mapping[ObjectKey, Kept]) -> None:
        self._pieces = pieces
        self._kept = kept
        self._index: dict[ObjectKey, tuple[int, Piece, Located]] | None = None
        self._text: tuple[Piece, TextLines] | None = None
        self._asked = 0

    def line(self, key: ObjectKey, path: FieldPath = (), within: int | None = None) -> int | None:
        """Line of an object's field, or of its nearest parent; None when the file has no such object.

        `within`: 0-based line inside the text that the field holds.
        """
        found = self._find(key)
        if found is None:
            return self._kept[key].line if key in self._kept else None
        first_line, piece, located = found
        if not path and not located.entry.path:
            return first_line + located.line
        inner = flat_path(path) if located.entry.flat else path
        place = self._lines_of(piece).place(located.document, (*located.entry.path, *inner))
        return first_line + (place.line if within is None else place.within(within))

    def excerpt(self, key: ObjectKey) -> Excerpt | None:
        """The piece of the file that an object stands in; None when the file has no such object."""
        found = self._find(key)
        if found is None:
            return None
        first_line, piece, located = found
        text = piece.raw.removeprefix(b"\xef\xbb\xbf").decode(errors="replace")
        return Excerpt(text, first_line, located.document, located.entry.path, located.entry.flat)

    def kept(self, key: ObjectKey, value: SourceObject) -> Kept:
        """The object with its present line, to be remembered when the file loses it."""
        return Kept(value, self.line(key) or 1)

    def doubles(self) -> Iterator[tuple[ObjectKey, int, int]]:
        """Keys given more than once, with the line that counts and the line that does not."""
        for first_line, piece, located in self._all():
            key = located.entry.object.key
            used = self._indexed()[key]
            if used[2] is not located or used[0] != first_line:
                place = self._lines_of(piece).place(located.document, located.entry.path)
                yield key, self.line(key) or 1, first_line + place.line

    def _all(self) -> Iterator[tuple[int, Piece, Located]]:
        first_line = 1
        for piece in self._pieces:
            for located in piece.located:
                yield first_line, piece, located
            first_line += piece.newlines

    def _find(self, key: ObjectKey) -> tuple[int, Piece, Located] | None:
        """One edit asks for one line: looking for it is cheaper than an index of 10,000 objects."""
        self._asked += 1
        if self._index is None and self._asked <= _FEW:
            return next((item for item in self._all() if item[2].entry.object.key == key), None)
        return self._indexed().get(key)

    def _indexed(self) -> dict[ObjectKey, tuple[int, Piece, Located]]:
        if self._index is None:
            index: dict[ObjectKey, tuple[int, Piece, Located]] = {}
            for item in self._all():
                index.setdefault(item[2].entry.object.key, item)
            self._index = index
        return self._index

    def _lines_of(self, piece: Piece) -> TextLines:
        """The last piece asked about stays composed: problems of one large document come in a row."""
        last = self._text
        if last is None or last[0] is not piece:
            last = self._text = (piece, TextLines(piece.raw))
        return last[1]
