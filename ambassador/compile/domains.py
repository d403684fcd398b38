"""Which names a route table answers for, and which lists of Mappings they get. Names with equal lists share one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ambassador.compile.group import BY_HOST
from ambassador.compile.hosts import HostPlan, hosts
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import keys_of, spec_as
from ambassador.compile.route_lists import Front, RouteListKey, Source
from ambassador.ir.listener import SecurityModel
from ambassador.ir.virtual_host import Domain
from ambassador.kinds.host import HostSpec, Insecure
from ambassador.kinds.listener import ListenerSpec
from ambassador.model.hashing import HashedOnce
from ambassador.model.keys import ObjectKey
from ambassador.model.values import ANY_HOST, covers, overlaps

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
    """Domains that share one list of routes."""

    domains: tuple[Domain, ...]
    routes: RouteListKey

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
def virtual_hosts(read: Read, table: TableKey) -> tuple[VirtualHostKey, ...]:
    """The virtual hosts of a route table: its domains, grouped by equal lists of routes."""
    found = read(listener, table.listener)
    if found is None:
        return ()
    bound = read(bound_hosts, table.listener)
    governing = _by_pattern(bound)
    names = read(BY_HOST.names, None)
    patterns = names - {""}
    wild = tuple(sorted(pattern for pattern in patterns if "*" in pattern))
    everywhere = ("",) if "" in names else ()
    grouped: dict[RouteListKey, list[Domain]] = {}
    for pattern in sorted({*governing, *patterns}):
        group = governing.get(_governor(governing, pattern) or "")
        if group is None:
            continue
        related = patterns if "*" in pattern else (*(one for one in wild), pattern)
        sources = _sources(pattern, related, patterns) + tuple(Source(one) for one in everywhere)
        routes = _list_key(group, sources, _front(group, found, table.client))
        domain = Domain(pattern, group[0].host.key)
        grouped.setdefault(routes, []).append(domain)
    return tuple(VirtualHostKey(tuple(domains), routes) for routes, domains in grouped.items())


def _by_pattern(plans: Iterable[HostPlan]) -> dict[str, list[HostPlan]]:
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


def _governor(governing: Iterable[str], pattern: str) -> str | None:
    """The most specific Host pattern that covers a name: exact, longest suffix, longest prefix, `*`, as in Envoy."""
    if pattern in governing:
        return pattern
    fits = [one for one in _candidates(governing, pattern) if covers(one, pattern)]
    return max(fits, key=lambda one: (one.startswith("*") and one != ANY_HOST, len(one)), default=None)


def _candidates(governing: Iterable[str], pattern: str) -> Iterable[str]:
    # Every suffix and prefix of a short name is fewer than all Hosts of a large installation.
    wanted = {f"*{pattern[start:]}" for start in range(len(pattern) + 1)}
    wanted |= {f"{pattern[:end]}*" for end in range(len(pattern) + 1)}
    return [one for one in wanted if one in governing]


def _sources(domain: str, related: Iterable[str], patterns: frozenset[str]) -> tuple[Source, ...]:
    """Patterns of Mappings that a request of this domain may belong to."""
    found = []
    for pattern in sorted(related):
        if pattern not in patterns or not overlaps(domain, pattern):
            continue
        if covers(pattern, domain):
            found.append(Source(pattern))
        elif not covers(domain, pattern):
            found.append(Source(pattern, conditioned=True))
    return tuple(found)


def _list_key(group: list[HostPlan], sources: tuple[Source, ...], front: Front) -> RouteListKey:
    selectors = tuple(dict.fromkeys(plan.host.selector for plan in group))
    by_label = any(selector is not None for selector in selectors)
    kept = tuple(source for source in sources if source.pattern or by_label)
    return RouteListKey(kept, selectors, front)


def _front(group: list[HostPlan], found: ListenerSpec, client: str) -> Front:
    """What stands before the Mappings: a redirect, a refusal, or a wrong client certificate's 421."""
    plan = group[0]
    own = client_fingerprint(plan)
    insecure = None if found.security is SecurityModel.SECURE else plan.host.insecure
    front = Front(
        insecure=None if insecure is Insecure.ROUTE else insecure,
        always_insecure=found.security is SecurityModel.INSECURE,
        closed=plan.host.closed,
    )
    if own == client:
        return front
    return replace(front, misdirected=True) if not client else Front(misdirected=True)
