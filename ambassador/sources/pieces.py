"""One piece of a file (mostly one document) → its objects and faults; the unit that is read again or not at all.

A value equal bytes always give again; knows neither its file nor its line in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Reason
from ambassador.sources.faults import Fault
from ambassador.sources.json_values import read_json
from ambassador.sources.lines import TextLines
from ambassador.sources.manifests import Defaults, Entry, Mistake, objects_of
from ambassador.sources.yaml_values import Text, read_yaml

_DEFAULTS = Defaults()


@dataclass(frozen=True, slots=True)
class Located:
    """An object and where in the piece it stands: which document, and the line that begins with."""

    entry: Entry
    document: int
    line: int


@dataclass(frozen=True, slots=True)
class Piece:
    """`pairs` are the keys and objects of `located`, ready for tables."""

    raw: bytes
    newlines: int
    located: tuple[Located, ...] = ()
    faults: tuple[Fault, ...] = ()
    pairs: tuple[tuple[ObjectKey, SourceObject], ...] = ()


def read_piece(raw: bytes, is_json: bool = False) -> Piece:
    """The objects of one piece of text."""
    newlines = raw.count(b"\n")
    text = read_json(raw) if is_json else read_yaml(raw)
    if text.fault is not None:
        return Piece(raw, newlines, faults=(text.fault,))
    located, mistakes = judge(text, _DEFAULTS)
    pairs = tuple((item.entry.object.key, item.entry.object) for item in located)
    return Piece(raw, newlines, located, tuple(_faults(raw, mistakes)), pairs)


def judge(text: Text, defaults: Defaults) -> tuple[tuple[Located, ...], tuple[tuple[int, Mistake], ...]]:
    """Objects of a text, and what is no object with the number of its document."""
    located: list[Located] = []
    mistakes: list[tuple[int, Mistake]] = []
    for number, (document, line) in enumerate(text.documents):
        for found in objects_of(document, defaults):
            if isinstance(found, Entry):
                located.append(Located(found, number, line))
            else:
                mistakes.append((number, found))
    return tuple(located), tuple(mistakes)


def _faults(raw: bytes, mistakes: tuple[tuple[int, Mistake], ...]) -> Iterable[Fault]:
    lines = TextLines(raw)
    for number, mistake in mistakes:
        yield Fault(Reason.INVALID_OBJECT, mistake.message, lines.place(number, mistake.path).line)
