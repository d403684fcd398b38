"""Canary groups: Mappings with one match share its requests. And the indexes that find a host's groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ambassador.compile.index import index
from ambassador.compile.mappings import RoutePlan, route_plan
from ambassador.compile.memo import Read, rule
from ambassador.compile.names import cluster_name, endpoints_name
from ambassador.compile.objects import spec_as
from ambassador.compile.precedence import RouteKey, route_key, weight
from ambassador.compile.routes import encode_route, route_parts
from ambassador.features.tls_upstream import UpstreamTls
from ambassador.ir.cluster import Address, Cluster, DnsName, ServicePort
from ambassador.ir.route import Forward, Redirect, Route, RouteMatch, Share, ValueKind, ValueMatch
from ambassador.kinds.host import Labels
from ambassador.kinds.mapping import MappingSpec
from ambassador.model.fields import Cursor
from ambassador.model.hashing import HashedOnce
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, Problem, Reason


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a Mapping is found again: by host pattern, by match, and by what it needs."""

    route: RouteKey | None = None
    by_host: frozenset[tuple[str, RouteKey]] = frozenset()
    by_route: frozenset[tuple[RouteKey, ObjectKey]] = frozenset()
    by_cluster: frozenset[tuple[str, Cluster]] = frozenset()
    by_endpoints: frozenset[tuple[str, ServicePort | Address]] = frozenset()
    by_secret: frozenset[tuple[str, ObjectKey]] = frozenset()


@rule
def filing(read: Read, key: ObjectKey) -> Filing:
    """Where one Mapping belongs."""
    mapping = spec_as(read, key, MappingSpec)
    if mapping is None:
        return Filing()
    route = route_key(mapping.match, mapping.precedence)
    plan = read(route_plan, key).value
    if plan is None or plan.cluster is None or not isinstance(plan.route.action, Forward):
        return Filing(route, frozenset({(mapping.match.hostname, route)}), frozenset({(route, key)}))
    backend = plan.cluster.backend
    return Filing(
        route,
        frozenset({(mapping.match.hostname, route)}),
        frozenset({(route, key)}),
        frozenset({(plan.route.action.cluster, plan.cluster)}),
        frozenset() if isinstance(backend, DnsName) else frozenset({(backend.name, backend)}),
        frozenset((name, key) for name in _secrets(plan.cluster)),
    )


def _secrets(cluster: Cluster) -> tuple[str, ...]:
    tls = cluster.features.get(UpstreamTls)
    return tuple(name for name in (tls.certificate, tls.ca) if name) if tls else ()


BY_HOST = index("Mapping", filing, weight, lambda found: found.by_host)
BY_ROUTE = index("Mapping", filing, lambda key: key, lambda found: found.by_route)
# Names are made of the whole value, so a bucket of these holds one item, whoever gives it.
BY_CLUSTER = index("Mapping", filing, cluster_name, lambda found: found.by_cluster)
BY_ENDPOINTS = index("Mapping", filing, endpoints_name, lambda found: found.by_endpoints)
BY_SECRET = index("Mapping", filing, lambda key: key, lambda found: found.by_secret)


@dataclass(frozen=True, slots=True)
class GroupKey(HashedOnce):
    """A group as one kind of host sees it.

    `selectors`: a Mapping is taken when one of them accepts it; None accepts all that name a host.
    `authority`: an RE2 pattern that the Host header must match, where the domain does not imply the hostname.
    `port`: the port that the Host header must name, if any.
    """

    route: RouteKey
    selectors: tuple[Labels | None, ...]
    authority: str = ""
    port: str = ""

    __hash__ = HashedOnce.__hash__


@dataclass(frozen=True, slots=True)
class Group:
    """Routes of a group in evaluation order, encoded together."""

    routes: tuple[Route, ...] = ()
    body: bytes = field(default=b"", repr=False)
    clusters: frozenset[str] = frozenset()


@rule
def group(read: Read, key: GroupKey) -> Group:
    """The members that a host takes, each with its share."""
    members = [(one, read(route_plan, one).value) for one in read(BY_ROUTE.bucket, key.route)]
    taken = [plan for _, plan in members if plan is not None and accepts(key.selectors, plan)]
    routes = shares(taken).value
    if key.authority:
        routes = tuple(replace(route, match=replace(route.match, authority=key.authority)) for route in routes)
    if key.port:
        routes = tuple(replace(route, match=with_port(route.match, key.port)) for route in routes)
    body = b"".join([encode_route(route, read(route_parts, route.features)) for route in routes])
    clusters = frozenset(route.action.cluster for route in routes if isinstance(route.action, Forward))
    return Group(routes, body, clusters)


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
