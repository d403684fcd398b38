"""What Envoy gets of a virtual host's routes: a list, or a prefix map of short lists. Decided here alone.

`VirtualHost.matcher` (route_components.proto) is a tree over the request's `:path`; its leaves are `RouteList`s. That
the map sees the query string and a route does not is no matter: what a path begins with, the whole begins with too.
"""

from __future__ import annotations

from collections.abc import Iterable

from envoy_data_plane.envoy.type.matcher import v3 as matcher_v3

from ambassador.wire.encode import encode, field, frame, string_field, type_url

_HOST_ROUTES, _HOST_MATCHER = 3, 21
_LIST_ROUTES = 1
# xds/type/matcher/v3/matcher.proto and xds/core/v3/extension.proto.
_MATCHER_TREE, _MATCHER_ON_NO_MATCH = 2, 3
_TREE_INPUT, _TREE_PREFIX_MAP = 1, 3
_MAP_ENTRY, _ENTRY_KEY, _ENTRY_VALUE = 1, 1, 2
_MATCH_ACTION = 2
_EXTENSION_NAME, _EXTENSION_CONFIG = 1, 2
_ANY_URL, _ANY_VALUE = 1, 2
_ROUTE_LIST = "type.googleapis.com/envoy.config.route.v3.RouteList"


def encode_list(pieces: Iterable[bytes]) -> bytes:
    """Encoded routes, as the list of a virtual host."""
    return frame(_HOST_ROUTES, pieces)


def encode_bucket(key: str, pieces: Iterable[bytes]) -> bytes:
    """The routes of paths that begin with a key, framed as an entry of the prefix map."""
    return field(_MAP_ENTRY, string_field(_ENTRY_KEY, key) + field(_ENTRY_VALUE, _route_list(pieces)))


def encode_map(buckets: Iterable[bytes], others: Iterable[bytes]) -> bytes:
    """A virtual host's prefix map of encoded buckets; `others` are the routes of all other paths."""
    tree = field(_TREE_INPUT, _PATH) + field(_TREE_PREFIX_MAP, b"".join(buckets))
    rest = _route_list(others)
    return field(_HOST_MATCHER, field(_MATCHER_TREE, tree) + field(_MATCHER_ON_NO_MATCH, rest))


def _route_list(pieces: Iterable[bytes]) -> bytes:
    """OnMatch of a list of routes; an empty list is a 404."""
    return field(_MATCH_ACTION, _extension("routes", _ROUTE_LIST, frame(_LIST_ROUTES, pieces)))


def _extension(name: str, url: str, body: bytes) -> bytes:
    # As protobuf does it, an empty value is not written.
    config = string_field(_ANY_URL, url) + (field(_ANY_VALUE, body) if body else b"")
    return string_field(_EXTENSION_NAME, name) + field(_EXTENSION_CONFIG, config)


_PATH = _extension(
    "path",
    type_url(matcher_v3.HttpRequestHeaderMatchInput),
    encode(matcher_v3.HttpRequestHeaderMatchInput(header_name=":path")),
)
