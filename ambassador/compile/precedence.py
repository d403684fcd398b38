"""The total order of routes, as data. Whether Envoy gets a list or a tree is decided in `routes.py` alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from ambassador.ir.route import RouteMatch, ValueKind, ValueMatch
from ambassador.model.hashing import HashedOnce
from ambassador.model.values import ANY_HOST, ANY_PORT


@dataclass(frozen=True, slots=True)
class RouteKey(HashedOnce):
    """What a request must be like, and how early it is asked: Mappings with one RouteKey form a canary group.

    Sorted by `weight` ascending, routes are asked from the last to the first.
    """

    match: RouteMatch
    precedence: int
    weight: tuple[object, ...] = field(compare=False, repr=False)

    __hash__ = HashedOnce.__hash__


def route_key(match: RouteMatch, precedence: int) -> RouteKey:
    return RouteKey(match, precedence, _weight(match, precedence))


def weight(key: RouteKey) -> tuple[object, ...]:
    """Sort key of a RouteKey."""
    return key.weight


def _weight(match: RouteMatch, precedence: int) -> tuple[object, ...]:
    """Ambassador's route weight: higher is asked earlier. The last parts only make the order total.

    Precedence, length of the path, length of all header conditions (host and method among them), length of all query
    conditions, then the texts themselves.
    """
    headers = _texts(match.headers)
    if match.authority:
        # Its length as written, without what makes it ignore case and port.
        headers.append((":authority", match.authority.removeprefix("(?i:").removesuffix(f"){ANY_PORT}"), True))
    elif match.hostname not in (ANY_HOST, ""):
        headers.append((":authority", match.hostname, False))
    if match.method:
        headers += _texts((match.method,))
    query = _texts(match.query)
    return (
        precedence,
        len(match.path.value),
        _length(headers),
        _length(query),
        match.path.value,
        match.method.value if match.method else "GET",
        tuple(sorted(f"{name}-{value}" for name, value, _ in headers)),
        tuple(f"{name}-{value}" for name, value, _ in query),
        match.path.kind.value,
        match.path.case_sensitive,
        match.hostname,
        repr((match.method, match.headers, match.query)) if headers or query else "",
    )


def _texts(matches: tuple[ValueMatch, ...]) -> list[tuple[str, str, bool]]:
    return [(match.name, match.value or "*", match.kind is ValueKind.REGEX) for match in matches]


def _length(texts: list[tuple[str, str, bool]]) -> int:
    return sum(len(name) + len(value) + regex for name, value, regex in texts)
