"""The conditions of a Mapping: host, method, headers and query parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.features.patterns import fault_of, fault_of_value
from ambassador.ir.route import ValueKind, ValueMatch
from ambassador.kinds import mapping_fields as fields
from ambassador.model.fields import AnyField, Cursor, Field, Values
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ANY_HOST, authority_pattern, host_pattern

_TOKEN = re.compile(r":?[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.1, and the pseudo-headers
_MAX_QUERY_NAME = 1024  # QueryParameterMatcher.name in Envoy's route_components.proto
_NO_HOST = "_skip_mapping_with_empty_host_"
"""What the ancestor stored as v2 where a v3alpha1 Mapping names no host."""
_AUTHORITY = frozenset({"host", ":authority"})
_OLD_VERSIONS = ("ambassador/", "getambassador.io/v0", "getambassador.io/v1", "getambassador.io/v2")


@dataclass(frozen=True, slots=True)
class HostCondition:
    """`pattern` chooses virtual hosts; `authority` is an RE2 pattern on the Host header on top of that."""

    pattern: str
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    method: ValueMatch | None
    headers: tuple[ValueMatch, ...]
    query: tuple[ValueMatch, ...]


def host_of(source: SourceObject, values: Values) -> Checked[HostCondition | None]:
    """The host a Mapping is for: `hostname`, else `host`, else an authority header; empty when it names none."""
    idle = _without_effect(values)
    regex = values.or_else(fields.HOST_REGEX, False)
    field = fields.HOSTNAME if values.get(fields.HOSTNAME) is not None else fields.HOST
    text = values.get(field)
    if text is None:
        named = _authority_header(source, values)
        return Checked(named.value, idle + named.problems)
    at = values.on(field)
    if field is fields.HOST and text == _NO_HOST:
        return Checked(HostCondition(""), idle)
    if field is fields.HOST and regex:
        return _by_pattern(at, text)
    named = _by_name(at, text)
    return Checked(named.value, idle + named.problems)


def _by_pattern(at: Cursor, text: str) -> Checked[HostCondition | None]:
    fault = fault_of(text)
    if fault:
        return Checked(None, (at.error(Reason.INVALID_PATTERN, f"{at.path[-1]} {fault}"),))
    return Checked(HostCondition(ANY_HOST, authority_pattern(text)))


def _by_name(at: Cursor, text: str) -> Checked[HostCondition | None]:
    pattern = host_pattern(text)
    if pattern is None:
        message = f"{at.path[-1]} must be a host name, *, *.example.com or example.*, not {text!r}"
        return Checked(None, (at.error(Reason.INVALID_VALUE, message),))
    return Checked(HostCondition(pattern))


def _authority_header(source: SourceObject, values: Values) -> Checked[HostCondition | None]:
    """The host that `headers` or `regex_headers` ask for, since HTTP knows no other header for it."""
    found = _authority_field(values)
    if found is None:
        # Up to v2 a Mapping without a host was for all hosts.
        older = source.api_version.startswith(_OLD_VERSIONS)
        return Checked(HostCondition(ANY_HOST if older else ""))
    field, name, value = found
    at = values.on(field).child(name, value)
    if not isinstance(value, str):
        return Checked(HostCondition(ANY_HOST))
    return _by_name(at, value) if field is fields.HEADERS else _by_pattern(at, value)


def _authority_field(values: Values) -> tuple[AnyField, str, str | bool] | None:
    """The first header condition that stands for a host: field, name and value."""
    for field in (fields.HEADERS, fields.REGEX_HEADERS):
        for name, value in values.or_else(field, ()):
            if name.lower() in _AUTHORITY:
                return field, name, value
    return None


def _without_effect(values: Values) -> tuple[Problem, ...]:
    """Settings that say how to read a field that is not there."""
    pairs = ((fields.HOST_REGEX, fields.HOST), (fields.METHOD_REGEX, fields.METHOD))
    found = [
        values.on(flag).warning(Reason.IGNORED_FIELD, f"{flag.name} has no effect without {field.name}")
        for flag, field in pairs
        if values.or_else(flag, False) and values.get(field) is None
    ]
    if values.get(fields.HOST) is not None and values.get(fields.HOSTNAME) is not None:
        message = "host has no effect beside hostname; remove one of them"
        found.append(values.on(fields.HOST).warning(Reason.CONFLICT, message))
    return tuple(found)


_CONDITIONS = frozenset(
    field.name for field in (fields.METHOD, fields.HEADERS, fields.REGEX_HEADERS, fields.QUERY, fields.REGEX_QUERY)
)
_UNCONDITIONAL: Checked[Conditions | None] = Checked(Conditions(None, (), ()))


def conditions(values: Values) -> Checked[Conditions | None]:
    """Method, headers and query parameters; None when one of them can't be used."""
    if _CONDITIONS.isdisjoint(values.items):
        return _UNCONDITIONAL
    method = _method(values)
    headers = _pairs(values, fields.HEADERS, fields.REGEX_HEADERS, is_header=True)
    query = _pairs(values, fields.QUERY, fields.REGEX_QUERY, is_header=False)
    problems = method.problems + headers.problems + query.problems
    if problems:
        return Checked(None, problems)
    return Checked(Conditions(method.value, _without_host(values, headers.value), query.value))


def _without_host(values: Values, headers: tuple[ValueMatch, ...]) -> tuple[ValueMatch, ...]:
    """The conditions other than the host; one beside `hostname` stays a condition, that ignores the port as well."""
    named = values.get(fields.HOSTNAME) is not None or values.get(fields.HOST) is not None
    _, used, value = (None, "", "") if named else _authority_field(values) or (None, "", "")
    kept = []
    for match in headers:
        if match.name not in _AUTHORITY:
            kept.append(match)
        elif match.kind is not ValueKind.PRESENT and (match.name, match.value) != (used.lower(), value):
            pattern = match.value if match.kind is ValueKind.REGEX else re.escape(match.value)
            kept.append(ValueMatch(":authority", ValueKind.REGEX, authority_pattern(pattern)))
    return tuple(kept)


def _method(values: Values) -> Checked[ValueMatch | None]:
    text = values.get(fields.METHOD)
    if text is None:
        return Checked(None)
    at = values.on(fields.METHOD)
    if values.or_else(fields.METHOD_REGEX, False):
        fault = fault_of(text)
        if fault:
            return Checked(None, (at.error(Reason.INVALID_PATTERN, f"method {fault}"),))
        return Checked(ValueMatch(":method", ValueKind.REGEX, text))
    if not _TOKEN.fullmatch(text):
        return Checked(None, (at.error(Reason.INVALID_VALUE, f"method must be one such as GET, not {text!r}"),))
    return Checked(ValueMatch(":method", ValueKind.EXACT, text.upper()))


def _pairs(
    values: Values,
    plain: Field[tuple[tuple[str, str | bool], ...]],
    regex: Field[tuple[tuple[str, str], ...]],
    *,
    is_header: bool,
) -> Checked[tuple[ValueMatch, ...]]:
    matches = [_plain(name, value) for name, value in values.or_else(plain, ())]
    matches += [ValueMatch(name, ValueKind.REGEX, value) for name, value in values.or_else(regex, ())]
    if is_header:
        matches = [ValueMatch(match.name.lower(), match.kind, match.value) for match in matches]
    names = _name_faults(values, plain, matches, is_header=is_header)
    problems = (*_regex_faults(values, regex), *_false(values, plain), *names)
    return Checked(tuple(sorted(matches, key=lambda match: (match.name, match.kind.value, match.value))), problems)


def _plain(name: str, value: str | bool) -> ValueMatch:
    # A header asked for by `true` or `*` has to be there, whatever its value.
    if value is True or value == "*":
        return ValueMatch(name, ValueKind.PRESENT)
    return ValueMatch(name, ValueKind.EXACT, str(value))


def _false(values: Values, field: Field[tuple[tuple[str, str | bool], ...]]) -> Iterable[Problem]:
    at = values.on(field)
    for name, value in values.or_else(field, ()):
        if value is False:
            message = f"{name} can't be asked to be absent: write the value it must have, or true for any"
            yield at.child(name, value).error(Reason.INVALID_VALUE, message)


def _regex_faults(values: Values, field: Field[tuple[tuple[str, str], ...]]) -> Iterable[Problem]:
    at = values.on(field)
    for name, pattern in values.or_else(field, ()):
        fault = fault_of_value(name, pattern)
        if fault:
            yield at.child(name, pattern).error(Reason.INVALID_PATTERN, f"{name} {fault}")


def _name_faults(
    values: Values, field: AnyField, matches: Iterable[ValueMatch], *, is_header: bool
) -> Iterable[Problem]:
    at = values.on(field)
    for match in matches:
        if is_header and not _TOKEN.fullmatch(match.name):
            message = f"{match.name!r} is not a header name (letters, digits and -)"
            yield at.child(match.name, match.value).error(Reason.INVALID_VALUE, message)
        elif not is_header and not 0 < len(match.name.encode()) <= _MAX_QUERY_NAME:
            message = f"the name of a query parameter must have 1 to {_MAX_QUERY_NAME} bytes"
            yield at.child(match.name[:20], match.value).error(Reason.INVALID_VALUE, message)
