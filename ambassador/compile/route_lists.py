"""Lists of routes in evaluation order, shared by all hosts that get equal ones."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from ambassador.compile.group import BY_HOST, Group, GroupKey, group
from ambassador.compile.index import changed_middle
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.mappings import CLOSED
from ambassador.compile.memo import Patch, Read, patched
from ambassador.compile.precedence import RouteKey, weight
from ambassador.compile.routes import RouteParts, encode_route
from ambassador.ir.route import Action, DirectResponse, PathKind, PathMatch, Redirect, Route, RouteMatch, Scheme
from ambassador.kinds.host import Insecure, Labels
from ambassador.model.values import ANY_HOST

ACME_CHALLENGE = "/.well-known/acme-challenge/"
_ANY_PATH = PathMatch(PathKind.PREFIX, "/")


@dataclass(frozen=True, slots=True)
class Source:
    """Mappings of one host pattern; `conditioned`: only for requests whose Host header belongs to it."""

    pattern: str
    conditioned: bool = False


@dataclass(frozen=True, slots=True)
class Front:
    """What a host's requests meet before any Mapping.

    `insecure`: what cleartext gets instead of Mappings. `always_insecure`: every request of the Listener counts as
    cleartext. `misdirected`: HTTPS requests came by a connection whose client certificate was not asked for (421).
    """

    insecure: Insecure | None = None
    always_insecure: bool = False
    misdirected: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class RouteListKey:
    """Everything that a list of routes depends on, other than the Mappings themselves."""

    sources: tuple[Source, ...]
    selectors: tuple[Labels | None, ...]
    front: Front = Front()


@dataclass(frozen=True, slots=True)
class RouteList:
    """`keys` are sorted by weight ascending and `groups` go with them: routes are asked from the last to the first."""

    front: tuple[Route, ...]
    keys: tuple[RouteKey, ...] = ()
    groups: tuple[Group, ...] = ()
    body: bytes = field(default=b"", repr=False)
    clusters: frozenset[str] = frozenset()

    @property
    def routes(self) -> tuple[Route, ...]:
        """All routes in evaluation order."""
        return (*self.front, *(route for one in reversed(self.groups) for route in one.routes))


def _patch(read: Read, key: RouteListKey, patch: Patch[RouteList]) -> RouteList:
    old = patch.old
    keys, groups = old.keys, old.groups
    if any(node is BY_HOST.bucket for node, _ in patch.changed):
        keys = _keys(read, key)
        start, old_end, new_end = changed_middle(old.keys, keys)
        fresh = tuple(read(group, _group_key(key, one)) for one in keys[start:new_end])
        groups = (*groups[:start], *fresh, *groups[old_end:])
        for gone in old.keys[start:old_end]:
            patch.forget(group, _group_key(key, gone))
    changed = [place for node, place in patch.changed if node is group]
    return _joined(read, key, keys, _renewed(read, keys, groups, changed))


def _renewed(
    read: Read, keys: tuple[RouteKey, ...], groups: tuple[Group, ...], changed: list[GroupKey]
) -> tuple[Group, ...]:
    if not changed:
        return groups
    renewed = list(groups)
    for one in changed:
        position = bisect_left(keys, weight(one.route), key=weight)
        if position < len(keys) and keys[position] == one.route:
            renewed[position] = read(group, one)
    return tuple(renewed)


@patched(_patch)
def route_list(read: Read, key: RouteListKey) -> RouteList:
    """The routes of hosts that have this key."""
    keys = _keys(read, key)
    return _joined(read, key, keys, tuple(read(group, _group_key(key, one)) for one in keys))


def _keys(read: Read, key: RouteListKey) -> tuple[RouteKey, ...]:
    if key.front.closed:
        return ()
    found = [read(BY_HOST.bucket, source.pattern) for source in key.sources]
    if len(found) == 1:
        return found[0]
    return tuple(sorted((one for bucket in found for one in bucket), key=weight))


def _group_key(key: RouteListKey, route: RouteKey) -> GroupKey:
    conditioned = any(source.conditioned and source.pattern == route.match.hostname for source in key.sources)
    return GroupKey(route, key.selectors, _authority(route.match.hostname) if conditioned else "")


def _authority(pattern: str) -> str:
    """RE2 pattern of a host pattern with a star at one end."""
    return pattern.replace(".", r"\.").replace("*", ".+") + "(:[0-9]+)?"


def _joined(read: Read, key: RouteListKey, keys: tuple[RouteKey, ...], groups: tuple[Group, ...]) -> RouteList:
    front = front_routes(key.front, read(OPTIONS, None).https_port)
    head = b"".join([encode_route(route, RouteParts(b"", b"")) for route in front])
    body = b"".join([head, *[one.body for one in reversed(groups)]])
    clusters: frozenset[str] = frozenset().union(*[one.clusters for one in groups])
    return RouteList(front, keys, groups, body, clusters)


def front_routes(front: Front, https_port: int) -> tuple[Route, ...]:
    """Routes before those of Mappings. They have no source of their own: the Host of the request's domain is it."""
    routes: list[Route] = []
    cleartext = Scheme.ANY if front.always_insecure else Scheme.INSECURE
    if front.insecure is Insecure.REDIRECT:
        with_port = Redirect(https=True, port=https_port, code=301)
        routes.append(_fixed("https-redirect-port", with_port, cleartext, authority=".*:[0-9]+", acme=True))
        routes.append(_fixed("https-redirect", Redirect(https=True, code=301), cleartext, acme=True))
    elif front.insecure is Insecure.REJECT:
        refusal = DirectResponse(400, "This host is served by HTTPS only.\n")
        routes.append(_fixed("cleartext-rejected", refusal, cleartext))
    if front.misdirected:
        routes.append(_fixed("misdirected-request", DirectResponse(421), Scheme.SECURE))
    if front.closed:
        routes.append(_fixed("host-closed", CLOSED, Scheme.ANY))
    return tuple(routes)


def _fixed(name: str, action: Action, scheme: Scheme, authority: str = "", acme: bool = False) -> Route:
    excluded = ACME_CHALLENGE if acme else ""
    match = RouteMatch(ANY_HOST, _ANY_PATH, authority=authority, excluded_prefix=excluded)
    return Route(name, None, match, action, scheme=scheme)
