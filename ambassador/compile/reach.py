"""Where to look for routes that take another one's requests first, so that nobody has to look at all of them.

At one precedence the longer path is asked first, and of equal paths the one with more conditions. So a route takes all
requests of another one only by a higher precedence, by a pattern (which may be longer than what it matches), or as the
prefix beside the exact path of the same text. Routes of the first two sorts are filed in *spots*, unless their
precedence is 0, as nearly every route's is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from ambassador.compile.covering import conditions, plain, within
from ambassador.compile.precedence import Api, RouteKey, Scope, route_key
from ambassador.ir.route import PathKind, PathMatch, RouteMatch, ValueKind, ValueMatch
from ambassador.model.values import ANY_HOST, covers, split_port

# What is looked for is bounded: of paths with more elements, and matches with more conditions, some are not looked at.
_ELEMENTS = 16
_CONDITIONS = 4

_Conditions = frozenset[ValueMatch]
_NONE: _Conditions = frozenset()
_ELEMENT = re.compile(r"/([A-Za-z0-9_-]+)(?=/|$)")


class Spot(NamedTuple):
    """Routes of one host pattern that begin with one text in lower case, and have the same conditions.

    `patterns`: those that only a whole path can be compared with; `text` is the last element that is known of them.
    In `conditions` an empty pattern stands for any.
    """

    scope: Scope
    text: str
    conditions: _Conditions
    patterns: bool = False


class Level(NamedTuple):
    """That some route of a precedence is in a spot, and whether it is there for a pattern."""

    precedence: int
    patterned: bool


_ANY = Level(0, patterned=False)


class Filed(NamedTuple):
    """A route in a spot; without a route, that there is one of this level somewhere."""

    level: Level
    route: RouteKey | None = None


Place = Spot | Scope | None
"""A spot; or where it says which levels a host pattern has in its spots, and (None) whether anything is filed."""


# One for all: each call of frozenset() makes another one, and nearly every route needs it.
_NOWHERE: frozenset[tuple[Place, Filed]] = frozenset()


def filed(key: RouteKey) -> frozenset[tuple[Place, Filed]]:
    """The places of a route that may take requests of routes with more conditions or longer paths."""
    match = key.match
    patterned = match.path.kind is PathKind.REGEX or _has_patterns(match)
    if not (key.precedence or patterned) or key.api is not Api.MAPPING:
        return _NOWHERE
    own = _own(match)
    path = plain(match.path)
    text = path.value if path else _last_element(match.path.value)
    level = Level(key.precedence, patterned)
    ways = {frozenset(own), frozenset(_opened(one) for one in own)}
    found = {(Spot(key.scope, text.lower(), one, path is None), Filed(level, key)) for one in ways}
    return frozenset({*found, (key.scope, Filed(level)), (None, Filed(_ANY))})


def order(one: Filed) -> tuple[object, ...]:
    """Order of what is in one place."""
    return one.route.weight if one.route else one.level


def _has_patterns(match: RouteMatch) -> bool:
    if not (match.headers or match.method or match.query):
        return False
    return any(one.kind is ValueKind.REGEX for one in (*conditions(match), *match.query))


def is_above(level: Level, key: RouteKey) -> bool:
    """Whether a route of this level may take requests of this one."""
    return level.precedence > key.precedence or (level.precedence == key.precedence and level.patterned)


def spots(key: RouteKey, scope: Scope) -> Iterator[Spot]:
    """Where routes of a host pattern that take all requests of this one are, if there are any."""
    path = within(key.match.path)
    ways = tuple(_ways(_own(key.match)))
    for text in _beginnings(path.value.lower()):
        yield from (Spot(scope, text, one) for one in ways)
    if path.kind is PathKind.EXACT:
        for element in dict.fromkeys(("", *_ELEMENT.findall(path.value.lower())[-_ELEMENTS:])):
            yield from (Spot(scope, element, one, patterns=True) for one in ways)


def unfiled(key: RouteKey) -> Iterator[RouteKey]:
    """Routes that take all requests of this one and are not looked for in spots, if there are any."""
    match = key.match
    if match.path.kind is PathKind.EXACT:
        same = (PathMatch(PathKind.PREFIX, match.path.value, case) for case in (True, False))
        yield from (route_key(replace(match, path=path), key.precedence) for path in same)
    if key.precedence >= 0:
        return
    paths = (match.path, *(PathMatch(PathKind.PREFIX, text) for text in _beginnings(within(match.path).value) if text))
    for scope in scopes(key):
        for way in dict.fromkeys((match, RouteMatch(match.hostname, match.path))):
            yield from (route_key(replace(way, hostname=scope.pattern, path=path), 0) for path in dict.fromkeys(paths))


def _own(match: RouteMatch) -> tuple[ValueMatch, ...]:
    """All conditions but the path; query parameters are told from headers by their question mark."""
    query = [replace(one, name=f"?{one.name}") for one in match.query]
    host = [ValueMatch("", ValueKind.REGEX, match.authority)] if match.authority else []
    return (*conditions(match), *query, *host)


def _ways(own: tuple[ValueMatch, ...]) -> Iterable[_Conditions]:
    """What may be asked of requests by a route that takes all that have these conditions: nothing, one of them, all."""
    every = frozenset(own)
    found = [_NONE, every]
    for one in own[:_CONDITIONS]:
        weaker = [one, ValueMatch(one.name, ValueKind.PRESENT)]
        if one.kind is ValueKind.EXACT:
            weaker.append(ValueMatch(one.name, ValueKind.REGEX))
        found += chain.from_iterable((frozenset({other}), (every - {one}) | {other}) for other in weaker)
    return dict.fromkeys(found)


def _opened(one: ValueMatch) -> ValueMatch:
    return replace(one, value="") if one.kind is ValueKind.REGEX else one


def _beginnings(text: str) -> Iterable[str]:
    """The text, and its beginnings that end at the boundary of an element."""
    places = [place for place, char in enumerate(text) if char == "/"][:_ELEMENTS]
    return dict.fromkeys((text, *(text[: place + more] for place in places for more in (0, 1)), ""))


def _last_element(pattern: str) -> str:
    """The last element of its paths that a pattern gives as a text; empty when there is none."""
    return next(reversed(_ELEMENT.findall(pattern)), "")


def scopes(key: RouteKey) -> Iterator[Scope]:
    """The host patterns whose routes are in all lists that have this one."""
    pattern = key.match.hostname
    yield key.scope
    if pattern in ("", ANY_HOST):
        return
    host, port = split_port(pattern)
    labels = host.removeprefix("*.").split(".")
    wider = ["*." + ".".join(labels[start:]) for start in range(1, len(labels))]
    found = (*([host] if port else ()), *wider, ANY_HOST)
    yield from (Scope(key.api, one) for one in found if covers(one, pattern))
