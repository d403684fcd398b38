"""Types that fields can have: each reads one raw value into a Python value, or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from ambassador.model.fields import Cursor, FieldType, Shape, named, suggestion
from ambassador.model.problems import Checked, Problem, Reason

T = TypeVar("T")

# Envoy keeps durations as google.protobuf.Duration; a day is beyond any sensible time-out and far below its limit.
MAX_MILLISECONDS = 366 * 24 * 3600 * 1000
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|us|µs|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def wrong_type(at: Cursor, wanted: str) -> Problem:
    hint = " Put it in quotes." if wanted == "a text" and isinstance(at.raw, bool | int | float) else ""
    return at.error(Reason.INVALID_TYPE, f"{at.path[-1]} must be {wanted}, not {named(at.raw)}.{hint}")


def _read_text(at: Cursor) -> Checked[str | None]:
    if not isinstance(at.raw, str):
        return Checked(None, (wrong_type(at, "a text"),))
    if not at.raw.isprintable() and any(ord(char) < 32 or ord(char) == 127 for char in at.raw):
        message = f"{at.path[-1]} holds a control character; remove it"
        return Checked(None, (at.error(Reason.INVALID_VALUE, message),))
    return Checked(at.raw)


def _read_boolean(at: Cursor) -> Checked[bool | None]:
    if isinstance(at.raw, bool):
        return Checked(at.raw)
    return Checked(None, (wrong_type(at, "true or false"),))


def _read_text_or_true(at: Cursor) -> Checked[str | bool | None]:
    if isinstance(at.raw, bool):
        return Checked(at.raw)
    checked = _read_text(at)
    return Checked(checked.value, checked.problems)


TEXT: FieldType[str] = FieldType(
    "text", _read_text, shape=Shape("string"), plain=lambda raw: isinstance(raw, str) and raw.isprintable()
)
BOOLEAN: FieldType[bool] = FieldType(
    "boolean", _read_boolean, shape=Shape("boolean"), plain=lambda raw: isinstance(raw, bool)
)
TEXT_OR_BOOLEAN: FieldType[str | bool] = FieldType("text or boolean", _read_text_or_true)
ANYTHING: FieldType[object] = FieldType("any", lambda at: Checked(at.raw))


def integer(low: int, high: int, label: str = "") -> FieldType[int]:
    """A whole number within bounds (both inclusive)."""

    def read(at: Cursor) -> Checked[int | None]:
        if not isinstance(at.raw, int) or isinstance(at.raw, bool):
            return Checked(None, (wrong_type(at, "a whole number"),))
        if not low <= at.raw <= high:
            message = f"{at.path[-1]} must be from {low} to {high}, not {at.raw}"
            return Checked(None, (at.error(Reason.INVALID_VALUE, message),))
        return Checked(at.raw)

    return FieldType(label or f"integer {low}–{high}", read, shape=Shape("integer", low=low, high=high))


def choice(*words: str) -> FieldType[str]:
    """One of a few words."""

    def read(at: Cursor) -> Checked[str | None]:
        if isinstance(at.raw, str) and at.raw in words:
            return Checked(at.raw)
        near = suggestion(str(at.raw), words)
        message = f"{at.path[-1]} must be one of {', '.join(words)}, not {named(at.raw)}.{near}"
        return Checked(None, (at.error(Reason.INVALID_VALUE, message),))

    return FieldType(" | ".join(words), read, shape=Shape("string", words))


def _read_milliseconds(at: Cursor) -> Checked[timedelta | None]:
    checked = integer(0, MAX_MILLISECONDS).read(at)
    return checked.map(lambda value: None if value is None else timedelta(milliseconds=value))


def _read_duration(at: Cursor) -> Checked[timedelta | None]:
    if not isinstance(at.raw, str):
        return Checked(None, (wrong_type(at, "a text such as 250ms or 1.5s"),))
    parts = _DURATION_PART.findall(at.raw)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if not parts or "".join(number + unit for number, unit in parts) != at.raw or seconds * 1000 > MAX_MILLISECONDS:
        message = f"{at.path[-1]} must be a duration such as 250ms, 1.5s or 2m, not {named(at.raw)}"
        return Checked(None, (at.error(Reason.INVALID_VALUE, message),))
    return Checked(timedelta(seconds=seconds))


MILLISECONDS: FieldType[timedelta] = FieldType(
    "milliseconds", _read_milliseconds, shape=Shape("integer", low=0, high=MAX_MILLISECONDS)
)
DURATION: FieldType[timedelta] = FieldType("duration", _read_duration, shape=Shape("string"))


def list_of(item: FieldType[T]) -> FieldType[tuple[T, ...]]:
    """A list; one bad item makes the whole list unusable, since half a list may mean something else."""

    def read(at: Cursor) -> Checked[tuple[T, ...] | None]:
        if not isinstance(at.raw, Sequence) or isinstance(at.raw, str | bytes):
            return Checked(None, (wrong_type(at, "a list"),))
        read_items = [item.read(at.child(number, raw)) for number, raw in enumerate(at.raw)]
        problems = tuple(problem for checked in read_items for problem in checked.problems)
        values = tuple(checked.value for checked in read_items if checked.value is not None)
        return Checked(values if len(values) == len(read_items) else None, problems)

    return FieldType(f"list of {item.label}", read, item.fields, Shape("array", of=item))


def map_of(value: FieldType[T]) -> FieldType[tuple[tuple[str, T], ...]]:
    """A map from text; the value is a tuple of pairs sorted by key, so that writing order changes nothing."""

    def read(at: Cursor) -> Checked[tuple[tuple[str, T], ...] | None]:
        if not isinstance(at.raw, Mapping):
            return Checked(None, (wrong_type(at, "an object with texts as keys"),))
        pairs = [(str(key), value.read(at.child(str(key), raw))) for key, raw in at.raw.items()]
        problems = tuple(problem for _, checked in pairs for problem in checked.problems)
        good = tuple(
            sorted(
                ((key, checked.value) for key, checked in pairs if checked.value is not None), key=lambda pair: pair[0]
            )
        )
        return Checked(good if len(good) == len(pairs) else None, problems)

    return FieldType(f"map of {value.label}", read, value.fields, Shape("object", of=value))


def list_or_one(item: FieldType[T], separator: str = "") -> FieldType[tuple[T, ...]]:
    """A list, or one value standing for a list of one (split at `separator` when there is one)."""
    whole = list_of(item)

    def read(at: Cursor) -> Checked[tuple[T, ...] | None]:
        if not isinstance(at.raw, str):
            return whole.read(at)
        texts = [part.strip() for part in at.raw.split(separator)] if separator else [at.raw]
        return whole.read(Cursor(at.source, [text for text in texts if text], at.path))

    return FieldType(f"{item.label} or list of it", read, item.fields)


TEXTS = list_of(TEXT)
TEXT_MAP = map_of(TEXT)
