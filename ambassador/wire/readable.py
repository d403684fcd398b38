"""Messages for people: Envoy's JSON form of a message, and bytes back to a message.

The form is protobuf's JSON mapping with the field names of the .proto files, which Envoy reads in YAML or JSON
(https://protobuf.dev/programming-guides/json/): enums by name, durations as "3s", bytes in base64, `Any` expanded.
64-bit integers stay numbers where JSON can carry them exactly.

For `dump` and diagnostics; nothing on the way to Envoy may depend on it.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
from base64 import b64encode
from typing import Any as Anything

import betterproto2
from betterproto2 import FieldMetadata, Message
from envoy_data_plane.envoy.config.core.v3 import DataSource
from envoy_data_plane.google import protobuf
from envoy_data_plane.message_pool import default_message_pool

from ambassador.errors import EncodingError
from ambassador.wire.encode import encode

REDACTED = "[redacted]"

_SENSITIVE = frozenset(
    {
        ("TlsCertificate", "private_key"),
        ("TlsCertificate", "password"),
        ("TlsCertificate", "pkcs12"),
        ("TlsCertificate", "private_key_provider"),
        ("TlsSessionTicketKeys", "keys"),
        ("GenericSecret", "secret"),
        ("GenericSecret", "secrets"),
        ("BasicAuth", "users"),
        ("Credential", "key"),
    }
)
"""Fields (class, name) that Envoy's .proto files mark as sensitive, or that hold a user's passwords or API keys."""

_INLINE = ("inline_bytes", "inline_string")
_EXACT_IN_JSON = 1 << 53
_MICROSECOND = datetime.timedelta(microseconds=1)
_MILLION = 1_000_000
_SPECIAL_NUMBERS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
_WRAPPERS = (
    protobuf.BoolValue,
    protobuf.BytesValue,
    protobuf.DoubleValue,
    protobuf.FloatValue,
    protobuf.Int32Value,
    protobuf.Int64Value,
    protobuf.StringValue,
    protobuf.UInt32Value,
    protobuf.UInt64Value,
)
_OTHER_FORM = (protobuf.Any, protobuf.Duration, protobuf.ListValue, protobuf.Struct, protobuf.Timestamp, protobuf.Value)
"""With the wrappers: types whose JSON is no object of their fields; inside an `Any` it stands in `value`."""


def parse(type_url: str, body: bytes) -> Message:
    """Bytes that `encode` and `splice` made, back to a message. EncodingError when they or the type are not known.

    Takes 1.3 ms a route: for rendering, not for a hot path.
    """
    try:
        message = default_message_pool.url_to_type[type_url].parse(body)
    except KeyError as error:
        raise EncodingError(f"no message type has the URL {type_url!r}") from error
    except (ValueError, TypeError, EOFError, IndexError) as error:
        raise EncodingError(f"not a {type_url}: {error}") from error
    # The library takes a truncated field for a shorter one.
    if len(encode(message)) != len(body):
        raise EncodingError(f"not a {type_url}: truncated, or not of our making")
    return message


def readable(message: Message, *, redact: bool = False) -> dict[str, object]:
    """Envoy's JSON form of a message, only with fields that are set.

    `redact` puts "[redacted]" in the place of private keys, passwords and other inline secrets, at any depth; names of
    files and of environment variables stay.
    """
    own_name = type(message).__name__
    form: dict[str, object] = {}
    for field in dataclasses.fields(message):  # type: ignore[arg-type]
        meta, value = FieldMetadata.get(field), getattr(message, field.name)
        if not _is_set(meta, value):
            continue
        hide = redact and (own_name, field.name) in _SENSITIVE
        form[field.name.rstrip("_")] = _redacted(value) if hide else _field_form(meta, value, redact)
    return form


def _is_set(meta: FieldMetadata, value: object) -> bool:
    if meta.optional or meta.group:
        return value is not None
    return value is not None and (isinstance(value, Message) or bool(value))


def _field_form(meta: FieldMetadata, value: Anything, redact: bool) -> object:
    if meta.map_meta:
        return {_key(key): _form(meta.map_meta[1], item, redact) for key, item in sorted(value.items())}
    if meta.repeated:
        return [_form(meta, item, redact) for item in value]
    return _form(meta, value, redact)


def _key(key: object) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _form(meta: FieldMetadata, value: Anything, redact: bool) -> object:
    if isinstance(value, Message):
        return _message_form(value, redact)
    return _enum_form(value) if meta.proto_type == betterproto2.TYPE_ENUM else _plain(value)


def _message_form(message: Message, redact: bool) -> object:
    match message:
        case protobuf.Any():
            return _any_form(message, redact)
        case protobuf.Struct():
            return {key: _message_form(item, redact) for key, item in sorted(message.fields.items())}
        case protobuf.ListValue():
            return [_message_form(item, redact) for item in message.values]
        case protobuf.Value():
            return _value_form(message, redact)
        case protobuf.Duration() | protobuf.Timestamp():
            return _plain(message.to_wrapped())
    return _plain(message.value) if isinstance(message, _WRAPPERS) else readable(message, redact=redact)


def _any_form(packed: protobuf.Any, redact: bool) -> dict[str, object]:
    if not packed.type_url:
        return {}
    message = parse(packed.type_url, packed.value)
    form = _message_form(message, redact)
    if isinstance(form, dict) and not isinstance(message, _OTHER_FORM):
        return {"@type": packed.type_url, **form}
    return {"@type": packed.type_url, "value": form}


def _value_form(value: protobuf.Value, redact: bool) -> object:
    members = (value.struct_value, value.list_value, value.number_value, value.string_value, value.bool_value)
    chosen = next((member for member in members if member is not None), None)
    return _message_form(chosen, redact) if isinstance(chosen, Message) else _plain(chosen)


def _enum_form(value: betterproto2.Enum) -> str | int:
    """The name in the .proto file, or the number of a value that the library does not know."""
    return (value.proto_name or value.name) if value.name else int(value)


def _plain(value: object) -> object:
    match value:
        case bytes():
            return b64encode(value).decode()
        case datetime.timedelta():
            return _duration_form(value)
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
        case float():
            return value if math.isfinite(value) else _SPECIAL_NUMBERS[str(value)]
        case int() if abs(value) > _EXACT_IN_JSON:
            return str(value)
    return value


def _duration_form(value: datetime.timedelta) -> str:
    microseconds = value // _MICROSECOND
    seconds, rest = divmod(abs(microseconds), _MILLION)
    fraction = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if microseconds < 0 else ''}{seconds}{fraction}s"


def _redacted(value: object) -> object:
    """What a sensitive field holds, without what is secret in it: only where a source is not inline is it told."""
    match value:
        case list():
            return [_redacted(item) for item in value]
        case dict():
            return {key: _redacted(item) for key, item in sorted(value.items())}
        case DataSource():
            return {name: REDACTED if name in _INLINE else item for name, item in readable(value).items()}
    return REDACTED
