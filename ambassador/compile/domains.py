"""Which names a route table answers for, and which lists of Mappings they get. Names with equal lists share one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ambassador.compile.governing import domains, governor, patterns_of, sources
from ambassador.compile.group import BY_HOST
from ambassador.compile.hosts import HostPlan, hosts
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import keys_of, spec_as
from ambassador.compile.route_lists import Front, RouteListKey, Source
from ambassador.ir.listener import SecurityModel
from ambassador.ir.route import Scheme
from ambassador.ir.virtual_host import Domain
from ambassador.kinds.host import HostSpec, Insecure
from ambassador.kinds.listener import ListenerSpec
from ambassador.model.hashing import HashedOnce
from ambassador.model.keys import ObjectKey
from ambassador.model.values import split_port

DEFAULT = ObjectKey("Listener", "", "ambassador-default")
"""Stands for the two listeners that exist when there is no Listener object; they share one route table."""


@dataclass(frozen=True, slots=True)
class TableKey:
    """A route table: one per Listener and demand on client certificates (a fingerprint of it, empty for none)."""

    listener: ObjectKey
    client: str = ""

    @property
    def name(self) -> str:
        base = self.listener.name if self.listener == DEFAULT else f"{self.listener.namespace}/{self.listener.name}"
        return f"{base}/client-{self.client}" if self.client else base


@dataclass(frozen=True, slots=True)
class VirtualHostKey(HashedOnce):
    """Domains that share one list of routes. `ported` are lists before it, for requests that name a certain port."""

    domains: tuple[Domain, ...]
    routes: RouteListKey
    ported: tuple[RouteListKey, ...] = ()

    __hash__ = HashedOnce.__hash__


def table_of(listener: ObjectKey) -> TableKey:
    """The route table of connections that show no client certificate."""
    return TableKey(listener)


def client_fingerprint(plan: HostPlan) -> str:
    """Which route table of a Listener a Host's TLS connections get."""
    client = plan.tls.client if plan.tls else None
    return "" if client is None else f"{'required' if client.required else 'optional'}-{client.ca or 'any'}"


@rule
def listener(read: Read, key: ObjectKey) -> ListenerSpec | None:
    """A Listener; the stand-in for the default ones binds every Host."""
    if key == DEFAULT:
        return ListenerSpec(None, 0, tls=True, proxy_protocol=False, security=SecurityModel.XFP)
    return spec_as(read, key, ListenerSpec)


@rule
def listeners(read: Read, _: None) -> tuple[ObjectKey, ...]:
    """Listeners that can be served; DEFAULT when there is no Listener object at all."""
    keys = read(keys_of, "Listener")
    return tuple(key for key in keys if read(listener, key)) if keys else (DEFAULT,)


@rule
def bound_hosts(read: Read, key: ObjectKey) -> tuple[HostPlan, ...]:
    """Hosts that a Listener serves; of several with one pattern and different settings the first."""
    found = read(listener, key)
    if found is None:
        return ()
    return tuple(plan for plan in read(hosts, None) if _binds(key, found, plan.host))


def _binds(key: ObjectKey, found: ListenerSpec, host: HostSpec) -> bool:
    if host.key is None:
        return True
    if found.own_namespace and host.key.namespace != key.namespace:
        return False
    return found.selector is None or set(host.labels).issuperset(found.selector)


@rule
def https_port(read: Read, key: ObjectKey) -> int:
    """Where requests of a Listener are redirected to HTTPS: itself, else the first with TLS; 0 when there is none."""
    if key == DEFAULT:
        return read(OPTIONS, None).https_port
    specs = [spec_as(read, one, ListenerSpec) for one in (key, *read(listeners, None))]
    return next((one.port for one in specs if one and one.tls), 0)


@rule
def virtual_hosts(read: Read, table: TableKey) -> tuple[VirtualHostKey, ...]:
    """The virtual hosts of a route table: its domains, grouped by equal lists of routes."""
    found = read(listener, table.listener)
    if found is None:
        return ()
    names = read(BY_HOST.names, None)
    patterns = patterns_of(names - {""})
    everywhere = (Source(""),) if "" in names else ()
    bound = read(bound_hosts, table.listener)
    plans = host_groups(bound)
    fronts = {
        pattern: _front(group[0], found, table.client, read(https_port, table.listener))
        for pattern, group in plans.items()
    }
    ports = sorted({port for port in (split_port(pattern)[1] for pattern in plans) if port})
    grouped: dict[tuple[RouteListKey, ...], list[Domain]] = {}
    for domain in domains(plans, patterns.all):
        chosen = [(port, _governing(plans, domain, port)) for port in ("", *ports)]
        lists = [
            _list_key(plans[name], (*sources(domain, patterns, port), *everywhere), fronts[name], port)
            for port, name in chosen
            if name is not None
        ]
        if lists:
            host = next(plans[name][0].host.key for _, name in chosen if name is not None)
            plain = lists if not lists[0].port else [_NOTHING, *lists]
            grouped.setdefault(tuple(plain), []).append(Domain(domain, host))
    return tuple(VirtualHostKey(tuple(found), lists[0], lists[1:]) for lists, found in grouped.items())


_NOTHING = RouteListKey((), ())


def _governing(plans: Mapping[str, list[HostPlan]], domain: str, port: str) -> str | None:
    """The pattern whose Hosts take a domain's requests for a port; None when the list for any port does."""
    name = governor(plans, domain, port)
    return name if name is not None and split_port(name)[1] == port else None


def host_groups(plans: Iterable[HostPlan]) -> dict[str, list[HostPlan]]:
    """Hosts by pattern. Those that agree with the first on everything but the selector are taken together."""
    found: dict[str, list[HostPlan]] = {}
    for plan in plans:
        group = found.setdefault(plan.host.pattern, [])
        if not group or agrees(group[0], plan):
            group.append(plan)
    return found


def agrees(first: HostPlan, other: HostPlan) -> bool:
    """Whether two Hosts of one pattern can be served together."""
    same_policy = first.host.insecure is other.host.insecure and first.host.closed == other.host.closed
    return same_policy and (other.tls is None or other.tls == first.tls)


def _list_key(group: list[HostPlan], found: tuple[Source, ...], front: Front, port: str) -> RouteListKey:
    selectors = tuple(dict.fromkeys(plan.host.selector for plan in group))
    by_label = any(selector is not None for selector in selectors)
    kept = tuple(source for source in found if source.pattern or by_label)
    # Lists of one port name their Host, since the virtual host has more than one.
    return RouteListKey(kept, selectors, front, port, group[0].host.key if port else None)


def _front(plan: HostPlan, found: ListenerSpec, client: str, https: int) -> Front:
    """What stands before the Mappings: a redirect, a refusal, or a wrong client certificate's 421."""
    own = client_fingerprint(plan)
    if client and own != client:
        return Front(misdirected=Scheme.ANY)
    insecure = None if found.security is SecurityModel.SECURE else plan.host.insecure
    front = Front(
        insecure=None if insecure is Insecure.ROUTE else insecure,
        always_insecure=found.security is SecurityModel.INSECURE,
        closed=plan.host.closed,
        https_port=https if insecure is Insecure.REDIRECT else 0,
    )
    if own == client:
        return front
    # Where cleartext counts as secure, it has shown no certificate either.
    return replace(front, misdirected=Scheme.ANY if found.security is SecurityModel.SECURE else Scheme.SECURE)
