"""One manifest file → its objects, pure: text in, objects, problems and lines out; an edit costs what it touches.

A file is cut into pieces; a piece whose bytes did not change keeps its objects, whatever line it moved to. A piece that
cannot be read does not take down what it said before: while anything in a file is wrong, objects that are missing from
it stay as they last were. Must not touch the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ambassador.model.config_snapshot import Changes, Objects, diff
from ambassador.model.keys import ObjectKey, file_key
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Problem, Reason, Severity
from ambassador.sources.file_lines import FileLines, Kept
from ambassador.sources.pieces import Piece, read_piece
from ambassador.sources.split import Edit, edit, split

Before = Mapping[ObjectKey, Kept]
Reader = Callable[[bytes, bool], Piece]
NOTHING: Before = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Documents:
    """One file as it is served. `path` as the user wrote it.

    `objects` are those of the pieces and, while something is wrong (`broken` counts the pieces) or the file is still
    being written (`partial`), the `kept` ones that it gave before.
    """

    path: str
    raws: tuple[bytes, ...] = ()
    pieces: tuple[Piece, ...] = ()
    objects: Objects = field(default_factory=dict)
    kept: Before = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    broken: int = 0
    partial: bool = False
    doubled: bool = False
    lines: FileLines = field(default_factory=lambda: FileLines((), {}))


@dataclass(frozen=True, slots=True)
class Reading:
    """A file read anew, and which of its objects changed."""

    documents: Documents
    changes: Changes


def read(
    old: Documents, data: bytes, partial: bool = False, before: Before = NOTHING, reader: Reader | None = None
) -> Reading:
    """The file `old`, now that its bytes are `data`; for a file never read, `old` is an empty `Documents(path)`.

    `before`: objects that the file gave before this process knew it; they stand in when it is broken at first sight.
    `partial`: somebody is still writing the file, so that what is missing is not yet gone. `reader` reads its pieces.
    """
    is_json = old.path.lower().endswith(".json")
    if not (old.raws or old.objects or before or partial):
        return _first(old, data, is_json, reader or read_piece)
    change = _whole(old, data) if is_json else edit(old.raws, data)
    known = {piece.raw: piece for piece in old.pieces[change.start : change.stop]}
    fresh = tuple(known.get(raw) or (reader or read_piece)(raw, is_json) for raw in change.pieces)
    removed = old.pieces[change.start : change.stop]
    new = replace(
        old,
        raws=old.raws[: change.start] + change.pieces + old.raws[change.stop :],
        pieces=old.pieces[: change.start] + fresh + old.pieces[change.stop :],
        broken=old.broken + _broken(fresh) - _broken(removed),
        partial=partial,
    )
    if old.kept or old.doubled or before or new.broken or partial or _collide(old, removed, fresh):
        return _rebuilt(old, new, before)
    return _patched(old, new, removed, fresh)


def _first(old: Documents, data: bytes, is_json: bool, reader: Reader) -> Reading:
    """A file that gave nothing before: all of it is new."""
    raws = _whole(old, data).pieces if is_json else split(data)
    pieces = tuple([reader(raw, is_json) for raw in raws])
    pairs = [pair for piece in pieces for pair in piece.pairs]
    objects = dict(pairs)
    broken = _broken(pieces)
    if broken or len(objects) != len(pairs):
        return _rebuilt(old, replace(old, raws=raws, pieces=pieces, broken=broken, partial=False), NOTHING)
    return Reading(Documents(old.path, raws, pieces, objects, lines=FileLines(pieces, {})), objects)


def withheld(old: Documents, reason: Reason, message: str, before: Before = NOTHING) -> Reading:
    """The file cannot be read at all: everything that it gave stays, with one problem on the file."""
    empty = replace(old, raws=(), pieces=(), broken=0, partial=False)
    problem = Problem(Severity.ERROR, reason, message, file_key(old.path), line=1)
    reading = _rebuilt(old, replace(empty, broken=1), before)
    problems = _with_kept((problem,), reading.documents.kept)
    # Nothing of it is known to be broken: the next bytes alone decide.
    return replace(reading, documents=replace(reading.documents, broken=0, problems=problems))


def restored(old: Documents, before: Before) -> Reading:
    """A file that is not there, as it was `before`."""
    return _rebuilt(old, replace(old, partial=True), before)


def _whole(old: Documents, data: bytes) -> Edit:
    return Edit(0, len(old.raws), (data,) if data.strip() else ())


def _broken(pieces: Iterable[Piece]) -> int:
    return sum(bool(piece.faults) for piece in pieces)


def _collide(old: Documents, removed: tuple[Piece, ...], fresh: tuple[Piece, ...]) -> bool:
    gone = {key for piece in removed for key, _ in piece.pairs}
    keys = [key for piece in fresh for key, _ in piece.pairs]
    return len(set(keys)) != len(keys) or any(key in old.objects and key not in gone for key in keys)


def _patched(old: Documents, new: Documents, removed: tuple[Piece, ...], fresh: tuple[Piece, ...]) -> Reading:
    """Nothing is wrong or doubled: only keys of the touched pieces can have changed."""
    given = {key: value for piece in fresh for key, value in piece.pairs}
    changes: dict[ObjectKey, SourceObject | None] = {
        key: value for key, value in given.items() if old.objects.get(key) != value
    }
    changes |= {key: None for piece in removed for key, _ in piece.pairs if key not in given}
    objects = old.objects
    if changes:
        # A copy and two strokes: a comprehension would hash every key of the file again.
        merged = dict(old.objects)
        merged.update((key, value) for key, value in changes.items() if value is not None)
        for key in [key for key, value in changes.items() if value is None]:
            del merged[key]
        objects = merged
    return Reading(replace(new, objects=objects, problems=(), lines=FileLines(new.pieces, {})), changes)


def _rebuilt(old: Documents, new: Documents, before: Before) -> Reading:
    """All pieces looked at again: one that is wrong, or defines a key twice, concerns the others."""
    given: dict[ObjectKey, SourceObject] = {}
    for piece in new.pieces:
        for key, value in piece.pairs:
            was = old.objects.get(key)
            given.setdefault(key, was if was == value and was is not None else value)
    kept: Before = NOTHING
    if new.broken or new.partial:
        missing = {key: old.lines.kept(key, old.objects[key]) for key in old.objects.keys() - given.keys()}
        kept = {**{key: item for key, item in before.items() if key not in given}, **missing}
    objects = {**given, **{key: item.object for key, item in kept.items()}}
    lines = FileLines(new.pieces, kept)
    doubled = sum(len(piece.pairs) for piece in new.pieces) != len(given)
    problems = _with_kept(tuple(_faults(new)), kept) + (tuple(_doubles(new.path, lines)) if doubled else ())
    documents = replace(new, objects=objects, kept=kept, problems=problems, doubled=doubled, lines=lines)
    return Reading(documents, diff(old.objects, objects))


def _faults(documents: Documents) -> Iterable[Problem]:
    first_line = 1
    for piece in documents.pieces:
        for fault in piece.faults:
            yield fault.in_file(documents.path, first_line)
        first_line += piece.newlines


def _with_kept(problems: tuple[Problem, ...], kept: Before) -> tuple[Problem, ...]:
    if not problems or not kept:
        return problems
    names = ", ".join(str(key) for key in sorted(kept)[:3])
    more = f" and {len(kept) - 3} more" if len(kept) > 3 else ""
    message = f"{problems[0].message} (still served as last read: {names}{more})"
    return (replace(problems[0], message=message), *problems[1:])


def _doubles(path: str, lines: FileLines) -> Iterable[Problem]:
    for key, first, again in lines.doubles():
        message = f"{key} is defined twice; {path}:{first} is used: remove or rename this one"
        yield Problem(Severity.ERROR, Reason.DUPLICATE_OBJECT, message, file_key(path), line=again)
