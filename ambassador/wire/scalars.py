"""Protobuf's wire format for single values: tags, varints and one function per scalar kind.

Each payload function takes a Python value and returns its bytes without a tag. It raises one of Python's own errors for
a value that its kind cannot carry; `encode` turns that into an EncodingError with the field's name.
https://protobuf.dev/programming-guides/encoding/

Must not know messages.
"""

from __future__ import annotations

import datetime
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any as Anything

import betterproto2

Payload = Callable[[Anything], bytes]

WIRE_LENGTH = betterproto2.WIRE_LEN_DELIM

_ONE_BYTE = tuple(bytes((number,)) for number in range(128))
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)
_MILLION = 1_000_000


def varint(number: int) -> bytes:
    """A non-negative number in groups of seven bits, lowest first."""
    if number < 128:
        return _ONE_BYTE[number]
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def tag(number: int, wire: int) -> bytes:
    """What stands in front of a field's payload."""
    return varint(number << 3 | wire)


def length_delimited(head: bytes, body: bytes) -> bytes:
    """Tag, length, body."""
    return head + varint(len(body)) + body


def wire_type(proto_type: str) -> int:
    """Wire type of a kind."""
    if proto_type in betterproto2.WIRE_VARINT_TYPES:
        return betterproto2.WIRE_VARINT
    if proto_type in betterproto2.WIRE_FIXED_32_TYPES:
        return betterproto2.WIRE_FIXED_32
    if proto_type in betterproto2.WIRE_FIXED_64_TYPES:
        return betterproto2.WIRE_FIXED_64
    return WIRE_LENGTH


def _integer(low: int, high: int) -> Payload:
    def payload(number: int) -> bytes:
        if not low <= number <= high:
            raise ValueError(f"{number} is not within {low} and {high}")
        return varint(number if number >= 0 else number + (1 << 64))

    return payload


def _zigzag(low: int, high: int) -> Payload:
    def payload(number: int) -> bytes:
        if not low <= number <= high:
            raise ValueError(f"{number} is not within {low} and {high}")
        return varint(number << 1 if number >= 0 else ~(number << 1))

    return payload


def _bool(value: bool) -> bytes:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is no bool")
    return _ONE_BYTE[value]


def _bytes(value: bytes) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} is no bytes")
    return value


_INT32 = (-(1 << 31), (1 << 31) - 1)
_INT64 = (-(1 << 63), (1 << 63) - 1)

SCALARS: Mapping[str, Payload] = MappingProxyType(
    {
        betterproto2.TYPE_ENUM: _integer(*_INT32),
        betterproto2.TYPE_BOOL: _bool,
        betterproto2.TYPE_INT32: _integer(*_INT32),
        betterproto2.TYPE_INT64: _integer(*_INT64),
        betterproto2.TYPE_UINT32: _integer(0, (1 << 32) - 1),
        betterproto2.TYPE_UINT64: _integer(0, (1 << 64) - 1),
        betterproto2.TYPE_SINT32: _zigzag(*_INT32),
        betterproto2.TYPE_SINT64: _zigzag(*_INT64),
        betterproto2.TYPE_FLOAT: struct.Struct("<f").pack,
        betterproto2.TYPE_DOUBLE: struct.Struct("<d").pack,
        betterproto2.TYPE_FIXED32: struct.Struct("<I").pack,
        betterproto2.TYPE_FIXED64: struct.Struct("<Q").pack,
        betterproto2.TYPE_SFIXED32: struct.Struct("<i").pack,
        betterproto2.TYPE_SFIXED64: struct.Struct("<q").pack,
        betterproto2.TYPE_STRING: str.encode,
        betterproto2.TYPE_BYTES: _bytes,
    }
)
"""Payload of each kind that is not a message."""


def _seconds_and_nanos(seconds: int, microseconds: int) -> bytes:
    number = SCALARS[betterproto2.TYPE_INT64]
    return (b"\x08" + number(seconds) if seconds else b"") + (
        b"\x10" + number(microseconds * 1000) if microseconds else b""
    )


def _duration(value: datetime.timedelta) -> bytes:
    # Seconds and nanos share one sign, unlike timedelta's floored parts.
    microseconds = value // _MICROSECOND
    sign = -1 if microseconds < 0 else 1
    seconds, rest = divmod(abs(microseconds), _MILLION)
    return _seconds_and_nanos(sign * seconds, sign * rest)


def _timestamp(value: datetime.datetime) -> bytes:
    # Nanos count forward, also before 1970. A time without a zone raises TypeError in the subtraction.
    return _seconds_and_nanos(*divmod((value - _EPOCH) // _MICROSECOND, _MILLION))


WELL_KNOWN: Mapping[str, Payload] = MappingProxyType({"Duration": _duration, "Timestamp": _timestamp})
"""Payload of the message types that the library shows as Python values, other than the wrappers of one scalar."""
