"""Conditions of a route, judged as Envoy judges them. The first that fails is told in one sentence.

Sources: Envoy's PathMatcher, HeaderUtility, ConfigUtility::matchQueryParams; regexes match the whole text, by RE2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ambassador.explain.explanation import Condition, ConditionKind
from ambassador.explain.seen import Seen
from ambassador.features.patterns import full_match
from ambassador.ir.route import PathKind, PathMatch, Route, RouteMatch, Scheme, ValueKind, ValueMatch
from ambassador.model.sensitive import shown
from ambassador.model.values import authority_text


@dataclass(frozen=True, slots=True)
class Failure:
    """The condition that a request does not meet, and how, as a sentence."""

    condition: Condition
    because: str


def path_holds(path: PathMatch, asked: str) -> bool:
    """Whether a path without query meets a path condition."""
    if path.kind is PathKind.REGEX:
        return full_match(path.value, asked)
    value = path.value
    if not path.case_sensitive:
        # Paths are ASCII: anything else is percent-encoded.
        value, asked = value.lower(), asked.lower()
    if path.kind is PathKind.EXACT:
        return asked == value
    if not asked.startswith(value):
        return False
    return path.kind is PathKind.PREFIX or asked[len(value) : len(value) + 1] in ("", "/")


def first_failure(route: Route, seen: Seen) -> Failure | None:
    """The first condition of a route that a request does not meet, shares left aside; None when it meets all."""
    if not path_holds(route.match.path, seen.path):
        return Failure(Condition(ConditionKind.PATH), path_words(route.match.path, seen.path))
    return next(_failures(route, seen), None)


def _failures(route: Route, seen: Seen) -> Iterator[Failure]:
    match = route.match
    yield from _failed_values(match, seen)
    if match.authority and not full_match(match.authority, seen.authority):
        yield Failure(Condition(ConditionKind.AUTHORITY), f"The host {seen.authority} is none of those that it is for.")
    if match.excluded_prefix and f"{seen.path}{seen.query_text}".startswith(match.excluded_prefix):
        because = f"Paths below {match.excluded_prefix} are left out."
        yield Failure(Condition(ConditionKind.EXCLUDED_PATH), because)
    if route.scheme is not Scheme.ANY and seen.secure is not (route.scheme is Scheme.SECURE):
        only = "HTTPS" if route.scheme is Scheme.SECURE else "cleartext"
        yield Failure(Condition(ConditionKind.SCHEME), f"It is for {only} requests only.")


def _failed_values(match: RouteMatch, seen: Seen) -> Iterator[Failure]:
    if match.method and not value_holds(match.method, (seen.method,)):
        yield Failure(Condition(ConditionKind.METHOD), f"The method is {seen.method}, not {_wanted(match.method)}.")
    for header in match.headers:
        values = seen.headers.get(header.name, ())
        if not value_holds(header, values):
            kind = ConditionKind.AUTHORITY if header.name == ":authority" else ConditionKind.HEADER
            yield Failure(Condition(kind, header.name), value_words("header", header, values))
    for parameter in match.query:
        values = (seen.query[parameter.name],) if parameter.name in seen.query else ()
        if not value_holds(parameter, values):
            found = value_words("query parameter", parameter, values)
            yield Failure(Condition(ConditionKind.QUERY, parameter.name), found)


def value_holds(wanted: ValueMatch, values: tuple[str, ...]) -> bool:
    """Whether a header or query parameter is there, and one of its values is as it is wanted."""
    if wanted.kind is ValueKind.PRESENT:
        return bool(values)
    if wanted.kind is ValueKind.EXACT:
        return wanted.value in values
    return any(full_match(wanted.value, value) for value in values)


def deciding(route: Route) -> Condition:
    """The condition that sets a route apart from others on its path: the path itself where it has no other."""
    match = route.match
    header = next((one.name for one in match.headers if one.name != ":authority"), "")
    if header:
        return Condition(ConditionKind.HEADER, header)
    if match.query:
        return Condition(ConditionKind.QUERY, match.query[0].name)
    return Condition(ConditionKind.METHOD if match.method else ConditionKind.PATH)


def path_words(path: PathMatch, asked: str) -> str:
    """Why a path does not meet a condition, as a sentence."""
    if path.kind is PathKind.REGEX:
        return f"The path {short(asked)} does not match the pattern {short(path.value)}."
    if path.kind is PathKind.EXACT:
        return f"The path is {short(asked)}, not exactly {short(path.value)}."
    if path.kind is PathKind.SEGMENT_PREFIX and asked.startswith(path.value):
        return f"The path {short(asked)} goes on after {short(path.value)} without a slash."
    if path.case_sensitive and asked.lower().startswith(path.value.lower()):
        return f"The path {short(asked)} begins with {short(path.value)} only if case is ignored."
    return f"The path {short(asked)} does not begin with {short(path.value)}."


def value_words(what: str, wanted: ValueMatch, values: tuple[str, ...]) -> str:
    """Why a header or query parameter does not meet a condition, as a sentence."""
    if wanted.name == ":authority":
        text, is_plain = authority_text(wanted.value)
        relation = "is not" if is_plain else "does not match the pattern"
        return f"The host {short(' '.join(values))} {relation} {short(text)}."
    name = f"{what} {wanted.name}"
    if not values:
        return f"The {name} is missing; it must be {_wanted(wanted)}."
    value = short(" and ".join(shown(wanted.name, value) for value in values))
    return f"The {name} is {value or 'empty'}, not {_wanted(wanted)}."


def _wanted(one: ValueMatch) -> str:
    if one.kind is ValueKind.PRESENT:
        return "there"
    value = short(shown(one.name, one.value))
    return value if one.kind is ValueKind.EXACT else f"what the pattern {value} matches"


_LONGEST = 120


def short(text: str) -> str:
    """A text of requests or manifests for a sentence, cut in its middle when it is very long."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 20]}…{text[-18:]}"
