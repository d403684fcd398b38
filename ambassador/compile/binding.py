"""Which Hosts take which Mappings, and what that means for canary groups. Asked only for reports.

It is read off the virtual hosts, so that what is said of an object is what is served.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ambassador.compile.domains import VirtualHostKey, bound_hosts, host_groups, listeners, table_of
from ambassador.compile.group import BY_ROUTE, accepts, filing, shares
from ambassador.compile.hosts import HostPlan
from ambassador.compile.mappings import RoutePlan
from ambassador.compile.memo import Read, rule
from ambassador.compile.precedence import Api
from ambassador.compile.virtual_hosts import virtual_hosts
from ambassador.kinds.mapping import MappingSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason

Together = tuple[HostPlan, ...]
"""Hosts of one pattern that are served together."""


@rule
def takers(read: Read, _: None) -> Mapping[str, tuple[Together, ...]]:
    """By host pattern of Mappings: Hosts on whose virtual hosts such Mappings may be."""
    found: dict[str, dict[ObjectKey | None, Together]] = {}
    for key in read(listeners, None):
        bound = read(bound_hosts, key)
        groups = host_groups(bound)
        together = {group[0].host.key: tuple(group) for group in groups.values()}
        for pattern, host in (pair for one in read(virtual_hosts, table_of(key)) for pair in _pairs(one)):
            found.setdefault(pattern, {})[host] = together[host]
    return {pattern: tuple(sorted(hosts.values(), key=_order)) for pattern, hosts in found.items()}


def _pairs(one: VirtualHostKey) -> Iterable[tuple[str, ObjectKey | None]]:
    hosts = dict.fromkeys(_taker(domain.host) for domain in one.domains)
    for source in one.routes.sources:
        if source.api is Api.MAPPING:
            yield from ((source.pattern, host) for host in hosts)
    for part in one.ported:
        yield from ((source.pattern, part.host) for source in part.sources if source.api is Api.MAPPING)


def _taker(host: ObjectKey | None) -> ObjectKey | None:
    """Where an Ingress governs a name, Mappings are there by the default Host, if at all."""
    return None if host is not None and host.kind == "Ingress" else host


def _order(together: Together) -> tuple[str, ...]:
    return together[0].host.key or ()


@rule
def serves(read: Read, _: None) -> bool:
    """Whether any Listener serves any Host."""
    return any(read(bound_hosts, key) for key in read(listeners, None))


@rule
def takers_of(read: Read, hostname: str) -> tuple[Together, ...]:
    """Hosts that may take Mappings of one host pattern."""
    return read(takers, None).get(hostname, ())


def parents_of(read: Read, plan: RoutePlan) -> tuple[ObjectKey | None, ...]:
    """Hosts that take a Mapping; None stands for the default Host."""
    groups = read(takers_of, plan.route.match.hostname)
    return tuple(host.host.key for group in groups for host in group if accepts((host.host.selector,), plan))


def unbound(read: Read, key: ObjectKey, mapping: MappingSpec) -> Problem:
    """The warning on a Mapping that no Host takes."""
    at = Cursor(key, None, ("spec", "hostname"))
    if not read(serves, None):
        message = "this Mapping is not served, since no Listener serves any Host: see what is wrong with them"
    elif not mapping.match.hostname:
        message = "no Host takes this Mapping, since it names no host: set hostname, for example to '*'"
    else:
        message = f"no Host takes this Mapping: none is for {mapping.match.hostname}, or none selects its labels"
    return at.warning(Reason.NOT_BOUND, message)


def _groups(read: Read, key: ObjectKey, plan: RoutePlan) -> list[list[RoutePlan]]:
    """The canary groups that a Mapping is in: one for each set of Hosts that takes it."""
    route = read(filing, key).route
    members = read(BY_ROUTE.bucket, route) if route else ()
    groups = [_taken(members, group) for group in read(takers_of, plan.route.match.hostname)]
    return [group for group in groups if any(one.route.source == key for one in group)]


def is_served(read: Read, key: ObjectKey, plan: RoutePlan) -> bool:
    """Whether some Host gives a Mapping requests: members of a group may be left without a share."""
    route = read(filing, key).route
    if route is None or len(read(BY_ROUTE.bucket, route)) < 2:
        return bool(read(takers_of, plan.route.match.hostname))
    return any(route.source == key for group in _groups(read, key, plan) for route in shares(group).value)


def without_share(key: ObjectKey) -> Problem:
    """The warning on a member of a canary group that gets nothing."""
    message = "gets no requests: the weights of the other Mappings with this match leave nothing for it"
    return Cursor(key, None, ("spec", "weight")).warning(Reason.NO_ROUTES, message)


def group_problems(read: Read, key: ObjectKey, plan: RoutePlan) -> tuple[Problem, ...]:
    """What is wrong with the canary groups that a Mapping is in."""
    route = read(filing, key).route
    if not route or len(read(BY_ROUTE.bucket, route)) < 2:
        return ()
    mine = _groups(read, key, plan)
    problems = dict.fromkeys(one for group in mine for one in shares(group).problems if one.source == key)
    sources = dict.fromkeys(one.route.source for group in mine for one in group)
    others = [one for one in sources if one and one.namespace != key.namespace]
    if problems or not others:
        return tuple(problems)
    at = Cursor(key, None, ("spec", "prefix"))
    names = ", ".join(f"{one.namespace}/{one.name}" for one in others[:5])
    message = f"shares its requests with Mappings of other namespaces that have the same match: {names}"
    return (at.warning(Reason.SHARED_GROUP, message),)


def _taken(plans: Iterable[RoutePlan], together: Together) -> list[RoutePlan]:
    selectors = tuple(host.host.selector for host in together)
    return [plan for plan in plans if accepts(selectors, plan)]
