"""Message to bytes: the only encoder.

`bytes(message)` of the library compiles a validator for every message and enters a warnings context for every field
(1 to 2 ms a route; here about 10 µs). Each message class is compiled once into a tuple of field writers. Fields go out
in the order of their numbers, as in protobuf's own runtime, and maps in the order of their keys: equal messages have
equal bytes.

The only state that outlives a call is `_encoder`'s memo, a pure function of the message class: nothing a caller does
can change what it holds, so it is a constant computed late.

Must not know any particular Envoy message, patch a message, or leave anything out in silence.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from hashlib import sha256
from math import copysign
from typing import Any as Anything

import betterproto2
from betterproto2 import FieldMetadata, Message
from envoy_data_plane.google.protobuf import Any
from envoy_data_plane.message_pool import default_message_pool

from ambassador.errors import EncodingError
from ambassador.wire.resource import NO_REFERENCES, EncodedResource, References
from ambassador.wire.scalars import SCALARS, WELL_KNOWN, WIRE_LENGTH, Payload, length_delimited, tag, varint, wire_type

_DIGEST_DIGITS = 24
"""96 bits of SHA-256: no accident gives two bodies one version. With a CPU's SHA instructions 2 MB take 1.1 ms, where
BLAKE2b takes 2.7 and SHA-1 1.0."""

_PACKED = frozenset(betterproto2.PACKED_TYPES)

_FAULTS = (TypeError, ValueError, AttributeError, KeyError, OverflowError, struct.error)
"""What a value of the wrong type or range makes Python raise (UnicodeError is a ValueError)."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    """How one field is written. `explicit`: a default value is written too (presence counts, not the value)."""

    name: str
    explicit: bool
    oneof: str | None
    write: Payload


def encode(message: Message) -> bytes:
    """Encode a message. EncodingError names the class and field that hold what protobuf cannot carry."""
    try:
        return _encoder(type(message))(message)
    except RecursionError as error:
        raise EncodingError(f"{type(message).__name__} is nested too deeply") from error


def pack(message: Message) -> Any:
    """Wrap a message in an `Any` whose type URL carries its full protobuf name."""
    return Any(type_url=type_url(type(message)), value=encode(message))


def type_url(cls: type[Message]) -> str:
    """`type.googleapis.com/` and the full protobuf name of a message class."""
    try:
        return default_message_pool.type_to_url[cls]
    except KeyError as error:
        raise EncodingError(f"{cls.__name__} is no registered protobuf message") from error


def field(number: int, body: bytes) -> bytes:
    """Frame an encoded child message (or bytes) as the length-delimited field `number` of its parent."""
    return length_delimited(_head(number), body)


@cache
def _head(number: int) -> bytes:
    # A pure memo: numbers of fields are constants.
    return tag(number, WIRE_LENGTH)


def string_field(number: int, text: str) -> bytes:
    """Frame a text as the field `number` of its parent."""
    try:
        return field(number, text.encode())
    except UnicodeError as error:
        raise EncodingError(f"field {number}: {error}") from error


def delimited(body: bytes) -> bytes:
    """An encoded message with its length in front: what `frame` takes."""
    return varint(len(body)) + body


def frame(number: int, pieces: Iterable[bytes]) -> bytes:
    """Frame many `delimited` messages as the elements of a repeated field."""
    head = tag(number, WIRE_LENGTH)
    body = head.join(pieces)
    return head + body if body else b""


def splice(head: bytes, framed: Iterable[bytes]) -> bytes:
    """Append children made by `field` to an encoded parent: a message is the concatenation of its fields."""
    return b"".join((head, *framed))


def digest(body: bytes) -> str:
    """Short stable name of some bytes, in lower-case hexadecimal."""
    return sha256(body).hexdigest()[:_DIGEST_DIGITS]


def resource(name: str, body: bytes, references: References = NO_REFERENCES) -> EncodedResource:
    """Bytes as a resource, with their digest for a version."""
    return EncodedResource(name, digest(body), body, references)


@cache
def _encoder(cls: type[Message]) -> Callable[[Message], bytes]:
    """Compile a message class."""
    fields = tuple((f.name, f.explicit, f.oneof, f.write) for f in _fields(cls))
    places = {field[0]: place for place, field in enumerate(fields)}

    def write(message: Message) -> bytes:
        state = message.__dict__
        chosen: set[str] = set()
        out: list[bytes] = []
        name = ""
        try:
            # A trusted message holds a few of its sixty fields: the others are not even looked at.
            for place in sorted([places[one] for one in state if one in places]):
                name, explicit, oneof, write_field = fields[place]
                value = state[name]
                if value is None or not (explicit or value):
                    continue
                if oneof is not None:
                    _choose(oneof, chosen)
                out.append(write_field(value))
        except _FAULTS as error:
            raise EncodingError(f"{cls.__name__}.{name}: {error}") from error
        out.append(state["_unknown_fields"])
        return b"".join(out)

    return write


def _choose(oneof: str, chosen: set[str]) -> None:
    if oneof in chosen:
        raise ValueError(f"a second member of oneof {oneof} is set")
    chosen.add(oneof)


def _fields(cls: type[Message]) -> list[_Field]:
    if not issubclass(cls, Message):
        raise EncodingError(f"{cls.__name__} is no protobuf message")
    if not dataclasses.is_dataclass(cls):
        # Classes of trusted messages (construction.py) are declared only now.
        dataclasses.dataclass(init=False, eq=False, repr=False)(cls)
    found = [(FieldMetadata.get(f), f.name) for f in dataclasses.fields(cls)]  # type: ignore[arg-type]
    return [_field(name, meta) for meta, name in sorted(found, key=lambda pair: pair[0].number)]


def _field(name: str, meta: FieldMetadata) -> _Field:
    if meta.map_meta:
        return _Field(name, False, None, _map(meta.number, *meta.map_meta))
    if meta.repeated:
        return _Field(name, False, None, _packed(meta) if meta.proto_type in _PACKED else _repeated(meta))
    if meta.optional or meta.group or meta.proto_type == betterproto2.TYPE_MESSAGE:
        return _Field(name, True, meta.group, _single(meta))
    if meta.proto_type in (betterproto2.TYPE_FLOAT, betterproto2.TYPE_DOUBLE):
        return _Field(name, True, None, _unless_zero(_single(meta)))
    return _Field(name, False, None, _single(meta))


def _single(meta: FieldMetadata) -> Payload:
    """Tag, length if the kind has one, payload."""
    payload, wire = _payload(meta), wire_type(meta.proto_type)
    head = tag(meta.number, wire)
    if wire == WIRE_LENGTH:
        return lambda value: length_delimited(head, payload(value))
    return lambda value: head + payload(value)


def _repeated(meta: FieldMetadata) -> Payload:
    single = _single(meta)
    return lambda values: b"".join(map(single, values))


def _packed(meta: FieldMetadata) -> Payload:
    payload, head = _payload(meta), tag(meta.number, WIRE_LENGTH)
    return lambda values: length_delimited(head, b"".join(map(payload, values)))


def _map(number: int, key_meta: FieldMetadata, value_meta: FieldMetadata) -> Payload:
    """Each entry is a message of a key (1) and a value (2), both always written."""
    key, value, head = _single(key_meta), _single(value_meta), tag(number, WIRE_LENGTH)

    def write(entries: Mapping[Anything, Anything]) -> bytes:
        return b"".join(length_delimited(head, key(k) + value(entries[k])) for k in sorted(entries))

    return write


def _unless_zero(single: Payload) -> Payload:
    """Zero is the default of a number without presence; minus zero is not, though Python finds them equal."""
    return lambda value: b"" if value == 0 and copysign(1, value) > 0 else single(value)


def _payload(meta: FieldMetadata) -> Payload:
    if meta.unwrap:
        return _unwrapped(meta.unwrap())
    return encode if meta.proto_type == betterproto2.TYPE_MESSAGE else SCALARS[meta.proto_type]


def _unwrapped(cls: type[Message]) -> Payload:
    """Payload of a message type that the library shows as a Python value."""
    if (well_known := WELL_KNOWN.get(cls.__name__)) is not None:
        return well_known
    [wrapped] = _fields(cls)
    return lambda value: wrapped.write(value) if wrapped.explicit or value else b""
