"""The Envoy resources that one object became, and what Envoy said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ambassador.compile.host_shards import shard_of
from ambassador.compile.pipeline import Compiled
from ambassador.features.client_certificate import ClientCertificate
from ambassador.features.tls_upstream import UpstreamTls
from ambassador.ir.cluster import Cluster, DnsName, ServicePort
from ambassador.ir.gateway import Gateway
from ambassador.ir.listener import FilterChain
from ambassador.ir.route import Forward
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.values import ANY_HOST, split_port
from ambassador.report.envoy_words import in_short
from ambassador.report.places import Place
from ambassador.report.revision import Revision
from ambassador.wire.resource import EnvoyResources, Table
from ambassador.xds.types import ResourceType

_WORDS: Mapping[ResourceType, str] = {
    ResourceType.LISTENER: "listener",
    ResourceType.SCOPE: "scope",
    ResourceType.ROUTE: "route",
    ResourceType.CLUSTER: "cluster",
    ResourceType.ENDPOINT: "endpoints",
    ResourceType.SECRET: "secret",
}
_BACKENDS = frozenset({"Service", "Endpoints", "EndpointSlice"})
_SERVICE_NAME = "kubernetes.io/service-name"


class Resource(NamedTuple):
    """One Envoy resource by type and name."""

    type: ResourceType
    name: str


def envoy_view(revision: Revision, source: SourceObject, places: Iterable[Place]) -> list[dict[str, str]]:
    """An object's resources with their state, as contract JSON."""
    found = dict.fromkeys(_resources(revision.compiled, source, tuple(places)))
    order = list(_WORDS)
    listed = sorted(found, key=lambda one: (order.index(one.type), one.name))
    rows = (_row(revision, one) for one in listed)
    return [row for row in rows if row]


def _row(revision: Revision, one: Resource) -> dict[str, str]:
    resource = _table(revision.compiled.resources, one.type).get(one.name)
    if resource is None:
        return {}
    state, message = _state(revision, one, resource.version)
    return {
        "type": _WORDS[one.type],
        "name": one.name,
        "version": resource.version,
        "state": state,
        "message": message,
    }


def _state(revision: Revision, one: Resource, version: str) -> tuple[str, str]:
    """acknowledged: Envoy holds this version; refused: it said no to it; pending: it has said nothing yet."""
    ledger = revision.ledger
    if not revision.connected:
        return "pending", "Envoy is not connected"
    if ledger.version(one.type, one.name) == version:
        if one.type is ResourceType.CLUSTER and one.name in ledger.inactive:
            return "acknowledged", "Envoy has not activated it yet"
        return "acknowledged", ""
    for nack in ledger.nacks:
        if nack.kind is one.type and one.name in (nack.mentioned or nack.names):
            return "refused", in_short(nack.message)
    return "pending", ""


def _table(resources: EnvoyResources, kind: ResourceType) -> Table:
    tables = {
        ResourceType.LISTENER: resources.listeners,
        ResourceType.SCOPE: resources.scopes,
        ResourceType.ROUTE: resources.routes,
        ResourceType.CLUSTER: resources.clusters,
        ResourceType.ENDPOINT: resources.endpoints,
        ResourceType.SECRET: resources.secrets,
    }
    return tables[kind]


def _resources(compiled: Compiled, source: SourceObject, places: tuple[Place, ...]) -> Iterator[Resource]:
    gateway = compiled.gateway
    names = dict.fromkeys((place.table, place.domain.pattern) for place in places)
    yield from (route for table, pattern in names for route in _routes(compiled, table, (pattern,)))
    yield from _of_connections(compiled, source)
    forwards = dict.fromkeys(one.route.action.cluster for one in places if isinstance(one.route.action, Forward))
    for name in (*forwards, *_backing(gateway, source)):
        cluster = gateway.clusters.get(name)
        if cluster is not None:
            yield from _of_cluster(name, cluster)


def _routes(compiled: Compiled, table: str, patterns: Iterable[str]) -> Iterator[Resource]:
    """A route table; of one in shards, those of these names."""
    shards = compiled.shards.get(table, ())
    if not shards:
        yield Resource(ResourceType.ROUTE, table)
    for pattern in patterns if shards else ():
        found = shards if "*" in pattern else (shards[shard_of(pattern, len(shards))],)
        yield from (Resource(ResourceType.ROUTE, name) for name in dict.fromkeys(found))


def _of_cluster(name: str, cluster: Cluster) -> Iterator[Resource]:
    yield Resource(ResourceType.CLUSTER, name)
    if not isinstance(cluster.backend, DnsName):
        yield Resource(ResourceType.ENDPOINT, cluster.backend.name)
    tls = cluster.features.get(UpstreamTls)
    for secret in (tls.certificate, tls.ca) if tls else ():
        if secret:
            yield Resource(ResourceType.SECRET, secret)


def _backing(gateway: Gateway, source: SourceObject) -> Iterator[str]:
    """Clusters whose addresses come from a Service, its Endpoints or EndpointSlices, and those that show a Secret."""
    key = source.key
    secrets = _secret_names(key)
    service = source.labels.get(_SERVICE_NAME, "") if key.kind == "EndpointSlice" else key.name
    for name, cluster in gateway.clusters.items():
        backend, tls = cluster.backend, cluster.features.get(UpstreamTls)
        if key.kind in _BACKENDS and isinstance(backend, ServicePort):
            if (backend.namespace, backend.service) == (key.namespace, service):
                yield name
        elif secrets and tls and not {tls.certificate, tls.ca}.isdisjoint(secrets):
            yield name


def _of_connections(compiled: Compiled, source: SourceObject) -> Iterator[Resource]:
    """Listeners, their certificates and their tables, where the object has a part in them."""
    gateway = compiled.gateway
    names = _names(gateway, source)
    for listener in gateway.listeners:
        for chain in listener.chains:
            if listener.source == source.key or _concerns(chain, source.key, names):
                yield Resource(ResourceType.LISTENER, listener.name)
                yield from _routes(compiled, chain.route_table, chain.server_names or (ANY_HOST,))
                yield from (Resource(ResourceType.SECRET, name) for name in _certificates(chain, source.key))


def _concerns(chain: FilterChain, key: ObjectKey, names: frozenset[str]) -> bool:
    if not chain.certificates:
        return False
    if key.kind == "Secret":
        return not _secret_names(key).isdisjoint(_shown(chain))
    return not names.isdisjoint(chain.server_names or (ANY_HOST,))


def _certificates(chain: FilterChain, key: ObjectKey) -> Iterable[str]:
    names = _secret_names(key)
    return [name for name in _shown(chain) if not names or name in names]


def _shown(chain: FilterChain) -> list[str]:
    client = chain.tls.get(ClientCertificate)
    return [*chain.certificates, *((client.ca,) if client and client.ca else ())]


def _secret_names(key: ObjectKey) -> frozenset[str]:
    """SDS names of a Secret: as a certificate and as a CA."""
    name = f"{key.namespace}/{key.name}"
    return frozenset({name, f"ca/{name}"} if key.kind == "Secret" else ())


def _names(gateway: Gateway, source: SourceObject) -> frozenset[str]:
    """Server names that a Host or Ingress governs, or that a TLSContext has a certificate for."""
    if source.key.kind == "TLSContext":
        spec = source.content.get("spec")
        hosts = spec.get("hosts") if isinstance(spec, Mapping) else None
        return frozenset(str(one).lower() for one in hosts) if isinstance(hosts, list) else frozenset()
    return frozenset(_governed(gateway, source.key))


def _governed(gateway: Gateway, key: ObjectKey) -> Iterator[str]:
    for table in gateway.route_tables.values():
        for host in table.virtual_hosts:
            yield from (split_port(domain.pattern)[0] for domain in host.domains if domain.host == key)
