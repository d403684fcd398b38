"""A floor's fast encoding of many prefix routes: a map from a shared beginning to a short list of routes.

Envoy looks up the longest key that a path starts with and asks only that key's list. Answers are the same as with one
long list only if every route that could take such a path lies in the list, in order: that is checked here. Works on
bytes; builds nothing of the product's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.bench.floor_server import varint

FEW = 100
"""Lists this short gain nothing by a map."""
LONGEST_KEY = 40

_ROUTES, _MATCHER = 3, 21  # VirtualHost
_ROUTE_LIST = b"type.googleapis.com/envoy.config.route.v3.RouteList"
_PATH_INPUT = b"type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput"

PrefixRoute = tuple[bytes, bytes]
"""A prefix, and a Route that matches by it."""


def as_list(routes: Iterable[PrefixRoute]) -> bytes:
    """`VirtualHost.routes`: what every other Envoy gateway sends."""
    return b"".join([framed(_ROUTES, route) for _, route in routes])


def as_prefix_map(routes: Sequence[PrefixRoute]) -> bytes:
    """`VirtualHost.matcher`, where routes are many and a map of short lists answers as one list would."""
    found = _buckets(routes) if len(routes) > FEW else None
    return as_list(routes) if found is None else framed(_MATCHER, _prefix_map(found))


def resource_frame(type_url: str, name: str, version: str, body: bytes) -> bytes:
    """The `resources` entry of a DeltaDiscoveryResponse (envoy/service/discovery/v3/discovery.proto)."""
    packed = framed(1, type_url.encode()) + framed(2, body)
    return framed(2, framed(1, version.encode()) + framed(2, packed) + framed(3, name.encode()))


def framed(number: int, value: bytes) -> bytes:
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(value)) + value


def _buckets(routes: Sequence[PrefixRoute]) -> dict[bytes, list[bytes]] | None:
    """Routes by the beginning of their prefix, as long a one as leaves few a bucket; None where that is not safe."""
    # A route with a shorter prefix than the key could take paths of several buckets.
    for length in range(2, min(LONGEST_KEY, *(len(prefix) for prefix, _ in routes)) + 1):
        found: dict[bytes, list[bytes]] = {}
        for prefix, route in routes:
            found.setdefault(prefix[:length], []).append(route)
        if max(map(len, found.values())) <= FEW:
            return found
    return None


def _prefix_map(found: dict[bytes, list[bytes]]) -> bytes:
    """xds.type.matcher.v3.Matcher: matcher_tree(2) = input(1), prefix_match_map(3) of map(1) key(1) → OnMatch(2)."""
    path = _extension(b"path", _PATH_INPUT, framed(1, b":path"))
    entries = [
        framed(1, framed(1, key) + framed(2, framed(2, _extension(b"routes", _ROUTE_LIST, _list(routes)))))
        for key, routes in found.items()
    ]
    return framed(2, framed(1, path) + framed(3, b"".join(entries)))


def _list(routes: Iterable[bytes]) -> bytes:
    return b"".join([framed(1, route) for route in routes])


def _extension(name: bytes, type_url: bytes, body: bytes) -> bytes:
    """xds.core.v3.TypedExtensionConfig."""
    return framed(1, name) + framed(2, framed(1, type_url) + framed(2, body))
