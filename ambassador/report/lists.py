"""Problems and objects as JSON, a window at a time: only what is shown is rendered, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ambassador.model.keys import ObjectKey
from ambassador.model.origins import Origins
from ambassador.model.problems import Problem, Severity
from ambassador.report.render import Json, one_object, problem
from ambassador.report.revision import Revision


@dataclass(frozen=True, slots=True)
class Part:
    """Some of many: `head` are the fields beside them, `items` are rendered one by one."""

    head: Json
    name: str
    items: Iterator[Json]
    size: int

    @property
    def whole(self) -> Json:
        """All of it as one value."""
        return {**self.head, self.name: list(self.items)}


def problems(revision: Revision, of: ObjectKey | None = None, limit: int | None = None, offset: int = 0) -> Part:
    """Problems of everything, or of one object: errors first, then by file and line."""
    found = [one for one in revision.problems() if of is None or one.source == of]
    errors = sum(one.severity is Severity.ERROR for one in found)
    origins = revision.config.origins
    shown = islice(_in_order(found, origins, offset, limit), offset, _end(limit, offset))
    head = {"revision": revision.number, "total": len(found), "errors": errors, "warnings": len(found) - errors}
    return Part(head, "problems", (problem(one, origins) for one in shown), _size(len(found), limit, offset))


def _in_order(found: Sequence[Problem], origins: Origins, offset: int, limit: int | None) -> Iterator[Problem]:
    """Lines cost most, so they are looked up in those files only that are shown; others are in no order."""
    by_file: dict[tuple[bool, str], list[Problem]] = {}
    for one in found:
        file = origins.file(one.source) or ""
        by_file.setdefault((one.severity is not Severity.ERROR, file), []).append(one)

    def place(one: Problem) -> tuple[int, str, str]:
        line = one.line if one.line is not None else origins.line(one.source, one.path)
        return line or 0, one.source.name, one.message

    end, passed = _end(limit, offset), 0
    for _, group in sorted(by_file.items()):
        yield from group if passed + len(group) <= offset else sorted(group, key=place)
        passed += len(group)
        if end is not None and passed >= end:
            return


def objects(revision: Revision, q: str, limit: int | None, offset: int) -> Part:
    """Input objects with what became of them. `q`: a text in their names, in small letters."""
    known: Iterable[ObjectKey] = revision.config.objects
    keys = sorted(key for key in known if q in f"{key} {key.name}".lower()) if q else sorted(known)
    shown = keys[offset : _end(limit, offset)]
    by_object = revision.by_object()
    items = (one_object(revision, key, by_object.get(key, [])) for key in shown)
    return Part({"revision": revision.number, "total": len(keys)}, "objects", items, len(shown))


def _end(limit: int | None, offset: int) -> int | None:
    return None if limit is None else offset + limit


def _size(total: int, limit: int | None, offset: int) -> int:
    left = max(0, total - offset)
    return left if limit is None else min(limit, left)
