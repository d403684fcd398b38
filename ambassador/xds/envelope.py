"""The bytes of DeltaDiscoveryRequest and DeltaDiscoveryResponse, read and written by hand.

gRPC hands over raw bytes, and resources arrive already encoded: a response is spliced around them instead of being
built and serialized again (envoy/service/discovery/v3/discovery.proto). Must not interpret what it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from ambassador.errors import AmbassadorError
from ambassador.wire.resource import EncodedResource

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10


class MalformedRequestError(AmbassadorError):
    """A request whose bytes are not a protobuf message of the expected shape."""


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """google.rpc.Status of a NACK."""

    code: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class DeltaRequest:
    """A DeltaDiscoveryRequest. `node` is the node's id, empty when the client left the node out."""

    type_url: str = ""
    node: str = ""
    subscribe: tuple[str, ...] = ()
    unsubscribe: tuple[str, ...] = ()
    initial_versions: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    nonce: str = ""
    error: ErrorDetail | None = None


@dataclass(frozen=True, slots=True)
class DeltaResponse:
    """A DeltaDiscoveryResponse to be encoded."""

    type_url: str
    nonce: str
    resources: tuple[EncodedResource, ...]
    removed: tuple[str, ...] = ()
    version: str = ""


def decode_request(data: bytes) -> DeltaRequest:
    """Read a DeltaDiscoveryRequest; fields that are not known are skipped.

    Raises:
        MalformedRequestError: the bytes are truncated, hold an unknown wire type or text that is not UTF-8.
    """
    texts: dict[int, str] = {}
    names: dict[int, list[str]] = {3: [], 4: []}
    versions: dict[str, str] = {}
    node, error = "", None
    for number, value in _fields(data):
        if isinstance(value, int):
            continue
        if number in names:
            names[number].append(_text(value))
        elif number == 5:
            entry = _texts(value)
            versions[entry.get(1, "")] = entry.get(2, "")
        elif number in (2, 6):
            texts[number] = _text(value)
        elif number == 1:
            node = _texts(value).get(1, "")
        elif number == 7:
            error = _status(value)
    return DeltaRequest(
        texts.get(2, ""), node, tuple(names[3]), tuple(names[4]), MappingProxyType(versions), texts.get(6, ""), error
    )


def encode_response(response: DeltaResponse) -> bytes:
    """The bytes of a DeltaDiscoveryResponse. O(number of resources); bodies are copied, never parsed."""
    type_url = _field(1, response.type_url.encode())
    parts = [_field(1, response.version.encode())] if response.version else []
    for resource in response.resources:
        parts += _resource(resource, type_url)
    parts.append(_field(4, response.type_url.encode()))
    parts.append(_field(5, response.nonce.encode()))
    parts += (_field(6, name.encode()) for name in response.removed)
    return b"".join(parts)


def _resource(resource: EncodedResource, type_url: bytes) -> Iterable[bytes]:
    body = resource.body
    head = _field(1, resource.version.encode()) if resource.version else b""
    tail = b"\x1a" + _length_prefixed(resource.name.encode())
    value = b"\x12" + _varint(len(body)) if body else b""
    any_size = len(type_url) + len(value) + len(body)
    any_head = b"\x12" + _varint(any_size)
    size = len(head) + len(any_head) + any_size + len(tail)
    return (b"\x12" + _varint(size) + head + any_head + type_url + value, body, tail)


def _field(number: int, data: bytes) -> bytes:
    return bytes((number << 3 | _BYTES,)) + _length_prefixed(data)


def _length_prefixed(data: bytes) -> bytes:
    return _varint(len(data)) + data


def _varint(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Top-level fields: (number, bytes of a length-delimited field, or the number of any other)."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _read_varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if number == 0:
            raise MalformedRequestError("field number 0")
        if wire_type == _VARINT:
            value, at = _read_varint(data, at)
            yield number, value
            continue
        if wire_type == _BYTES:
            size, at = _read_varint(data, at)
        else:
            size = _fixed_size(wire_type)
        if size > end - at:
            raise MalformedRequestError("truncated field")
        yield number, data[at : at + size] if wire_type == _BYTES else 0
        at += size


def _fixed_size(wire_type: int) -> int:
    if wire_type == _FIXED64:
        return 8
    if wire_type == _FIXED32:
        return 4
    raise MalformedRequestError(f"wire type {wire_type}")


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    window = data[at : at + _MAX_VARINT_BYTES]
    number = 0
    for index, byte in enumerate(window):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, at + index + 1
    raise MalformedRequestError("truncated or overlong varint")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedRequestError("text is not UTF-8") from error


def _texts(data: bytes) -> dict[int, str]:
    """The first two fields of a small message that are text (Node: id, cluster; map entry: key, value)."""
    return {number: _text(value) for number, value in _fields(data) if isinstance(value, bytes) and number <= 2}


def _status(data: bytes) -> ErrorDetail:
    code, message = 0, ""
    for number, value in _fields(data):
        if number == 1 and isinstance(value, int):
            code = value
        elif number == 2 and isinstance(value, bytes):
            # Envoy quotes user input in its message: bytes that are no text must not cost the NACK.
            message = value.decode(errors="replace")
    return ErrorDetail(code, message)
