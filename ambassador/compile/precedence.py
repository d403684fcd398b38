"""The total order of routes, as data. Whether Envoy gets a list or buckets is decided in `layout.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from ambassador.ir.route import PathKind, RouteMatch, ValueKind, ValueMatch
from ambassador.model.hashing import HashedOnce
from ambassador.model.values import ANY_HOST, ANY_PORT

# Below every precedence that a Mapping can have.
_LAST = -(2**31) - 1


class Api(Enum):
    """By whose rules hosts are chosen and equal routes are told apart."""

    MAPPING = "Mapping"
    INGRESS = "Ingress"


class Scope(NamedTuple):
    """A host pattern as routes of one API name it: Ingress knows one more label below a star, Mappings any number."""

    api: Api
    pattern: str


@dataclass(frozen=True, slots=True)
class RouteKey(HashedOnce):
    """What a request must be like, and how early it is asked.

    Mappings with one RouteKey form a canary group; of Ingress paths with one RouteKey the oldest is served.
    Sorted by `weight` ascending, routes are asked from the last to the first.
    """

    match: RouteMatch
    precedence: int
    api: Api = field(default=Api.MAPPING, kw_only=True)
    weight: tuple[object, ...] = field(compare=False, repr=False)

    __hash__ = HashedOnce.__hash__

    @property
    def scope(self) -> Scope:
        return Scope(self.api, self.match.hostname)


def route_key(match: RouteMatch, precedence: int) -> RouteKey:
    """The place of a Mapping's route."""
    return RouteKey(match, precedence, _weight(match, precedence))


def ingress_key(match: RouteMatch, *, last: bool = False) -> RouteKey:
    """The place of an Ingress's path; `last` of its default backend, which is asked after everything else of its host.

    Among Mappings a path counts as one of precedence 0: the longer path first, at equal length the Mapping. So an exact
    path comes before every prefix that it begins with, and a prefix before every shorter one.
    """
    path = match.path
    precedence = _LAST if last else 0
    exact = path.kind is PathKind.EXACT
    place = (precedence, len(path.value), -1, exact, path.value, "", (), (), path.kind.value, True, match.hostname, "")
    return RouteKey(match, precedence, place, api=Api.INGRESS)


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
