"""Envoy's access log messages, as far as they are counted or shown. Everything else in them is skipped.

Read by protobuf's own runtime: a scan in Python takes twelve times as long. Field numbers are those of
envoy/service/accesslog/v3/als.proto and envoy/data/accesslog/v3/accesslog.proto; names are ours where they are short.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from ambassador.errors import AmbassadorError

Entry = Any
"""One request, as a message of protobuf's."""
Field = tuple[str, int, int | str]
"""Name, number, and a scalar type or the name of a message; "…*" is repeated."""

_TYPE = descriptor_pb2.FieldDescriptorProto
_BOOL, _BYTES, _NUMBER, _TEXT = _TYPE.TYPE_BOOL, _TYPE.TYPE_BYTES, _TYPE.TYPE_UINT32, _TYPE.TYPE_STRING
_PACKAGE = "ambassador.traffic"
_METHODS = ("", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
# fmt: off
_FLAGS = (  # fields 1 to 28 of ResponseFlags, in Envoy's abbreviations
    "LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE",
    "DC", "URX", "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DR",
)
# fmt: on

# Texts that come from clients are bytes here: one that is no UTF-8 must not cost the others.
_REQUEST = (("method", 1, _NUMBER), ("authority", 3, _BYTES), ("path", 5, _BYTES), ("original_path", 10, _BYTES))
_COMMON = (
    ("start_time", 5, "Time"),
    ("upstream", 13, "Address"),
    ("cluster", 15, _BYTES),
    ("flags", 16, "Flags"),
    ("route", 19, _TEXT),
    ("duration", 23, "Time"),
)
_MESSAGES: tuple[tuple[str, tuple[Field, ...]], ...] = (
    ("Number", (("value", 1, _NUMBER),)),
    ("Time", (("seconds", 1, _TYPE.TYPE_INT64), ("nanos", 2, _TYPE.TYPE_INT32))),
    ("SocketAddress", (("address", 2, _BYTES), ("port", 3, _NUMBER))),
    ("Address", (("socket_address", 1, "SocketAddress"),)),
    ("Flags", tuple((name, number, _BYTES if name == "UAEX" else _BOOL) for number, name in enumerate(_FLAGS, 1))),
    ("Common", _COMMON),
    ("Request", _REQUEST),
    ("Response", (("code", 1, "Number"), ("details", 6, _BYTES))),
    ("Entry", (("common", 1, "Common"), ("request", 3, "Request"), ("response", 4, "Response"))),
    ("Entries", (("entry", 1, "Entry*"),)),
    ("Message", (("http", 2, "Entries"),)),
    ("RawEntries", (("entry", 1, "bytes*"),)),
    ("RawMessage", (("http", 2, "RawEntries"),)),
)


class MalformedEntriesError(AmbassadorError):
    """What came is no message of the access log service."""


class Request(NamedTuple):
    """One request as it was logged: nothing is redacted yet.

    `time`: seconds since the epoch. `status` 0: there was no answer. `backend`: address of the endpoint, or else the
    cluster; empty when none was asked.
    """

    time: float
    method: str
    authority: str
    path: str
    status: int
    flags: tuple[str, ...]
    details: str
    milliseconds: float
    backend: str


def entries(data: bytes) -> Sequence[Entry]:
    """The requests of one message.

    Raises:
        MalformedEntriesError: these bytes are no such message.
    """
    try:
        found: Sequence[Entry] = _MESSAGE.FromString(data).http.entry
    except DecodeError as error:
        raise MalformedEntriesError(str(error)) from error
    return found


def number_of_entries(data: bytes) -> int:
    """How many requests a message holds, without looking at them: thirty times as quick.

    Raises:
        MalformedEntriesError: these bytes are no such message.
    """
    try:
        return len(_RAW_MESSAGE.FromString(data).http.entry)
    except DecodeError as error:
        raise MalformedEntriesError(str(error)) from error


def request_of(entry: Entry) -> Request:
    """Everything of an entry that may be shown."""
    common, request, response = entry.common, entry.request, entry.response
    start, duration = common.start_time, common.duration
    return Request(
        time=start.seconds + start.nanos / 1e9,
        method=_METHODS[request.method] if request.method < len(_METHODS) else "",
        authority=_text(request.authority),
        # A rewritten path is the backend's business; clients know the other one.
        path=_text(request.original_path or request.path),
        status=response.code.value,
        flags=tuple(field.name for field, _ in common.flags.ListFields()) if common.HasField("flags") else (),
        details=_text(response.details),
        milliseconds=round(duration.seconds * 1e3 + duration.nanos / 1e6, 1),
        backend=_backend(common.upstream.socket_address) or _text(common.cluster),
    )


def _backend(address: Any) -> str:
    host = _text(address.address)
    return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}" if host else ""


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _classes() -> tuple[Any, Any]:
    """Protobuf's classes for a message with its entries, and for one whose entries stay bytes."""
    file = descriptor_pb2.FileDescriptorProto(name="ambassador/traffic.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES:
        file.message_type.add(name=name).field.extend(_field(*one) for one in fields)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    whole, raw = (pool.FindMessageTypeByName(f"{_PACKAGE}.{name}") for name in ("Message", "RawMessage"))
    return message_factory.GetMessageClass(whole), message_factory.GetMessageClass(raw)


def _field(name: str, number: int, kind: int | str) -> Any:
    if isinstance(kind, int):
        return _TYPE(name=name, number=number, type=kind, label=_TYPE.LABEL_OPTIONAL)
    label = _TYPE.LABEL_REPEATED if kind.endswith("*") else _TYPE.LABEL_OPTIONAL
    message = kind.removesuffix("*")
    if message == "bytes":
        return _TYPE(name=name, number=number, type=_TYPE.TYPE_BYTES, label=label)
    return _TYPE(name=name, number=number, type=_TYPE.TYPE_MESSAGE, type_name=f".{_PACKAGE}.{message}", label=label)


_MESSAGE, _RAW_MESSAGE = _classes()
