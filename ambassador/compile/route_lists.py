"""Lists of routes in evaluation order, shared by all hosts that get equal ones."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ambassador.compile.group import BY_HOST, Group, GroupKey, group, with_port
from ambassador.compile.index import changed_middle
from ambassador.compile.mappings import CLOSED
from ambassador.compile.memo import Patch, Read, patched
from ambassador.compile.precedence import Api, RouteKey, Scope, weight
from ambassador.compile.routes import RouteParts, encode_route
from ambassador.ir.features import EMPTY, FeatureBag
from ambassador.ir.route import Action, DirectResponse, PathKind, PathMatch, Redirect, Route, RouteMatch, Scheme
from ambassador.kinds.host import Insecure, Labels
from ambassador.model.hashing import HashedOnce
from ambassador.model.keys import ObjectKey
from ambassador.model.values import ANY_HOST, authority_pattern

ACME_CHALLENGE = "/.well-known/acme-challenge/"
_ANY_PATH = PathMatch(PathKind.PREFIX, "/")
# Any port but 80, which HTTPS has no use for and Envoy leaves out.
_ODD_PORT = ":(?:[0-9]|[0-79][0-9]|8[1-9]|[0-9]{3,})"


@dataclass(frozen=True, slots=True)
class Source:
    """Routes of one host pattern; `authority`: an RE2 pattern on the Host header of the requests they are for."""

    pattern: str
    authority: str = ""
    api: Api = Api.MAPPING


@dataclass(frozen=True, slots=True)
class Front:
    """What a host's requests meet before any other route.

    `insecure`: what cleartext gets instead of them. `always_insecure`: every request of the Listener counts as
    cleartext. `misdirected`: which requests came by a connection whose client certificate was not asked for (421).
    `https_port`: where HTTPS is served, when the request named a port; 0 where it is not. `code` is the redirect's.
    `names`: an RE2 pattern on the host that the redirect is for; empty for all.
    """

    insecure: Insecure | None = None
    always_insecure: bool = False
    misdirected: Scheme | None = None
    closed: bool = False
    https_port: int = 0
    code: int = 301
    names: str = ""


@dataclass(frozen=True, slots=True)
class RouteListKey(HashedOnce):
    """Everything that a list of routes depends on, other than the routes themselves.

    `port`: the list is for requests that name this port, of the Host `host`; others pass it by.
    `shared`: features that all its routes have in common and the virtual host says once.
    """

    sources: tuple[Source, ...]
    selectors: tuple[Labels | None, ...]
    front: Front = Front()
    port: str = ""
    host: ObjectKey | None = None
    shared: FeatureBag = EMPTY

    __hash__ = HashedOnce.__hash__


@dataclass(frozen=True, slots=True)
class RouteList:
    """`keys` are sorted by weight ascending and `groups` go with them: routes are asked from the last to the first.

    `uses` counts the groups that need each cluster, so that an edit need not ask all of them.
    """

    front: tuple[Route, ...] = ()
    keys: tuple[RouteKey, ...] = ()
    groups: tuple[Group, ...] = ()
    body: bytes = field(default=b"", repr=False)
    uses: Mapping[str, int] = field(default_factory=dict)
    back: tuple[Route, ...] = ()

    @property
    def routes(self) -> tuple[Route, ...]:
        """All routes in evaluation order."""
        return (*self.front, *(route for one in reversed(self.groups) for route in one.routes), *self.back)

    @property
    def size(self) -> int:
        """How many routes there are."""
        return len(self.front) + sum(len(one.routes) for one in self.groups) + len(self.back)

    @property
    def clusters(self) -> frozenset[str]:
        """Names of all clusters that the routes need."""
        return frozenset(self.uses)


@dataclass(frozen=True, slots=True)
class _Members:
    """Groups by position, with those that came and went on the way from an older list."""

    keys: tuple[RouteKey, ...]
    groups: tuple[Group, ...]
    added: tuple[Group, ...] = ()
    removed: tuple[Group, ...] = ()


def _patch(read: Read, key: RouteListKey, patch: Patch[RouteList]) -> RouteList:
    old = patch.old
    members = _Members(old.keys, old.groups)
    if any(node is BY_HOST.bucket for node, _ in patch.changed):
        members = _moved(read, key, patch)
    changed = [place for node, place in patch.changed if node is group]
    members = _renewed(read, members, changed)
    return _joined(read, key, members, old.uses)


def _moved(read: Read, key: RouteListKey, patch: Patch[RouteList]) -> _Members:
    """Takes over what stays where it was, and reads only groups that are new."""
    old = patch.old
    keys = _keys(read, key)
    start, old_end, new_end = changed_middle(old.keys, keys)
    # By identity, since indexes keep their items: comparing thousands of keys by value would take milliseconds.
    known = dict(zip(map(id, old.keys[start:old_end]), old.groups[start:old_end], strict=True))
    fresh = {id(one): read(group, _group_key(key, one)) for one in keys[start:new_end] if id(one) not in known}
    stay = set(map(id, keys[start:new_end]))
    gone = [one for one in old.keys[start:old_end] if id(one) not in stay]
    for one in gone:
        patch.forget(group, _group_key(key, one))
    middle = tuple(known.get(place) or fresh[place] for place in map(id, keys[start:new_end]))
    groups = (*old.groups[:start], *middle, *old.groups[old_end:])
    return _Members(keys, groups, tuple(fresh.values()), tuple(known[id(one)] for one in gone))


def _renewed(read: Read, members: _Members, changed: list[GroupKey]) -> _Members:
    if not changed:
        return members
    keys, groups = members.keys, list(members.groups)
    added, removed = list(members.added), list(members.removed)
    for one in changed:
        position = bisect_left(keys, weight(one.route), key=weight)
        if position < len(keys) and keys[position] == one.route:
            value = read(group, one)
            removed.append(groups[position])
            added.append(value)
            groups[position] = value
    return _Members(keys, tuple(groups), tuple(added), tuple(removed))


@patched(_patch)
def route_list(read: Read, key: RouteListKey) -> RouteList:
    """The routes of hosts that have this key."""
    keys = _keys(read, key)
    groups = tuple(read(group, _group_key(key, one)) for one in keys)
    return _joined(read, key, _Members(keys, groups, groups), {})


def _keys(read: Read, key: RouteListKey) -> tuple[RouteKey, ...]:
    if key.front.closed:
        return ()
    found = [read(BY_HOST.bucket, Scope(source.api, source.pattern)) for source in key.sources]
    if len(found) == 1:
        return found[0]
    return tuple(sorted((one for bucket in found for one in bucket), key=weight))


def _group_key(key: RouteListKey, route: RouteKey) -> GroupKey:
    api, pattern = route.scope
    authority = next((one.authority for one in key.sources if one.pattern == pattern and one.api is api), "")
    # Labels select Mappings only.
    return GroupKey(route, key.selectors if api is Api.MAPPING else (), authority, key.port, key.shared)


def _joined(read: Read, key: RouteListKey, members: _Members, uses: Mapping[str, int]) -> RouteList:
    front = front_routes(key.front)
    back: tuple[Route, ...] = ()
    if key.port:
        # Requests for this port that no route takes must not go on to another Host's routes.
        back = (_for_port(_fixed("no-route", DirectResponse(404), Scheme.ANY), key),)
        front = tuple(_for_port(route, key) for route in front)
    head, tail = (b"".join([encode_route(one, RouteParts(b"", b"")) for one in routes]) for routes in (front, back))
    body = b"".join([head, *[one.body for one in reversed(members.groups)], tail])
    return RouteList(front, members.keys, members.groups, body, _counted(uses, members), back)


def _for_port(route: Route, key: RouteListKey) -> Route:
    return replace(route, match=with_port(route.match, key.port), source=key.host)


def _counted(uses: Mapping[str, int], members: _Members) -> Mapping[str, int]:
    """How many groups need each cluster, after some came and some went."""
    changes = Counter(name for one in members.added for name in one.clusters)
    changes.subtract(Counter(name for one in members.removed for name in one.clusters))
    changes = Counter({name: count for name, count in changes.items() if count})
    if not changes:
        return uses
    counts = {**uses, **{name: uses.get(name, 0) + count for name, count in changes.items()}}
    return {name: count for name, count in counts.items() if count}


def front_routes(front: Front) -> tuple[Route, ...]:
    """Routes before all others. They have no source of their own: the Host of the request's domain is it."""
    routes: list[Route] = []
    cleartext = Scheme.ANY if front.always_insecure else Scheme.INSECURE
    if front.insecure is Insecure.REDIRECT:
        routes += _redirects(front, cleartext)
    elif front.insecure is Insecure.REJECT:
        refusal = DirectResponse(400, "This host is served by HTTPS only.\n")
        routes.append(_fixed("cleartext-rejected", refusal, cleartext, acme=True))
    if front.misdirected:
        routes.append(_fixed("misdirected-request", DirectResponse(421), front.misdirected))
    if front.closed:
        routes.append(_fixed("host-closed", CLOSED, Scheme.ANY))
    return tuple(routes)


def _redirects(front: Front, cleartext: Scheme) -> Iterator[Route]:
    if front.https_port:
        named = authority_pattern(front.names, _ODD_PORT) if front.names else f".*{_ODD_PORT}"
        other_port = Redirect(https=True, port=front.https_port, code=front.code)
        yield _fixed("https-redirect-port", other_port, cleartext, authority=named, acme=True)
    named = authority_pattern(front.names) if front.names else ""
    yield _fixed("https-redirect", Redirect(https=True, code=front.code), cleartext, authority=named, acme=True)


def _fixed(name: str, action: Action, scheme: Scheme, authority: str = "", acme: bool = False) -> Route:
    excluded = ACME_CHALLENGE if acme else ""
    match = RouteMatch(ANY_HOST, _ANY_PATH, authority=authority, excluded_prefix=excluded)
    return Route(name, None, match, action, scheme=scheme)
