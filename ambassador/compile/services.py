"""Names of services to backends, and backends to addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.compile.endpoints import is_own_endpoint, is_this_machine
from ambassador.compile.index import index
from ambassador.compile.inputs import KEYS, OPTIONS, Options
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import spec, spec_as
from ambassador.ir.cluster import (
    Address,
    Assignment,
    Backend,
    DnsName,
    Endpoint,
    Routing,
    ServiceAddress,
    ServicePort,
)
from ambassador.kinds.endpoints import AddressPort, EndpointsSpec
from ambassador.kinds.service import ServicePortSpec, ServiceSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ServiceName, is_address

# Outside names of two labels that nobody means as `service.namespace` unless such a namespace exists.
_TOP_LEVEL = frozenset({"com", "org", "net", "edu", "gov", "io", "dev", "app", "ai", "co", "cloud", "info", "test"})


@rule
def slice_place(read: Read, key: ObjectKey) -> frozenset[tuple[ObjectKey, ObjectKey]]:
    """The Service that an EndpointSlice belongs to."""
    found = spec_as(read, key, EndpointsSpec)
    return frozenset({(found.service, key)}) if found else frozenset()


SLICES = index(("EndpointSlice",), slice_place, lambda key: key, lambda places: places)


@rule
def namespaces(read: Read, _: None) -> frozenset[str]:
    """Namespaces that are in use, so that `name.namespace` can be told from an outside name."""
    kinds = ("Service", "Mapping", "Host", "Endpoints", "EndpointSlice")
    return frozenset(key.namespace for kind in kinds for key in read(KEYS, kind))


def backend_of(
    read: Read, at: Cursor, service: ServiceName, port: int, routing: Routing = Routing.SERVICE
) -> Checked[Backend | None]:
    """Where a service's requests go; None when it must not be a backend.

    A Service that is not known keeps its route and answers 503; any other name is Envoy's to look up.
    Outside of a cluster nobody else spreads requests, so Envoy always does.
    """
    host = service.host
    if is_address(host):
        return _literal(read, at, host, port)
    key = _service_key(read, at.source.namespace, host)
    if key is None:
        return _named(read, at, host.rstrip("."), port)
    spread = routing if read(OPTIONS, None).cluster else Routing.ENDPOINTS
    found = read(service_backend, (key, port, spread))
    if found is None:
        return _unknown(read, at, key, port, surely=".svc" in host)
    if isinstance(found.backend, Address):
        return _literal(read, at, found.backend.address, port)
    return _known(read, at, found)


def _known(read: Read, at: Cursor, found: ServiceBackend) -> Checked[Backend | None]:
    if found.reason is Reason.FORBIDDEN_BACKEND:
        return Checked(None, (at.error(found.reason, found.message),))
    if isinstance(found.backend, DnsName):
        return _named(read, at, found.backend.hostname, found.backend.port)
    return Checked(found.backend, (at.warning(found.reason, found.message),) if found.reason else ())


def _named(read: Read, at: Cursor, host: str, port: int) -> Checked[Backend | None]:
    """A name that Envoy looks up; that it leads to this machine would show only then."""
    options = read(OPTIONS, None)
    if options.cluster and port in options.own_ports and not options.loopback_backends:
        message = f"{host}:{port}: an outside name's port {port} could be one of Ambassador itself; use another port"
        return Checked(None, (at.error(Reason.FORBIDDEN_BACKEND, message),))
    return Checked(DnsName(host, port))


def _unknown(read: Read, at: Cursor, key: ObjectKey, port: int, surely: bool) -> Checked[Backend | None]:
    message = f"there is no Service {key.name} in namespace {key.namespace}; create it or correct the name"
    if surely or at.source.namespace == key.namespace or key.namespace in read(namespaces, None):
        return Checked(ServicePort(key.namespace, key.name, port), (at.warning(Reason.UNKNOWN_SERVICE, message),))
    named = _named(read, at, f"{key.name}.{key.namespace}", port)
    if key.namespace in _TOP_LEVEL or named.value is None:
        return named
    hint = f"{message}; for a name outside the cluster, end it with a dot"
    return Checked(named.value, (at.warning(Reason.UNKNOWN_SERVICE, hint),))


def _literal(read: Read, at: Cursor, address: str, port: int) -> Checked[Backend | None]:
    fault = _forbidden(address, port, read(OPTIONS, None))
    if fault:
        return Checked(None, (at.error(Reason.FORBIDDEN_BACKEND, fault),))
    return Checked(Address(address, port))


def _forbidden(address: str, port: int, options: Options) -> str:
    """Why an address must not be a backend; empty when it may."""
    if is_own_endpoint(address, port, options):
        return f"{address}:{port} is an endpoint of Ambassador itself, which must not be reached from outside"
    if is_this_machine(address) and not options.loopback_backends:
        return f"{address} leads to Ambassador's own machine; set AMBASSADOR_ALLOW_LOOPBACK_BACKENDS=true to allow it"
    return ""


def _service_key(read: Read, namespace: str, host: str) -> ObjectKey | None:
    """The Service that a name means: `name`, `name.ns`, `name.ns.svc…`; None for other names."""
    labels = host.split(".")
    if host.endswith("."):
        return None
    if len(labels) == 1:
        return ObjectKey("Service", namespace, host)
    if len(labels) == 2 or labels[2] == "svc":  # name.ns.svc, with or without the cluster's domain
        return ObjectKey("Service", labels[1], labels[0])
    return None


@dataclass(frozen=True, slots=True)
class ServiceBackend:
    """What a known Service's port leads to, and what is worth a warning about it."""

    backend: Backend
    reason: Reason | None = None
    message: str = ""


@rule
def service_backend(read: Read, place: tuple[ObjectKey, int, Routing]) -> ServiceBackend | None:
    """None when there is no such Service. A rule, so that endpoints that come and go do not reach its Mappings."""
    key, port, routing = place
    service = spec_as(read, key, ServiceSpec)
    if service is None:
        return None
    kind = ServiceAddress if routing is Routing.SERVICE and service.cluster_ip else ServicePort
    here = kind(key.namespace, key.name, port)
    if service.external_name:
        return ServiceBackend(_address_or_name(service.external_name, port))
    if service.ports and not any(one.port == port for one in service.ports):
        listed = ", ".join(str(one.port) for one in service.ports)
        message = f"Service {key.name} has no port {port}, only {listed}; requests answer 503 until the port is right"
        return ServiceBackend(here, Reason.UNKNOWN_SERVICE, message)
    if not _endpoint_sets(read, key):
        return ServiceBackend(here if kind is ServiceAddress else _without_endpoints(service, port))
    return _by_pods(read, key, here)


def _by_pods(read: Read, key: ObjectKey, here: ServicePort) -> ServiceBackend:
    """What is to be said of a Service's pods. Its own address leads to all of them: nobody but us can leave one out."""
    pods = addresses_of(read, key, here.port)
    if not pods:
        message = f"Service {key.name} has no ready endpoints for port {here.port}; requests answer 503 until it has"
        return ServiceBackend(here, Reason.NO_ENDPOINTS, message)
    options = read(OPTIONS, None)
    faults = [_forbidden(one.address, one.port, options) for one in pods] if isinstance(here, ServiceAddress) else []
    fault = next((one for one in faults if one), "")
    if fault:
        return ServiceBackend(here, Reason.FORBIDDEN_BACKEND, f"Service {key.name} can't be used: {fault}")
    return ServiceBackend(here)


def _without_endpoints(service: ServiceSpec, port: int) -> Backend:
    """The Service's own address; a headless one's name leads to its pods, which know the target port only."""
    if service.cluster_ip:
        return _address_or_name(service.cluster_ip, port)
    wanted = _port_named(service, port)
    target = wanted.target if wanted and isinstance(wanted.target, int) else 0
    return DnsName(f"{service.key.name}.{service.key.namespace}", target or port)


def _address_or_name(host: str, port: int) -> Backend:
    return Address(host, port) if is_address(host) else DnsName(host.rstrip("."), port)


def _endpoint_sets(read: Read, service: ObjectKey) -> tuple[EndpointsSpec, ...]:
    """EndpointSlices of a Service, else its Endpoints object."""
    keys = read(SLICES.bucket, service)
    found = [spec_as(read, key, EndpointsSpec) for key in keys]
    if not found:
        found = [spec_as(read, ObjectKey("Endpoints", service.namespace, service.name), EndpointsSpec)]
    return tuple(one for one in found if one)


def addresses_of(read: Read, service: ObjectKey, port: int) -> tuple[Endpoint, ...]:
    """Addresses that answer for a Service's port; terminating ones only when there are no others."""
    found = read(spec, service).value
    wanted = _port_named(found, port) if isinstance(found, ServiceSpec) else None
    if wanted is None:
        return ()
    sets = _endpoint_sets(read, service)
    ready = _picked((one for part in sets for one in part.ready), wanted)
    return ready or _picked((one for part in sets for one in part.terminating), wanted)


def _port_named(service: ServiceSpec, port: int) -> ServicePortSpec | None:
    return next((one for one in service.ports if one.port == port), None)


def _picked(addresses: Iterable[AddressPort], wanted: ServicePortSpec) -> tuple[Endpoint, ...]:
    known = sorted({Endpoint(one.address, one.port) for one in addresses if one.port_name == wanted.name}, key=_order)
    return tuple(known)


def _order(endpoint: Endpoint) -> tuple[str, int]:
    return endpoint.address, endpoint.port


def assignment_of(read: Read, backend: ServicePort | Address) -> Assignment:
    """The endpoints of a backend, without those that must not be reached."""
    if isinstance(backend, Address):
        return Assignment(backend.name, (Endpoint(backend.address, backend.port),))
    options = read(OPTIONS, None)
    service = ObjectKey("Service", backend.namespace, backend.service)
    found = addresses_of(read, service, backend.port)
    if isinstance(backend, ServiceAddress):
        found = _own_address(read, service, backend.port, found)
    allowed = (one for one in found if not _forbidden(one.address, one.port, options))
    return Assignment(backend.name, tuple(allowed))


def _own_address(read: Read, key: ObjectKey, port: int, pods: tuple[Endpoint, ...]) -> tuple[Endpoint, ...]:
    """A Service's own address; none while no pod is ready, so that Envoy answers 503 at once and does not wait."""
    service = spec_as(read, key, ServiceSpec)
    if service is None or not service.cluster_ip or (not pods and _endpoint_sets(read, key)):
        return ()
    return (Endpoint(service.cluster_ip, port),)


def forbidden_endpoints(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    """What is wrong with an Endpoints or EndpointSlice object that leads back to ourselves."""
    found = spec_as(read, key, EndpointsSpec)
    options = read(OPTIONS, None)
    every = (*found.ready, *found.terminating) if found else ()
    faults = dict.fromkeys(_forbidden(one.address, one.port, options) for one in every)
    at = Cursor(key, None)
    return tuple(at.error(Reason.FORBIDDEN_BACKEND, fault) for fault in faults if fault)
