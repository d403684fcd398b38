"""Hosts that nothing is served on."""

from __future__ import annotations

from ambassador.compile.domains import VirtualHostKey, listeners, table_of, virtual_hosts
from ambassador.compile.memo import Read, rule
from ambassador.compile.route_lists import RouteListKey, route_list
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason


@rule
def has_mappings(read: Read, key: RouteListKey) -> bool:
    """Whether a list has any Mapping's route; a rule, so that an edited route does not reach the Hosts."""
    return any(group.routes for group in read(route_list, key).groups)


@rule
def used_hosts(read: Read, _: None) -> frozenset[ObjectKey]:
    """Hosts that some Mapping is served on."""
    found: set[ObjectKey] = set()
    for listener in read(listeners, None):
        for one in read(virtual_hosts, table_of(listener)):
            if one.routes.front.closed or read(has_mappings, one.routes):
                found |= _hosts(one)
    return frozenset(found)


def _hosts(one: VirtualHostKey) -> set[ObjectKey]:
    return {domain.host for domain in one.domains if domain.host}


def unused_host(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    """A warning on a Host without any Mapping."""
    used = read(used_hosts, None)
    if key in used:
        return ()
    at = Cursor(key, None, ("spec", "hostname"))
    message = "no Mapping is served on this Host, so it answers 404: add one with this hostname (and its labels)"
    return (at.warning(Reason.NO_ROUTES, message),)
