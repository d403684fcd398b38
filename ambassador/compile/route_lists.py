"""Lists of routes in evaluation order, shared by all hosts that get equal ones."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from math import inf
from sys import maxsize

from ambassador.compile.buckets import Node, build, changed, pieces
from ambassador.compile.front import Front, front_routes, no_route
from ambassador.compile.group import BY_HOST, Group, GroupKey, group, with_port
from ambassador.compile.index import changed_middle
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.layout import encode_list, encode_map
from ambassador.compile.memo import Patch, Read, patched, rule
from ambassador.compile.precedence import Api, RouteKey, Scope, weight
from ambassador.compile.routes import RouteParts, encode_route
from ambassador.features.path_heads import head
from ambassador.ir.features import EMPTY, FeatureBag
from ambassador.ir.route import Route
from ambassador.ir.virtual_host import Layout
from ambassador.kinds.host import Labels
from ambassador.model.hashing import HashedOnce
from ambassador.model.keys import ObjectKey


@dataclass(frozen=True, slots=True)
class Source:
    """Routes of one host pattern; `authority`: an RE2 pattern on the Host header of the requests they are for."""

    pattern: str
    authority: str = ""
    api: Api = Api.MAPPING


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
    `front` and `back` are asked before and after them.

    `uses` counts the groups that need each cluster, so that an edit need not ask all of them. `filed`: all groups, by
    the beginning of their paths.
    """

    front: tuple[Group, ...] = ()
    keys: tuple[RouteKey, ...] = ()
    groups: tuple[Group, ...] = ()
    back: tuple[Group, ...] = ()
    uses: Mapping[str, int] = field(default_factory=dict)
    filed: Node = field(default=build((), maxsize), repr=False, compare=False)

    def in_order(self) -> Iterator[Group]:
        """All groups in evaluation order."""
        yield from self.front
        yield from reversed(self.groups)
        yield from self.back

    @property
    def routes(self) -> tuple[Route, ...]:
        """All routes in evaluation order."""
        return tuple([route for one in self.in_order() for route in one.routes])

    @property
    def size(self) -> int:
        """How many routes there are."""
        return self.filed.size

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
    return _joined(read, key, members, old.uses, old.filed)


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
            if value is groups[position]:
                continue  # it has just been read, being new
            removed.append(groups[position])
            added.append(value)
            groups[position] = value
    return _Members(keys, tuple(groups), tuple(added), tuple(removed))


@patched(_patch)
def route_list(read: Read, key: RouteListKey) -> RouteList:
    """The routes of hosts that have this key."""
    keys = _keys(read, key)
    groups = tuple(read(group, _group_key(key, one)) for one in keys)
    return _joined(read, key, _Members(keys, groups, groups), {}, None)


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


def _joined(read: Read, key: RouteListKey, members: _Members, uses: Mapping[str, int], old: Node | None) -> RouteList:
    front, back = _around(key)
    if old is None:
        filed = build((*front, *reversed(members.groups), *back), read(bucket_size, None))
    else:
        filed = changed(old, members.removed, members.added)
    return RouteList(front, members.keys, members.groups, back, _counted(uses, members), filed)


@rule
def bucket_size(read: Read, _: None) -> int:
    """About how many routes go into a bucket."""
    return read(OPTIONS, None).bucket_size or maxsize


def _around(key: RouteListKey) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """What is asked before and after the routes."""
    front: tuple[Route, ...] = front_routes(key.front)
    back: tuple[Route, ...] = ()
    if key.port:
        # Requests for this port that no route takes must not go on to another Host's routes.
        front, back = tuple(_for_port(one, key) for one in front), (_for_port(no_route(), key),)
    return tuple(map(_first, count(), front)), tuple(map(_last, back))


def _first(place: int, route: Route) -> Group:
    return _fixed(route, (inf, -place))


def _last(route: Route) -> Group:
    return _fixed(route, (-inf,))


def _fixed(route: Route, order: tuple[object, ...]) -> Group:
    return Group((route,), (encode_route(route, RouteParts(b"", b"")),), head=head(route.match.path), order=order)


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


def laid_out(lists: tuple[RouteList, ...]) -> tuple[Layout, bytes]:
    """The routes of a virtual host, one list after the other, as Envoy gets them."""
    filed = lists[0].filed if len(lists) == 1 else _filed_together(lists)
    buckets = filed.all_buckets
    if not buckets:
        every = (piece for part in lists for one in part.in_order() for piece in one.pieces)
        return Layout(longest=filed.size), encode_list(every)
    sizes = [filed.waiting, *[one.size for one in buckets]]
    layout = Layout(len(buckets), max(sizes), sum(sizes) - filed.size)
    return layout, encode_map([one.body for one in buckets], pieces(filed.rest))


def _filed_together(lists: tuple[RouteList, ...]) -> Node:
    """Few hosts have lists for a port of their own, so this is done anew on each change."""
    found = [replace(one, order=(-place, one.order)) for place, part in enumerate(lists) for one in part.in_order()]
    return build(found, lists[0].filed.unit)
