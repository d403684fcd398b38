"""Typed reads of raw mappings, driven by one declaration of fields per kind and feature.

The same declarations feed parsing, "did you mean" suggestions, `NotSupported`, the documentation table and the
schemas of the CRDs. Types of single fields are in `field_types.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, Generic, Literal, TypeVar, cast

from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, FieldPath, Problem, Reason, Severity

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a raw object that knows its path, so that every problem names its field."""

    source: ObjectKey
    raw: object
    path: FieldPath = ()

    def child(self, part: str | int, raw: object) -> Cursor:
        return Cursor(self.source, raw, (*self.path, part))

    def error(self, reason: Reason, message: str) -> Problem:
        return Problem(Severity.ERROR, reason, message, self.source, self.path)

    def warning(self, reason: Reason, message: str) -> Problem:
        return Problem(Severity.WARNING, reason, message, self.source, self.path)


class OnFault(Enum):
    """What a value that cannot be used costs: the smallest unit that can lose it without opening anything."""

    DROP_FIELD = "the field is ignored"
    REJECT_OBJECT = "the object is rejected"
    FAIL_CLOSED = "the route answers 500"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an object with declared fields must fulfil, in CEL (`self` is the object), for the API server to check.

    Never stricter than the parser, which says the same and more. `at` is the name of the field to blame.
    """

    holds: str
    message: str
    at: str


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What a value looks like, in OpenAPI's words. Without a type: of several types, so that only the parser can tell.

    `low` and `high` are inclusive; `of` is the type of a list's items or of a map's values.
    """

    type: Literal["", "string", "boolean", "integer", "array", "object"] = ""
    words: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    of: FieldType[Any] | None = None


ANY_SHAPE = Shape()


@dataclass(frozen=True, slots=True, eq=False)
class FieldType(Generic[T_co]):
    """How one value is read; compared by identity. `label` is for the documentation, `fields` are an object's.

    `shape` fits every value that `read` takes without an ERROR. `plain` tells of a raw value whether `read` would give
    it as it is, without a problem; it may say no.
    """

    label: str
    read: Callable[[Cursor], Checked[T_co | None]]
    fields: tuple[Field[Any], ...] = ()
    shape: Shape = ANY_SHAPE
    rules: tuple[Rule, ...] = ()
    plain: Callable[[object], bool] = lambda raw: False


@dataclass(frozen=True, slots=True, eq=False)
class Field(Generic[T_co]):
    """One field of a kind or feature.

    `protects`: the field keeps something closed, so a fault in it, or its not being built, answers 500.
    `built`: False for known fields that have no effect yet; `note` says what to do instead.
    """

    name: str
    type: FieldType[T_co]
    doc: str = ""
    aliases: tuple[str, ...] = ()
    default: str = ""
    required: bool = False
    on_fault: OnFault = OnFault.DROP_FIELD
    protects: bool = False
    built: bool = True
    note: str = ""


AnyField = Field[Any]
AnyFieldType = FieldType[Any]
Fields = tuple[AnyField, ...]


@dataclass(frozen=True, slots=True)
class Values:
    """What was read from one mapping: typed by the field that asks."""

    at: Cursor
    items: Mapping[str, object]
    rejected: bool = False

    def get(self, field: Field[T]) -> T | None:
        return cast("T | None", self.items.get(field.name))

    def or_else(self, field: Field[T], default: T) -> T:
        value = self.items.get(field.name)
        return default if value is None else cast("T", value)

    def on(self, field: AnyField) -> Cursor:
        """A cursor on a field, for problems found after reading."""
        return self.at.child(field.name, None)


@dataclass(frozen=True, slots=True)
class _Declared:
    """Declarations by every name that users may write, and which of them must be there."""

    by_name: Mapping[str, AnyField]
    required: Fields


def read_fields(at: Cursor, fields: Fields) -> Checked[Values]:
    """Reads a mapping by its declaration; unknown and unbuilt fields become problems, null counts as absent."""
    if not isinstance(at.raw, Mapping):
        found = at.error(Reason.INVALID_TYPE, f"{_here(at)} must be an object with fields, not {named(at.raw)}")
        return Checked(Values(at, {}, rejected=True), (found,))
    declared = _declared(fields)
    items: dict[str, object] = {}
    problems: list[Problem] = []
    rejected = False
    for name, raw in at.raw.items():
        field = declared.by_name.get(name)
        if raw is None:
            continue
        if field is None:
            problems.append(_unknown(at, str(name), declared.by_name))
            continue
        value, found_here = _read_one(at, str(name), raw, field)
        problems += found_here
        if value is not None:
            items[field.name] = value
        elif found_here and field.on_fault is OnFault.REJECT_OBJECT:
            rejected = True
    missing = [field for field in declared.required if field.name not in items]
    if missing and not rejected:
        problems += [_missing(at, field) for field in missing]
    return Checked(Values(at, items, rejected or bool(missing)), tuple(problems))


def object_of(
    fields: Fields, build: Callable[[Values], Checked[T | None]], label: str = "object", rules: tuple[Rule, ...] = ()
) -> FieldType[T]:
    """An object with declared fields; `build` turns what was read into the value."""

    def read(at: Cursor) -> Checked[T | None]:
        values = read_fields(at, fields)
        if values.value.rejected:
            return Checked(None, values.problems)
        built = build(values.value)
        return Checked(built.value, values.problems + built.problems)

    return FieldType(label, read, fields, Shape("object"), rules)


_LONGEST_WORD = 20


def named(raw: object) -> str:
    """What a raw value is, in a user's words."""
    if raw is None:
        return "nothing"
    if isinstance(raw, bool):
        return f"the boolean {str(raw).lower()}"
    if isinstance(raw, int | float):
        return f"the number {raw}"
    if isinstance(raw, str):
        # A longer one may be a credential in the wrong place, and problems are read by many.
        return f"the text {raw!r}" if len(raw) <= _LONGEST_WORD else f"a text of {len(raw)} characters"
    if isinstance(raw, Mapping):
        return "an object"
    return "a list" if isinstance(raw, list | tuple) else type(raw).__name__


def shortened(text: str, limit: int = 60) -> str:
    """Long values do not belong into a sentence."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def suggestion(name: str, known: tuple[str, ...]) -> str:
    """` Did you mean …?`, or nothing when no known name is near."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return f" Did you mean {near[0]}?" if near else ""


def _read_one(parent: Cursor, name: str, raw: object, field: AnyField) -> tuple[object, tuple[Problem, ...]]:
    if field.built and field.type.plain(raw):
        return raw, ()
    at = parent.child(name, raw)
    if not field.built:
        return None, (_not_built(at, field),)
    checked = field.type.read(at)
    problems = checked.problems
    if problems and (field.protects or field.on_fault is OnFault.FAIL_CLOSED):
        problems = tuple(replace(p, fails_closed=p.severity is Severity.ERROR) for p in problems)
    return checked.value, problems


@cache
def _declared(fields: Fields) -> _Declared:
    # A pure memo: the declarations are constants, and this is read for every object.
    by_name = {name: field for field in fields for name in (field.name, *field.aliases)}
    return _Declared(by_name, tuple(field for field in fields if field.required))


def _here(at: Cursor) -> str:
    if not at.path:
        return at.source.kind
    last = at.path[-1]
    return f"{at.path[-2]}[{last}]" if isinstance(last, int) and len(at.path) > 1 else str(last)


def _unknown(at: Cursor, name: str, known: Mapping[str, AnyField]) -> Problem:
    near = suggestion(name, tuple(known)) or " Remove it."
    message = f"{name} is not a field of {_here(at) if at.path[1:] else at.source.kind}, so it has no effect.{near}"
    return at.child(name, None).warning(Reason.UNKNOWN_FIELD, message)


def _missing(at: Cursor, field: AnyField) -> Problem:
    return at.child(field.name, None).error(Reason.MISSING_FIELD, f"{field.name} is required: {field.doc or 'add it'}")


def _not_built(at: Cursor, field: AnyField) -> Problem:
    if field.protects:
        message = f"{field.name} is not supported yet; what it protects answers 500 until it is removed"
        return replace(at.error(Reason.NOT_SUPPORTED, message), fails_closed=True)
    return at.warning(Reason.NOT_SUPPORTED, field.note or f"{field.name} is not supported yet and has no effect")
