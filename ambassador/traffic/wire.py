"""What Envoy tells of requests, as far as it is counted or shown.

A message is OpenTelemetry's ExportLogsServiceRequest; the text of each record is what was asked for by
`features/access_log.py: LIVE_FORMAT`. Read by protobuf's own runtime: a scan in Python takes twelve times as
long. Numbers of fields are those of opentelemetry/proto/collector/logs/v1/logs_service.proto and what it imports.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from ambassador.errors import AmbassadorError

Record = Any
"""One request, as a message of protobuf's."""
Field = tuple[str, int, int | str]
"""Name, number, and a scalar type or the name of a message; "…*" is repeated."""

_TYPE = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "ambassador.traffic"
# The text is bytes here: one that is no UTF-8 must not cost the others.
_MESSAGES: tuple[tuple[str, tuple[Field, ...]], ...] = (
    ("Body", (("text", 1, _TYPE.TYPE_BYTES),)),
    ("Record", (("nanoseconds", 1, _TYPE.TYPE_FIXED64), ("body", 5, "Body"))),
    ("Scope", (("records", 2, "Record*"),)),
    ("Resource", (("scopes", 2, "Scope*"),)),
    ("Message", (("resources", 1, "Resource*"),)),
)
_SEPARATOR, _NOTHING = b"\n", b"-"


class MalformedRecordsError(AmbassadorError):
    """What came is no message of the log service, or none that our Envoy would send."""


class Logged(NamedTuple):
    """One request as it was logged: nothing is redacted yet.

    `time`: seconds since the epoch. `status` 0: there was no answer. `backend`: address of the endpoint that was
    asked, empty when none was.
    """

    time: float
    method: str
    scheme: str
    authority: str
    path: str
    status: int
    flags: str
    details: str
    milliseconds: float
    backend: str


def records(data: bytes) -> tuple[Record, ...]:
    """The requests of one message.

    Raises:
        MalformedRecordsError: these bytes are no such message.
    """
    try:
        message = _MESSAGE.FromString(data)
    except DecodeError as error:
        raise MalformedRecordsError(str(error)) from error
    return tuple(record for resource in message.resources for scope in resource.scopes for record in scope.records)


def by_answer(found: Iterable[Record]) -> dict[tuple[str, int], list[Record]]:
    """Requests by route and status.

    Raises:
        MalformedRecordsError: a text has another format than what was asked for.
    """
    groups: dict[tuple[bytes, bytes], list[Record]] = {}
    try:
        for record in found:
            route, status, _ = record.body.text.split(_SEPARATOR, 2)
            groups.setdefault((route, status), []).append(record)
        return {(_text(route), int(status)): group for (route, status), group in groups.items()}
    except ValueError as error:
        raise MalformedRecordsError(f"a record has another format: {error}") from error


def logged(record: Record) -> Logged:
    """Everything that a record tells of its request.

    Raises:
        MalformedRecordsError: its text has another format than what was asked for.
    """
    parts = map(_text, record.body.text.split(_SEPARATOR))
    try:
        _, status, flags, details, microseconds, backend, method, scheme, authority, path = parts
        return Logged(
            time=record.nanoseconds / 1e9,
            method=method,
            scheme=scheme,
            authority=authority,
            path=path,
            status=int(status),
            flags=flags,
            details=details,
            milliseconds=int(microseconds or 0) / 1000,
            backend=backend,
        )
    except ValueError as error:
        raise MalformedRecordsError(f"a record has another format: {error}") from error


def _text(part: bytes) -> str:
    """In ASCII, so that it never has fewer characters than it had bytes."""
    return "" if part == _NOTHING else part.decode("ascii", "backslashreplace")


def _message_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="ambassador/traffic.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES:
        file.message_type.add(name=name).field.extend(_field(*one) for one in fields)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Message"))


def _field(name: str, number: int, kind: int | str) -> Any:
    if isinstance(kind, int):
        return _TYPE(name=name, number=number, type=kind, label=_TYPE.LABEL_OPTIONAL)
    label = _TYPE.LABEL_REPEATED if kind.endswith("*") else _TYPE.LABEL_OPTIONAL
    of = f".{_PACKAGE}.{kind.removesuffix('*')}"
    return _TYPE(name=name, number=number, type=_TYPE.TYPE_MESSAGE, type_name=of, label=label)


_MESSAGE = _message_class()
