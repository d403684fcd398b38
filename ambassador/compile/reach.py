"""Where to look for routes that take another one's requests first, so that nobody has to look at all of them.

At one precedence the longer path is asked first, and of equal paths the one with more conditions. So a route takes all
requests of another one only by a higher precedence, by a pattern (which may be longer than what it matches), or as the
prefix beside the exact path of the same text. Routes of the first two sorts are filed in *spots*; elsewhere there is
nothing to look up.
"""

from __future__ import annotations

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


class Spot(NamedTuple):
    """Routes of one host pattern that begin with one text in lower case, and have the same conditions.

    `patterns`: those that only a whole path can be compared with. In `conditions` an empty pattern stands for any.
    """

    scope: Scope
    text: str
    conditions: _Conditions
    patterns: bool = False


def filed(key: RouteKey) -> frozenset[tuple[Spot, RouteKey]]:
    """The spots of a route that may take requests of routes with more conditions or longer paths."""
    own = _own(key.match)
    patterned = key.match.path.kind is PathKind.REGEX or any(one.kind is ValueKind.REGEX for one in own)
    if key.api is not Api.MAPPING or not (key.precedence or patterned):
        return frozenset()
    path = plain(key.match.path)
    text = path.value if path else _element(within(key.match.path).value)
    ways = {frozenset(own), frozenset(_opened(one) for one in own)}
    return frozenset((Spot(key.scope, text.lower(), one, path is None), key) for one in ways)


def spots(key: RouteKey) -> Iterator[Spot]:
    """Where routes that take all requests of this one are, if there are any."""
    path = within(key.match.path)
    exact = path.kind is PathKind.EXACT
    ways = tuple(_ways(_own(key.match)))
    texts = tuple(_beginnings(path.value.lower()))
    for scope in _scopes(key):
        for text in texts:
            yield from (Spot(scope, text, one) for one in ways)
            if exact and text == _element(text):
                yield from (Spot(scope, text, one, patterns=True) for one in ways)


def unfiled(key: RouteKey) -> Iterator[RouteKey]:
    """Routes that are in no spot and take all requests of this one, if there are any."""
    match = key.match
    if key.precedence > 0 or (not key.precedence and match.path.kind is not PathKind.EXACT):
        return
    path = within(match.path)
    texts = _beginnings(path.value) if key.precedence else (path.value,)
    paths = [PathMatch(PathKind.PREFIX, text, case) for text in texts for case in (True, False)]
    if key.precedence:
        paths.append(match.path)
    ways = dict.fromkeys((match, RouteMatch(match.hostname, match.path))) if key.precedence else (match,)
    for scope in _scopes(key) if key.precedence else (key.scope,):
        for way in ways:
            yield from (route_key(replace(way, hostname=scope.pattern, path=one), 0) for one in paths)


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


def _element(text: str) -> str:
    """A text up to the last boundary of an element in it."""
    return text[: text.rfind("/") + 1]


def _scopes(key: RouteKey) -> Iterator[Scope]:
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
