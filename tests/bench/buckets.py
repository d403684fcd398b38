"""The fastest known encoding of many prefix routes: a map from a shared beginning to a short list of routes.

Envoy looks up the longest key that a path starts with and asks only that key's list. Answers are the same as with one
long list only if every route that could take such a path lies in the list, in order: that is checked here, and a list
that does not allow it is left as it is. Works on bytes; builds nothing of the product's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tests.bench.floor_server import read_varint, varint

FEW = 100
"""Lists this short gain nothing by a map."""
LONGEST_KEY = 40

_VIRTUAL_HOSTS, _ROUTES, _MATCHER = 2, 3, 21  # RouteConfiguration, VirtualHost, VirtualHost
_ROUTE_MATCH, _MATCH_PREFIX = 1, 1  # Route.match, RouteMatch.prefix
_ROUTE_LIST = b"type.googleapis.com/envoy.config.route.v3.RouteList"
_PATH_INPUT = b"type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput"


def bucketed(configuration: bytes) -> bytes:
    """A RouteConfiguration with a prefix map in place of each long list."""
    return _changed(configuration, _VIRTUAL_HOSTS, _virtual_host)


def resource_frame(type_url: str, name: str, version: str, body: bytes) -> bytes:
    """The `resources` entry of a DeltaDiscoveryResponse (envoy/service/discovery/v3/discovery.proto)."""
    packed = _field(1, type_url.encode()) + _field(2, body)
    return _field(2, _field(1, version.encode()) + _field(2, packed) + _field(3, name.encode()))


def _changed(message: bytes, number: int, change: Callable[[bytes], bytes]) -> bytes:
    parts = [_field(number, change(value)) if one == number else raw for one, raw, value in _raw_fields(message)]
    return b"".join(parts)


def _raw_fields(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, whole bytes, and (of a length-delimited one) content of each field."""
    at = 0
    while at < len(message):
        start = at
        key, at = read_varint(message, at)
        size, at = read_varint(message, at)
        content = b""
        if key & 7 == 2:
            content = message[at : at + size]
            at += size
        yield key >> 3, message[start:at], content


def _virtual_host(message: bytes) -> bytes:
    routes = [value for number, _, value in _raw_fields(message) if number == _ROUTES]
    found = _buckets(routes) if len(routes) > FEW else None
    if found is None:
        return message
    others = [raw for number, raw, _ in _raw_fields(message) if number != _ROUTES]
    return b"".join([*others, _field(_MATCHER, _prefix_map(found))])


def _buckets(routes: list[bytes]) -> dict[bytes, list[bytes]] | None:
    """Routes by the beginning of their prefix, as long a one as leaves few a bucket; None where that is not safe."""
    prefixes = [_prefix(route) for route in routes]
    if any(prefix is None for prefix in prefixes):
        return None
    for length in range(2, LONGEST_KEY):
        found: dict[bytes, list[bytes]] = {}
        for route, prefix in zip(routes, prefixes, strict=True):
            if prefix is None or len(prefix) < length:
                return None  # it could take paths of several buckets
            found.setdefault(prefix[:length], []).append(route)
        if max(map(len, found.values())) <= FEW:
            return found
    return None


def _prefix(route: bytes) -> bytes | None:
    match = next((value for number, _, value in _raw_fields(route) if number == _ROUTE_MATCH), b"")
    return next((value for number, _, value in _raw_fields(match) if number == _MATCH_PREFIX), None)


def _prefix_map(found: dict[bytes, list[bytes]]) -> bytes:
    """xds.type.matcher.v3.Matcher: matcher_tree(2) = input(1), prefix_match_map(3) of map(1) key(1) → OnMatch(2)."""
    path = _extension(b"path", _PATH_INPUT, _field(1, b":path"))
    entries = [
        _field(1, _field(1, key) + _field(2, _field(2, _extension(b"routes", _ROUTE_LIST, _list(routes)))))
        for key, routes in found.items()
    ]
    return _field(2, _field(1, path) + _field(3, b"".join(entries)))


def _list(routes: Iterable[bytes]) -> bytes:
    return b"".join([_field(1, route) for route in routes])


def _extension(name: bytes, type_url: bytes, body: bytes) -> bytes:
    """xds.core.v3.TypedExtensionConfig."""
    return _field(1, name) + _field(2, _field(1, type_url) + _field(2, body))


def _field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value
