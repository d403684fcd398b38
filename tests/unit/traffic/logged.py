"""Messages as our Envoy sends them, in the wire format that protobuf documents."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from ambassador.features.access_log import LIVE_FORMAT
from ambassador.traffic.wire import Record, records

START = 1_767_323_045.678
"""When requests came, in seconds since the epoch."""
_GIVEN = {
    "route": "mapping/default/web",
    "status": "200",
    "flags": "-",
    "details": "via_upstream",
    "microseconds": "12345",
    "upstream_host": "10.0.0.7:8080",
    "method": "GET",
    "scheme": "https",
    "authority": "shop.example.com",
    "path": "/",
}


def entry(route: str = "mapping/default/web", status: int = 200, path: str = "/", **more: str) -> bytes:
    """The text of one request; an empty field is what Envoy writes where there is nothing."""
    given = {**_GIVEN, "route": route, "status": str(status), "path": path, **more}
    return "\n".join(given[name] or "-" for name, _ in LIVE_FORMAT).encode()


def message(*texts: bytes) -> bytes:
    """One message, with fields that nobody here reads as well."""
    return field(1, field(1, b"") + field(2, field(1, b"") + b"".join(field(2, record(text)) for text in texts)))


def record(text: bytes) -> bytes:
    time = struct.pack("<Q", round(START * 1e9))
    return b"\x09" + time + field(5, field(1, text)) + b"\x59" + time


def field(number: int, data: bytes) -> bytes:
    """A field of bytes: tag, length, content."""
    size, length = len(data), bytearray()
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes((number << 3 | 2, *length, size)) + data


def logged(*routes: str, status: int = 200, path: str = "/") -> Sequence[Record]:
    """Records of requests at these routes."""
    return records(message(*(entry(route, status, path) for route in routes)))
