"""Hosts that nothing is served on."""

from __future__ import annotations

from ambassador.compile.domains import VirtualHostKey, bound_hosts, listeners, table_of
from ambassador.compile.hosts import hosts_by_pattern
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import spec_as
from ambassador.compile.route_lists import RouteListKey, route_list
from ambassador.compile.virtual_hosts import virtual_hosts
from ambassador.kinds.host import HostSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason


@rule
def has_routes(read: Read, key: RouteListKey) -> bool:
    """Whether a list has any route of an object; a rule, so that an edited route does not reach the Hosts."""
    return any(group.routes for group in read(route_list, key).groups)


@rule
def used_hosts(read: Read, _: None) -> frozenset[ObjectKey]:
    """Hosts that some Mapping or Ingress is served on."""
    found: set[ObjectKey] = set()
    for listener in read(listeners, None):
        for one in read(virtual_hosts, table_of(listener)):
            if one.routes.front.closed or read(has_routes, one.routes):
                found |= _hosts(one)
            found |= {part.host for part in one.ported if part.host and (part.front.closed or read(has_routes, part))}
    return frozenset(found)


def _hosts(one: VirtualHostKey) -> set[ObjectKey]:
    return {domain.host for domain in one.domains if domain.host}


def unused_host(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    """A warning on a Host without any route. Hosts that are served together are used together."""
    host = spec_as(read, key, HostSpec)
    used = read(used_hosts, None)
    together = read(hosts_by_pattern, None).get(host.pattern, ()) if host else ()
    if host is None or any(plan.host.key in used for plan in together):
        return ()
    at = Cursor(key, None, ("spec", "hostname"))
    if not any(plan.host.key == key for one in read(listeners, None) for plan in read(bound_hosts, one)):
        return (at.warning(Reason.NOT_BOUND, "no Listener serves this Host: see hostBinding of the Listeners"),)
    message = "no Mapping is served on this Host, so it answers 404: add one with this hostname (and its labels)"
    return (at.warning(Reason.NO_ROUTES, message),)
