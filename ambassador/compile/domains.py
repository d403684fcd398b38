"""Route tables, and which Listeners and Hosts they are for. What is in them is found in `virtual_hosts.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.compile.hosts import HostPlan, hosts
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import keys_of, spec_as
from ambassador.compile.route_lists import RouteListKey
from ambassador.ir.listener import SecurityModel
from ambassador.ir.virtual_host import Domain
from ambassador.kinds.host import HostSpec
from ambassador.kinds.listener import ListenerSpec
from ambassador.model.hashing import HashedOnce
from ambassador.model.keys import ObjectKey

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
