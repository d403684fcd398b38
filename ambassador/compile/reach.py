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


def filed(key: RouteKey) -> frozenset[tuple[Spot, RouteKey]]:
    """The spots of a route that may take requests of routes with more conditions or longer paths."""
    if not _is_filed(key):
        return frozenset()
    own = _own(key.match)
    path = plain(key.match.path)
    text = path.value if path else _last_element(key.match.path.value)
    ways = {frozenset(own), frozenset(_opened(one) for one in own)}
    return frozenset((Spot(key.scope, text.lower(), one, path is None), key) for one in ways)


def levels(key: RouteKey) -> frozenset[tuple[Scope | None, Level]]:
    """What says that there is anything to be found in spots of a host pattern, and (None) in any spot at all."""
    if not _is_filed(key):
        return frozenset()
    return frozenset({(key.scope, Level(key.precedence, _is_patterned(key.match))), (None, _ANY)})


def _is_filed(key: RouteKey) -> bool:
    return key.api is Api.MAPPING and (key.precedence != 0 or _is_patterned(key.match))


def _is_patterned(match: RouteMatch) -> bool:
    return match.path.kind is PathKind.REGEX or any(one.kind is ValueKind.REGEX for one in _own(match))


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
