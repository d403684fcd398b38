"""Which names a route table answers for, by whose rules, and which lists of routes they get. Names with equal lists
share one virtual host.

A Host that covers a name governs it: what cleartext gets, who must show a certificate, and which Mappings are served.
Names that no Host object covers are governed by the Ingresses that name them. Paths of Ingresses are served in either
case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ambassador.compile.domains import (
    TableKey,
    VirtualHostKey,
    bound_hosts,
    client_fingerprint,
    host_groups,
    https_port,
    listener,
)
from ambassador.compile.front import Front
from ambassador.compile.governing import (
    Patterns,
    domains,
    governor,
    ingress_governor,
    ingress_sources,
    one_label,
    patterns_of,
    sources,
)
from ambassador.compile.group import BY_HOST
from ambassador.compile.hosts import HostPlan
from ambassador.compile.inherit import shared_features
from ambassador.compile.memo import Read, rule
from ambassador.compile.precedence import Api
from ambassador.compile.route_lists import RouteListKey, Source
from ambassador.compile.served_names import served_names
from ambassador.ir.features import FeatureBag
from ambassador.ir.listener import SecurityModel
from ambassador.ir.route import Scheme
from ambassador.ir.virtual_host import Domain
from ambassador.kinds.host import Insecure
from ambassador.kinds.listener import ListenerSpec
from ambassador.model.keys import ObjectKey
from ambassador.model.values import ANY_HOST, split_port


@dataclass(frozen=True, slots=True)
class _Table:
    """What the virtual hosts of one table are made of.

    `hosts` are Hosts by pattern with what stands before their routes; `names` are those of Ingresses, and `servers`
    those of them that have rules. `shared` are features that all paths of Ingresses have.
    """

    listener: ListenerSpec
    client: str
    https: int
    hosts: Mapping[str, list[HostPlan]]
    fronts: Mapping[str, Front]
    patterns: Patterns
    everywhere: tuple[Source, ...]
    names: Mapping[str, HostPlan]
    servers: frozenset[str]
    shared: FeatureBag

    @property
    def default(self) -> list[HostPlan]:
        """The default Host, which is there when there is no Host object."""
        found = self.hosts.get(ANY_HOST, [])
        return found if found and found[0].host.key is None else []


@rule
def virtual_hosts(read: Read, table: TableKey) -> tuple[VirtualHostKey, ...]:
    """The virtual hosts of a route table: its domains, grouped by equal lists of routes."""
    found = read(listener, table.listener)
    if found is None:
        return ()
    given = _table(read, table, found)
    ports = sorted({port for port in (split_port(pattern)[1] for pattern in given.hosts) if port})
    grouped: dict[tuple[RouteListKey, ...], list[Domain]] = {}
    for domain in domains((*given.hosts, *given.names), given.patterns.all):
        lists = [one for one in (_governed(given, domain, port) for port in ("", *ports)) if one is not None]
        if lists:
            keys = [key for key, _ in lists]
            plain = [_NOTHING, *keys] if keys[0].port else _sharing(given, keys)
            grouped.setdefault(tuple(plain), []).append(Domain(domain, lists[0][1]))
    return tuple(VirtualHostKey(tuple(found), lists[0], lists[1:]) for lists, found in grouped.items())


_NOTHING = RouteListKey((), ())


def _sharing(table: _Table, keys: list[RouteListKey]) -> list[RouteListKey]:
    """Where all routes are of Ingresses, what they have in common is said once: it is most of their bytes, and half of
    the time that Envoy takes for an update."""
    [first, *ported] = keys
    if ported or not first.sources or any(one.api is not Api.INGRESS for one in first.sources):
        return keys
    return [replace(first, shared=table.shared)]


def _table(read: Read, table: TableKey, found: ListenerSpec) -> _Table:
    scopes = read(BY_HOST.names, None)
    mappings = frozenset(scope.pattern for scope in scopes if scope.api is Api.MAPPING)
    bound = read(bound_hosts, table.listener)
    hosts = host_groups(bound)
    https = read(https_port, table.listener)
    return _Table(
        found,
        table.client,
        https,
        hosts,
        {pattern: _front(group[0], found, table.client, https) for pattern, group in hosts.items()},
        patterns_of(mappings - {""}),
        (Source(""),) if "" in mappings else (),
        read(served_names, None),
        frozenset(scope.pattern for scope in scopes if scope.api is Api.INGRESS),
        read(shared_features, "Ingress"),
    )


def _governed(table: _Table, domain: str, port: str) -> tuple[RouteListKey, ObjectKey | None] | None:
    """A domain's routes for a port (empty: for any), and what governs them; None when there are none of their own."""
    pattern = governor(table.hosts, domain, port)
    if pattern is not None and split_port(pattern)[1] != port:
        return None
    default = pattern is not None and table.hosts[pattern][0].host.key is None
    if not port and (pattern is None or default):
        name = ingress_governor(table.names, domain)
        if name is not None and not (default and name == ANY_HOST):
            return _by_ingress(table, domain, name), table.names[name].host.key
    if pattern is None:
        return None
    group = table.hosts[pattern]
    found = (*sources(domain, table.patterns, port), *table.everywhere)
    by_ingress = ingress_sources(table.servers, domain)
    return _list_key(group, (*found, *by_ingress), table.fronts[pattern], port), group[0].host.key


def _by_ingress(table: _Table, domain: str, name: str) -> RouteListKey:
    """Routes of a name that Ingresses govern. Mappings are among them only where no Host object says which."""
    front = _front(table.names[name], table.listener, table.client, table.https)
    if "*" in domain and name != ANY_HOST and front.insecure:
        # Deeper names are of this domain as well, but not of that name.
        front = replace(front, names=one_label(name))
    found = (*sources(domain, table.patterns), *table.everywhere) if table.default else ()
    return _list_key(table.default, (*found, *ingress_sources(table.servers, domain)), front, "")


def _list_key(group: list[HostPlan], found: tuple[Source, ...], front: Front, port: str) -> RouteListKey:
    selectors = tuple(dict.fromkeys(plan.host.selector for plan in group))
    by_label = any(selector is not None for selector in selectors)
    kept = tuple(source for source in found if source.pattern or by_label)
    # Lists of one port name their Host, since the virtual host has more than one.
    return RouteListKey(kept, selectors, front, port, group[0].host.key if port else None)


def _front(plan: HostPlan, found: ListenerSpec, client: str, https: int) -> Front:
    """What stands before the routes: a redirect, a refusal, or a wrong client certificate's 421."""
    own = client_fingerprint(plan)
    if client and own != client:
        return Front(misdirected=Scheme.ANY)
    insecure = None if found.security is SecurityModel.SECURE else plan.host.insecure
    front = Front(
        insecure=None if insecure is Insecure.ROUTE else insecure,
        always_insecure=found.security is SecurityModel.INSECURE,
        closed=plan.host.closed,
        https_port=https if insecure is Insecure.REDIRECT else 0,
        code=plan.redirect_code if insecure is Insecure.REDIRECT else 301,
    )
    if own == client:
        return front
    # Where cleartext counts as secure, it has shown no certificate either.
    return replace(front, misdirected=Scheme.ANY if found.security is SecurityModel.SECURE else Scheme.SECURE)
