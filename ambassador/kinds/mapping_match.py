"""The conditions of a Mapping: host, method, headers and query parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.features.patterns import fault_of
from ambassador.ir.route import ValueKind, ValueMatch
from ambassador.kinds import mapping_fields as fields
from ambassador.model.fields import AnyField, Field, Values
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ANY_HOST, host_pattern

_TOKEN = re.compile(r":?[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.1, and the pseudo-headers
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
    regex = values.or_else(fields.HOST_REGEX, False)
    field = fields.HOSTNAME if values.get(fields.HOSTNAME) is not None else fields.HOST
    text = values.get(field)
    at = values.on(field)
    if text is None:
        text, at = _authority_header(values), values.on(fields.HEADERS)
    elif field is fields.HOST and regex:
        fault = fault_of(text)
        if fault:
            return Checked(None, (at.error(Reason.INVALID_PATTERN, f"host {fault}"),))
        return Checked(HostCondition(ANY_HOST, text))
    if text is None:
        # Up to v2 a Mapping without a host was for all hosts.
        older = source.api_version.startswith(_OLD_VERSIONS)
        return Checked(HostCondition(ANY_HOST if older else ""))
    pattern = host_pattern(text)
    if pattern is None:
        message = f"{at.path[-1]} must be a host name, *, *.example.com or example.*, not {text!r}"
        return Checked(None, (at.error(Reason.INVALID_VALUE, message),))
    return Checked(HostCondition(pattern))


def _authority_header(values: Values) -> str | None:
    named = [value for name, value in values.or_else(fields.HEADERS, ()) if name.lower() in _AUTHORITY]
    return next((value for value in named if isinstance(value, str)), None)


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
    kept = tuple(match for match in headers.value if match.name not in _AUTHORITY)
    return Checked(Conditions(method.value, kept, query.value))


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
    problems = (*_regex_faults(values, regex), *(_name_faults(values, plain, matches) if is_header else ()))
    return Checked(tuple(sorted(matches, key=lambda match: (match.name, match.kind.value, match.value))), problems)


def _plain(name: str, value: str | bool) -> ValueMatch:
    # A header asked for by `true` or `*` has to be there, whatever its value.
    if value is True or value == "*":
        return ValueMatch(name, ValueKind.PRESENT)
    return ValueMatch(name, ValueKind.EXACT, "" if value is False else str(value))


def _regex_faults(values: Values, field: Field[tuple[tuple[str, str], ...]]) -> Iterable[Problem]:
    at = values.on(field)
    for name, pattern in values.or_else(field, ()):
        fault = fault_of(pattern)
        if fault:
            yield at.child(name, pattern).error(Reason.INVALID_PATTERN, f"{name} {fault}")


def _name_faults(values: Values, field: AnyField, matches: Iterable[ValueMatch]) -> Iterable[Problem]:
    at = values.on(field)
    for match in matches:
        if not _TOKEN.fullmatch(match.name):
            message = f"{match.name!r} is not a header name (letters, digits and -)"
            yield at.child(match.name, match.value).error(Reason.INVALID_VALUE, message)
