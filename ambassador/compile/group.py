"""Routes with one match: Mappings share its requests, of Ingress paths the oldest has them. And indexes of routes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ambassador.compile.index import index
from ambassador.compile.ingress_classes import our_ingress
from ambassador.compile.ingress_hosts import NamedBy, age, names_of
from ambassador.compile.ingresses import ingress_plan
from ambassador.compile.mappings import RoutePlan, route_plan
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import spec_as
from ambassador.compile.precedence import Api, RouteKey, Scope, route_key, weight
from ambassador.compile.reach import Filed, Place, filed, order
from ambassador.compile.routes import encode_route, route_parts
from ambassador.features.path_heads import head
from ambassador.features.tls_upstream import UpstreamTls
from ambassador.ir.cluster import Address, Cluster, DnsName, ServicePort
from ambassador.ir.features import EMPTY, FeatureBag
from ambassador.ir.route import Forward, Redirect, Route, RouteMatch, Share, ValueKind, ValueMatch
from ambassador.kinds.host import Labels
from ambassador.kinds.mapping import MappingSpec
from ambassador.model.fields import Cursor
from ambassador.model.hashing import HashedOnce
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, Problem, Reason


@dataclass(frozen=True, slots=True)
class Filing:
    """Where the routes of an object are found again: by host pattern, by match, and by what they need.

    `route` is a Mapping's, `planned` are all routes that can be served; `by_name` are the names of an Ingress's rules
    and certificates; `by_reach` is of few Mappings only. The rest follows from these, and is not stored for each route.
    """

    route: RouteKey | None = None
    planned: tuple[tuple[RouteKey, RoutePlan], ...] = ()
    by_name: frozenset[tuple[str, NamedBy]] = frozenset()
    by_reach: frozenset[tuple[Place, Filed]] = frozenset()

    @property
    def by_host(self) -> frozenset[tuple[Scope, RouteKey]]:
        routes = (self.route,) if self.route else tuple(route for route, _ in self.planned)
        return frozenset((route.scope, route) for route in routes)

    @property
    def by_route(self) -> frozenset[tuple[RouteKey, RoutePlan]]:
        return frozenset(self.planned)

    @property
    def by_cluster(self) -> frozenset[tuple[str, Cluster]]:
        return frozenset(
            (plan.route.action.cluster, plan.cluster)
            for _, plan in self.planned
            if plan.cluster and isinstance(plan.route.action, Forward)
        )

    @property
    def by_endpoints(self) -> frozenset[tuple[str, ServicePort | Address]]:
        backends = [cluster.backend for _, cluster in self.by_cluster]
        return frozenset((one.name, one) for one in backends if not isinstance(one, DnsName))

    @property
    def by_secret(self) -> frozenset[tuple[str, ObjectKey]]:
        return frozenset(
            (name, plan.route.source)
            for _, plan in self.planned
            if plan.cluster and plan.route.source
            for name in _secrets(plan.cluster)
        )


@rule
def filing(read: Read, key: ObjectKey) -> Filing:
    """Where one object belongs."""
    return _of_ingress(read, key) if key.kind == "Ingress" else _of_mapping(read, key)


def _of_mapping(read: Read, key: ObjectKey) -> Filing:
    mapping = spec_as(read, key, MappingSpec)
    if mapping is None:
        return Filing()
    route = route_key(mapping.match, mapping.precedence)
    plan = read(route_plan, key).value
    return Filing(route, ((route, plan),) if plan else (), by_reach=filed(route))


def _of_ingress(read: Read, key: ObjectKey) -> Filing:
    ingress = our_ingress(read, key)
    if ingress is None or ingress.idle:
        return Filing()
    planned = tuple([(path.key, path.plan) for path in read(ingress_plan, key).value])
    return Filing(planned=planned, by_name=frozenset(names_of(read, ingress)))


def _secrets(cluster: Cluster) -> tuple[str, ...]:
    tls = cluster.features.get(UpstreamTls)
    return tuple(name for name in (tls.certificate, tls.ca) if name) if tls else ()


def _member(plan: RoutePlan) -> tuple[tuple[int, str], tuple[str, ...]]:
    """Order of routes with one match."""
    return plan.rank, plan.route.source or ()


_KINDS = ("Mapping", "Ingress")
ROUTE_KINDS = frozenset(_KINDS)
"""Kinds of objects that routes are made of."""

BY_HOST = index(_KINDS, filing, weight, lambda found: found.by_host)
BY_NAME = index(_KINDS, filing, age, lambda found: found.by_name)
BY_ROUTE = index(_KINDS, filing, _member, lambda found: found.by_route, named=False)
# Names are made of the whole value, so a bucket of these holds one item, whoever gives it: there is nothing to order.
BY_CLUSTER = index(_KINDS, filing, lambda _: 0, lambda found: found.by_cluster)
BY_ENDPOINTS = index(_KINDS, filing, lambda _: 0, lambda found: found.by_endpoints)
BY_SECRET = index(_KINDS, filing, lambda key: key, lambda found: found.by_secret)
BY_REACH = index(("Mapping",), filing, order, lambda found: found.by_reach, named=False)


@dataclass(frozen=True, slots=True)
class GroupKey(HashedOnce):
    """A group as one kind of host sees it.

    `selectors`: a Mapping is taken when one of them accepts it; None accepts all that name a host.
    `authority`: an RE2 pattern that the Host header must match, where the domain does not imply the hostname.
    `port`: the port that the Host header must name, if any. `shared`: features that the virtual host says for all.
    """

    route: RouteKey
    selectors: tuple[Labels | None, ...]
    authority: str = ""
    port: str = ""
    shared: FeatureBag = EMPTY

    __hash__ = HashedOnce.__hash__


@dataclass(frozen=True, slots=True)
class Group:
    """Routes of a group in evaluation order, with the encoding of each.

    `head`: text that every path which they take begins with. `order`: groups with a higher one are asked earlier.
    """

    routes: tuple[Route, ...] = ()
    pieces: tuple[bytes, ...] = field(default=(), repr=False)
    clusters: tuple[str, ...] = ()
    head: str = ""
    order: tuple[object, ...] = ()


@rule
def group(read: Read, key: GroupKey) -> Group:
    """The members that a host takes, each with its share."""
    members = read(BY_ROUTE.bucket, key.route)
    if key.route.api is Api.INGRESS:
        routes = tuple(plan.route for plan in members[:1])
    else:
        routes = shares([plan for plan in members if accepts(key.selectors, plan)]).value
    if key.authority:
        routes = tuple(replace(route, match=replace(route.match, authority=key.authority)) for route in routes)
    if key.port:
        routes = tuple(replace(route, match=with_port(route.match, key.port)) for route in routes)
    pieces = tuple([encode_route(route, read(route_parts, (route.features, key.shared))) for route in routes])
    clusters = tuple(dict.fromkeys([one.action.cluster for one in routes if isinstance(one.action, Forward)]))
    return Group(routes, pieces, clusters, head(key.route.match.path), key.route.weight)


def with_port(match: RouteMatch, port: str) -> RouteMatch:
    """The match for requests only that name a port in their Host header."""
    condition = ValueMatch(":authority", ValueKind.REGEX, f".*:{port}")
    return replace(match, headers=(*match.headers, condition))


def accepts(selectors: Iterable[Labels | None], plan: RoutePlan) -> bool:
    """Whether a host with these selectors takes a Mapping."""
    named = bool(plan.route.match.hostname)
    return any(named if selector is None else set(plan.labels).issuperset(selector) for selector in selectors)


def shares(plans: list[RoutePlan]) -> Checked[tuple[Route, ...]]:
    """Gives each member of a group its percentage (Ambassador's rules for weights).

    A single member takes all. Explicit weights add up; those without one share what is left; a total above 100 rejects
    the group; what explicit weights leave over falls through to the next matching route.
    """
    if len(plans) <= 1:
        return Checked(tuple([plan.route for plan in plans]))
    explicit = [plan for plan in plans if plan.weight is not None]
    even = [plan for plan in plans if plan.weight is None]
    total = sum(plan.weight or 0 for plan in explicit)
    if total > 100 or any(isinstance(plan.route.action, Redirect) for plan in plans):
        return Checked((), _rejected(plans, total))
    parts = [plan.weight or 0 for plan in explicit] + _even(100 - total, len(even))
    routes: list[Route] = []
    upto = 0
    for plan, percent in zip([*explicit, *even], parts, strict=True):
        upto += percent
        if percent:
            routes.append(replace(plan.route, share=Share(percent, upto)))
    return Checked(tuple(routes))


def _even(rest: int, count: int) -> list[int]:
    if not count:
        return []
    edges = [round(rest * number / count) for number in range(count + 1)]
    return [after - before for before, after in zip(edges, edges[1:], strict=False)]


def _rejected(plans: list[RoutePlan], total: int) -> tuple[Problem, ...]:
    if total > 100:
        why, path = (
            f"weights of this canary group add up to {total}, so none of it is served; at most 100 are allowed",
            "weight",
        )
    else:
        why, path = (
            "a redirect can't share its match with another Mapping, so none of them is served; change one",
            "host_redirect",
        )
    keys = [plan.route.source for plan in plans if plan.route.source]
    at = [Cursor(key, None, ("spec", path)) for key in keys]
    return tuple(one.error(Reason.CONFLICT, f"{why}: {_listed(keys)}") for one in at)


def _listed(keys: Iterable[ObjectKey]) -> str:
    names = [f"{key.namespace}/{key.name}" for key in keys]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
