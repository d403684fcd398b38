"""Headers added to and removed from requests and responses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from envoy_data_plane.envoy.config.core import v3 as core_v3

from ambassador.features.contract import Feature, Input, MessageFields, RouteFragment
from ambassador.features.header_commands import format_fault
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN, TEXT, list_or_one, map_of
from ambassador.model.fields import Cursor, Field, FieldType, OnFault, Values, object_of
from ambassador.model.problems import Checked, Problem, Reason

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.1
# Envoy refuses to change these (header_mutation rules): routing already depends on them.
_FIXED = frozenset({"host"})
_MAX_VALUE = 16384
"""Bytes of a header value (HeaderValue in Envoy's base.proto)."""


@dataclass(frozen=True, slots=True)
class AddedHeader:
    """`value` may hold Envoy's `%…%` operators; `append` keeps values that are already there."""

    name: str
    value: str
    append: bool = True


@dataclass(frozen=True, slots=True)
class Headers(FeatureConfig):
    request_add: tuple[AddedHeader, ...] = ()
    request_remove: tuple[str, ...] = ()
    response_add: tuple[AddedHeader, ...] = ()
    response_remove: tuple[str, ...] = ()


def header_name_fault(name: str) -> str:
    """Why a header can't be changed, as the end of a sentence; empty when it can."""
    if not _TOKEN.fullmatch(name):
        return "is not a header name (letters, digits and -)"
    return "can't be changed here; use host_rewrite" if name.lower() in _FIXED else ""


_VALUE = Field("value", TEXT, "text of the header", required=True, on_fault=OnFault.REJECT_OBJECT)
_APPEND = Field("append", BOOLEAN, "keeps values that are already there", default="true")
_OBJECT: FieldType[tuple[str, bool]] = object_of(
    (_VALUE, _APPEND), lambda values: Checked((values.or_else(_VALUE, ""), values.or_else(_APPEND, True)))
)


def _read_value(at: Cursor) -> Checked[tuple[str, bool] | None]:
    if isinstance(at.raw, Mapping):
        return _OBJECT.read(at)
    return TEXT.read(at).map(lambda text: None if text is None else (text, True))


_ADDED = map_of(FieldType("text or {value, append}", _read_value, _OBJECT.fields))
_NAMES = list_or_one(TEXT)

REQUEST_ADD = Field("add_request_headers", _ADDED, "headers added to the request")
REQUEST_REMOVE = Field("remove_request_headers", _NAMES, "headers removed from the request")
RESPONSE_ADD = Field("add_response_headers", _ADDED, "headers added to the response")
RESPONSE_REMOVE = Field("remove_response_headers", _NAMES, "headers removed from the response")
FIELDS = (REQUEST_ADD, REQUEST_REMOVE, RESPONSE_ADD, RESPONSE_REMOVE)


def parse(values: Values) -> Checked[Headers | None]:
    problems: list[Problem] = []
    added = [_additions(values, field) for field in (REQUEST_ADD, RESPONSE_ADD)]
    removed = [_removals(values, field) for field in (REQUEST_REMOVE, RESPONSE_REMOVE)]
    problems += [problem for checked in added for problem in checked.problems]
    problems += [problem for checked in removed for problem in checked.problems]
    headers = Headers(added[0].value, removed[0].value, added[1].value, removed[1].value)
    return Checked(headers if headers != Headers() else None, tuple(problems))


def _value_fault(text: str) -> str:
    too_long = len(text.encode()) > _MAX_VALUE
    return f"is longer than the {_MAX_VALUE} bytes that Envoy takes; shorten it" if too_long else format_fault(text)


def _additions(
    values: Values, field: Field[tuple[tuple[str, tuple[str, bool]], ...]]
) -> Checked[tuple[AddedHeader, ...]]:
    pairs = values.or_else(field, ())
    names = _usable(values, field, tuple(name for name, _ in pairs))
    faults = [(name, _value_fault(text)) for name, (text, _) in pairs]
    problems = tuple(
        values.on(field).child(name, None).error(Reason.INVALID_VALUE, f"the value of {name} {fault}")
        for name, fault in faults
        if fault
    )
    usable = {name for name, fault in faults if not fault} & set(names.value)
    good = tuple(AddedHeader(name, text, append) for name, (text, append) in pairs if name in usable)
    return Checked(good, names.problems + problems)


def _removals(values: Values, field: Field[tuple[str, ...]]) -> Checked[tuple[str, ...]]:
    return _usable(values, field, tuple(sorted(set(values.or_else(field, ())))))


def _usable(values: Values, field: Field[object], names: tuple[str, ...]) -> Checked[tuple[str, ...]]:
    faults = [(name, header_name_fault(name)) for name in names]
    at = values.on(field)
    problems = tuple(
        at.child(name, None).error(Reason.INVALID_VALUE, f"header {name!r} {fault}") for name, fault in faults if fault
    )
    return Checked(tuple(name for name, fault in faults if not fault), problems)


def inherit(specific: Headers, default: Headers) -> Headers:
    """The Module's default headers apply beside a route's own; an own one of the same name wins."""
    return Headers(
        _merged(specific.request_add, default.request_add),
        tuple(sorted({*specific.request_remove, *default.request_remove})),
        _merged(specific.response_add, default.response_add),
        tuple(sorted({*specific.response_remove, *default.response_remove})),
    )


def _merged(specific: tuple[AddedHeader, ...], default: tuple[AddedHeader, ...]) -> tuple[AddedHeader, ...]:
    own = {header.name.lower() for header in specific}
    return (*specific, *(header for header in default if header.name.lower() not in own))


def on_route(headers: Headers) -> RouteFragment:
    route: dict[str, object] = {
        "request_headers_to_add": [_option(header) for header in headers.request_add],
        "request_headers_to_remove": list(headers.request_remove),
        "response_headers_to_add": [_option(header) for header in headers.response_add],
        "response_headers_to_remove": list(headers.response_remove),
    }
    return RouteFragment(route={name: value for name, value in route.items() if value})


def on_virtual_host(headers: Headers) -> MessageFields:
    """What is added to requests: answers of routes that forward nothing are left as they are."""
    return {"request_headers_to_add": [_option(header) for header in headers.request_add]}


def _option(header: AddedHeader) -> core_v3.HeaderValueOption:
    action = core_v3.HeaderValueOptionHeaderAppendAction
    return core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key=header.name, value=header.value),
        append_action=action.APPEND_IF_EXISTS_OR_ADD if header.append else action.OVERWRITE_IF_EXISTS_OR_ADD,
        keep_empty_value=True,
    )


# What ingress-nginx tells backends by default. What clients say of themselves is replaced, also in X-Forwarded-For.
_CLIENT, _SCHEME = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "%REQ(X-FORWARDED-PROTO)%"
_LIKE_NGINX = tuple(
    AddedHeader(name, value, append=False)
    for name, value in (
        ("x-real-ip", _CLIENT),
        ("x-forwarded-for", _CLIENT),
        ("x-forwarded-host", "%REQ(:AUTHORITY)%"),
        ("x-forwarded-scheme", _SCHEME),
        ("x-scheme", _SCHEME),
    )
)


def _summary(headers: Headers) -> str:
    parts = (
        ("adds", [header.name for header in headers.request_add]),
        ("removes", headers.request_remove),
        ("adds to responses", [header.name for header in headers.response_add]),
        ("removes from responses", headers.response_remove),
    )
    return "; ".join(f"{verb} {', '.join(names)}" for verb, names in parts if names)


FEATURE = Feature(
    "headers",
    Headers,
    _summary,
    inputs={"Mapping": Input(FIELDS, parse), "Module.defaults": Input(FIELDS, parse)},
    defaults={"Ingress": Headers(request_add=_LIKE_NGINX)},
    inherit=inherit,
    on_route=on_route,
    on_virtual_host=on_virtual_host,
)
