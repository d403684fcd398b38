"""Protobuf's own opinion of a message: its runtime (upb), taught the library's classes by their field metadata.

Every class becomes a top-level message of one synthetic file, so that nothing clashes with real descriptors. Times are
converted by protobuf's own Duration and Timestamp.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

import betterproto2
from betterproto2 import FieldMetadata, Message
from envoy_data_plane.message_pool import default_message_pool
from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, message_factory, timestamp_pb2

FIELD = descriptor_pb2.FieldDescriptorProto
PACKAGE = "judge"


@dataclasses.dataclass(frozen=True, slots=True)
class FieldType:
    """One field of a class. `cls`: class of the message or enum that it (or its map's value) holds."""

    name: str
    meta: FieldMetadata
    cls: type

    @property
    def key(self) -> FieldMetadata:
        return self.meta.map_meta[0]

    @property
    def value(self) -> FieldMetadata:
        return self.meta.map_meta[1] if self.meta.map_meta else self.meta


@cache
def field_types(cls: type[Message]) -> tuple[FieldType, ...]:
    hints = typing.get_type_hints(cls)
    return tuple(_field_type(f.name, FieldMetadata.get(f), hints[f.name]) for f in dataclasses.fields(cls))


def _field_type(name: str, meta: FieldMetadata, hint: typing.Any) -> FieldType:
    value = meta.map_meta[1] if meta.map_meta else meta
    if value.unwrap:
        return FieldType(name, meta, value.unwrap())
    while typing.get_args(hint):
        hint = typing.get_args(hint)[1 if typing.get_origin(hint) is dict else 0]
    return FieldType(name, meta, hint)


def reachable(roots: Iterable[type[Message]]) -> tuple[type[Message], ...]:
    """The classes and all that they can hold."""
    found: dict[type[Message], None] = {}
    todo = list(roots)
    while todo:
        cls = todo.pop()
        if cls not in found:
            found[cls] = None
            todo.extend(f.cls for f in field_types(cls) if issubclass(f.cls, Message))
    return tuple(found)


def _flat(cls: type) -> str:
    return (
        default_message_pool.type_to_url.get(cls, f"{cls.__module__}.{cls.__name__}").split("/")[-1].replace(".", "_")
    )


class Judge:
    """Knows the classes reachable from some roots."""

    def __init__(self, roots: Iterable[type[Message]]) -> None:
        self.classes = reachable(roots)
        self._pool = descriptor_pool.DescriptorPool()
        self._pool.Add(_file(self.classes))

    def opinion(self, message: Message) -> typing.Any:
        """The same values in a message of protobuf's own."""
        own = self._new(type(message))
        for field in field_types(type(message)):
            value = getattr(message, field.name)
            if field.meta.map_meta:
                self._fill_map(getattr(own, field.name), field, value)
            elif field.meta.repeated:
                getattr(own, field.name).extend(self._own(field, item) for item in value)
            elif value is not None:
                self._set(own, field, value)
        return own

    def read(self, cls: type[Message], body: bytes) -> typing.Any:
        """What protobuf's parser sees in some bytes."""
        return type(self._new(cls)).FromString(body)

    def canonical(self, cls: type[Message], body: bytes) -> bytes:
        """The same content in protobuf's deterministic order."""
        return bytes(self.read(cls, body).SerializeToString(deterministic=True))

    def _new(self, cls: type) -> typing.Any:
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(f"{PACKAGE}.{_flat(cls)}"))()

    def _set(self, own: typing.Any, field: FieldType, value: object) -> None:
        if field.meta.proto_type == betterproto2.TYPE_MESSAGE:
            getattr(own, field.name).CopyFrom(self._own(field, value))
        else:
            setattr(own, field.name, value)

    def _fill_map(self, own: typing.Any, field: FieldType, entries: dict[typing.Any, object]) -> None:
        for key, value in entries.items():
            if field.value.proto_type == betterproto2.TYPE_MESSAGE:
                own[key].CopyFrom(self._own(field, value))
            else:
                own[key] = value

    def _own(self, field: FieldType, value: typing.Any) -> typing.Any:
        if field.value.unwrap:
            return self._wrapped(field.cls, value)
        return self.opinion(value) if isinstance(value, Message) else value

    def _wrapped(self, cls: type, value: typing.Any) -> typing.Any:
        own = self._new(cls)
        if isinstance(value, timedelta):
            duration = duration_pb2.Duration()
            duration.FromTimedelta(value)
            own.seconds, own.nanos = duration.seconds, duration.nanos
        elif isinstance(value, datetime):
            timestamp = timestamp_pb2.Timestamp()
            timestamp.FromDatetime(value)
            own.seconds, own.nanos = timestamp.seconds, timestamp.nanos
        else:
            own.value = value
        return own


def _file(classes: tuple[type[Message], ...]) -> descriptor_pb2.FileDescriptorProto:
    fields = [f for cls in classes for f in field_types(cls)]
    enums = dict.fromkeys(f.cls for f in fields if issubclass(f.cls, betterproto2.Enum))
    return descriptor_pb2.FileDescriptorProto(
        name="judge.proto",
        package=PACKAGE,
        syntax="proto3",
        message_type=[_message(cls) for cls in classes],
        enum_type=[_enum(cls) for cls in enums],
    )


def _enum(cls: type[betterproto2.Enum]) -> descriptor_pb2.EnumDescriptorProto:
    numbers = sorted((int(member) for member in cls), key=lambda number: number != 0)
    values = [{"name": f"{_flat(cls)}_{n}".replace("-", "minus"), "number": n} for n in numbers]
    return descriptor_pb2.EnumDescriptorProto(name=_flat(cls), value=values)


def _message(cls: type[Message]) -> descriptor_pb2.DescriptorProto:
    fields = field_types(cls)
    groups = list(dict.fromkeys(f.meta.group for f in fields if f.meta.group))
    lone = [f.name for f in fields if _has_lone_presence(f)]
    return descriptor_pb2.DescriptorProto(
        name=_flat(cls),
        field=[_descriptor(cls, f, groups, lone) for f in fields],
        nested_type=[_entry(f) for f in fields if f.meta.map_meta],
        # Protobuf wants the oneofs of lone optional fields behind all others.
        oneof_decl=[{"name": name} for name in [*groups, *(f"_{name}" for name in lone)]],
    )


def _has_lone_presence(field: FieldType) -> bool:
    meta = field.meta
    message = meta.proto_type == betterproto2.TYPE_MESSAGE
    return bool(meta.optional and not meta.group and not meta.repeated and not message)


def _descriptor(cls: type, field: FieldType, groups: list[str], lone: list[str]) -> descriptor_pb2.FieldDescriptorProto:
    meta = field.meta
    many = bool(meta.repeated or meta.map_meta)
    own = FIELD(name=field.name, number=meta.number, label=FIELD.LABEL_REPEATED if many else FIELD.LABEL_OPTIONAL)
    if meta.map_meta:
        own.type, own.type_name = FIELD.TYPE_MESSAGE, f".{PACKAGE}.{_flat(cls)}.{_entry_name(field)}"
    else:
        _set_type(own, meta, field.cls)
    if meta.group:
        own.oneof_index = groups.index(meta.group)
    elif field.name in lone:
        own.oneof_index, own.proto3_optional = len(groups) + lone.index(field.name), True
    return own


def _set_type(own: descriptor_pb2.FieldDescriptorProto, meta: FieldMetadata, cls: type) -> None:
    own.type = FIELD.Type.Value(f"TYPE_{meta.proto_type.upper()}")
    if meta.proto_type in (betterproto2.TYPE_MESSAGE, betterproto2.TYPE_ENUM):
        own.type_name = f".{PACKAGE}.{_flat(cls)}"


def _entry_name(field: FieldType) -> str:
    return "".join(part[:1].upper() + part[1:] for part in field.name.split("_")) + "Entry"


def _entry(field: FieldType) -> descriptor_pb2.DescriptorProto:
    entry = descriptor_pb2.DescriptorProto(name=_entry_name(field), options={"map_entry": True})
    for name, meta in (("key", field.key), ("value", field.value)):
        own = entry.field.add(name=name, number=meta.number, label=FIELD.LABEL_OPTIONAL)
        _set_type(own, meta, field.cls)
    return entry
