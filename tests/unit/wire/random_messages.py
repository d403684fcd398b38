"""Messages made up from class metadata: by hypothesis, and one by one for every field there is."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import betterproto2 as bp
from betterproto2 import Message
from hypothesis import strategies as st
from protobuf_judge import FieldType, field_types

RANGES = {
    bp.TYPE_INT32: (-(1 << 31), (1 << 31) - 1),
    bp.TYPE_INT64: (-(1 << 63), (1 << 63) - 1),
    bp.TYPE_UINT32: (0, (1 << 32) - 1),
    bp.TYPE_UINT64: (0, (1 << 64) - 1),
    bp.TYPE_SINT32: (-(1 << 31), (1 << 31) - 1),
    bp.TYPE_SINT64: (-(1 << 63), (1 << 63) - 1),
    bp.TYPE_FIXED32: (0, (1 << 32) - 1),
    bp.TYPE_FIXED64: (0, (1 << 64) - 1),
    bp.TYPE_SFIXED32: (-(1 << 31), (1 << 31) - 1),
    bp.TYPE_SFIXED64: (-(1 << 63), (1 << 63) - 1),
}
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    **{kind: st.integers(*bounds) for kind, bounds in RANGES.items()},
    bp.TYPE_BOOL: st.booleans(),
    bp.TYPE_STRING: TEXTS,
    bp.TYPE_BYTES: st.binary(max_size=8),
    bp.TYPE_FLOAT: st.floats(width=32, allow_nan=False),
    bp.TYPE_DOUBLE: st.floats(allow_nan=False),
}
DURATIONS = st.timedeltas(timedelta(days=-9000), timedelta(days=9000))
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
SAMPLES: dict[str, tuple[Any, ...]] = {
    **{kind: (0, 1, 127, 128, 300, *bounds) for kind, bounds in RANGES.items()},
    bp.TYPE_BOOL: (False, True),
    bp.TYPE_STRING: ("", "a", "ü" * 200),
    bp.TYPE_BYTES: (b"", b"\0\xff"),
    bp.TYPE_FLOAT: (0.0, -0.0, 1.5, math.inf),
    bp.TYPE_DOUBLE: (0.0, -0.0, 0.1, -math.inf),
}
DURATION_SAMPLES = tuple(timedelta(microseconds=n) for n in (0, 1, -1, 999_999, -1_500_000, 3_000_000, 3_600_000_001))
TIME_SAMPLES = (datetime(1970, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, 5, tzinfo=UTC))
MAX_FIELDS = 5


def build(cls: type[Message], values: dict[str, Any]) -> Message:
    """A message, also one of fields that are deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return cls(**values)


@st.composite
def messages(draw: st.DrawFn, cls: type[Message], depth: int = 3) -> Message:
    """A message with one to five random fields, `depth` messages deep."""
    fields = [f for f in field_types(cls) if depth or not is_message(f)]
    chosen = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=MAX_FIELDS, unique=True)) if fields else []
    one_a_oneof = {f.meta.group or f.name: f for f in chosen}.values()
    return build(cls, {f.name: draw(_field_values(f, depth)) for f in one_a_oneof})


def is_message(field: FieldType) -> bool:
    return field.value.proto_type == bp.TYPE_MESSAGE and not field.value.unwrap


def _field_values(field: FieldType, depth: int) -> st.SearchStrategy[Any]:
    one = _values(field, depth)
    if field.meta.map_meta:
        return st.dictionaries(SCALARS[field.key.proto_type], one, max_size=2)
    return st.lists(one, max_size=2) if field.meta.repeated else one


def _values(field: FieldType, depth: int) -> st.SearchStrategy[Any]:
    kind = field.value.proto_type
    if field.value.unwrap:
        return _wrapped_values(field.cls)
    if kind == bp.TYPE_MESSAGE:
        return messages(field.cls, depth - 1)
    return st.sampled_from(list(field.cls)) if kind == bp.TYPE_ENUM else SCALARS[kind]


def _wrapped_values(cls: type[Message]) -> st.SearchStrategy[Any]:
    if cls.__name__ == "Duration":
        return DURATIONS
    return TIMES if cls.__name__ == "Timestamp" else SCALARS[field_types(cls)[0].meta.proto_type]


def one_field_messages(cls: type[Message]) -> Iterator[Message]:
    """For every field of a class: a message for each sample of what the field can hold, and nothing else set."""
    for field in field_types(cls):
        samples = _samples(field)
        if field.meta.map_meta:
            keys = SAMPLES[field.key.proto_type]
            yield build(cls, {field.name: dict(zip(reversed(keys), samples * len(keys), strict=False))})
        elif field.meta.repeated:
            yield build(cls, {field.name: list(samples)})
        else:
            yield from (build(cls, {field.name: sample}) for sample in samples)


def _samples(field: FieldType) -> tuple[Any, ...]:
    kind, cls = field.value.proto_type, field.cls
    if kind == bp.TYPE_ENUM:
        return tuple(cls)
    if kind != bp.TYPE_MESSAGE:
        return SAMPLES[kind]
    if not field.value.unwrap:
        return (cls(),)
    special = {"Duration": DURATION_SAMPLES, "Timestamp": TIME_SAMPLES}
    return special.get(cls.__name__) or SAMPLES[field_types(cls)[0].meta.proto_type]
