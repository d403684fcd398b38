"""The resources of each type: every name that is in use, with its IR value and its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ambassador.compile.certificates import secret
from ambassador.compile.chains import planned_listeners, table_keys
from ambassador.compile.clusters import encode_cluster
from ambassador.compile.domains import TableKey, VirtualHostKey, virtual_hosts
from ambassador.compile.endpoints import encode_assignment
from ambassador.compile.group import BY_CLUSTER, BY_ENDPOINTS, BY_SECRET
from ambassador.compile.listeners import encode_listener
from ambassador.compile.mappings import route_plan
from ambassador.compile.memo import Input, Patch, Read, Rule, rule
from ambassador.compile.route_lists import route_list
from ambassador.compile.routes import encode_route_configuration, encode_virtual_host
from ambassador.compile.secrets import encode_secret
from ambassador.compile.services import assignment_of
from ambassador.features.client_certificate import ClientCertificate
from ambassador.ir.cluster import Assignment, Cluster, DnsName
from ambassador.ir.listener import Listener
from ambassador.ir.route_table import RouteTable
from ambassador.ir.virtual_host import VirtualHost
from ambassador.model.keys import ObjectKey
from ambassador.wire.encode import resource
from ambassador.wire.resource import EncodedResource, References

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Pair(Generic[T_co]):
    """An IR value and the Envoy resource it is encoded as."""

    value: T_co
    encoded: EncodedResource


@rule
def cluster(read: Read, name: str) -> Pair[Cluster] | None:
    """One cluster in use."""
    found = _cluster_of(read, BY_CLUSTER.bucket, name)
    return None if found is None else Pair(found, encode_cluster(name, found))


@rule
def assignment(read: Read, name: str) -> Pair[Assignment] | None:
    """The endpoints of one backend in use."""
    found = _cluster_of(read, BY_ENDPOINTS.bucket, name)
    if found is None or isinstance(found.backend, DnsName):
        return None
    value = assignment_of(read, found.backend)
    return Pair(value, encode_assignment(value))


def _cluster_of(read: Read, bucket: Input[str, tuple[ObjectKey, ...]], name: str) -> Cluster | None:
    users = read(bucket, name)
    plan = read(route_plan, users[0]).value if users else None
    return plan.cluster if plan else None


Table = Mapping[str, Pair[T_co]]


def _table(names: Input[None, frozenset[str]], item: Rule[str, Pair[T_co] | None]) -> Rule[None, Table[T_co]]:
    """All items of an index's names; an edit changes only those it touches."""

    def compute(read: Read, _: None) -> Table[T_co]:
        wanted = read(names, None)
        found = {name: read(item, name) for name in sorted(wanted)}
        return {name: pair for name, pair in found.items() if pair is not None}

    def patch(read: Read, _: None, change: Patch[Table[T_co]]) -> Table[T_co]:
        wanted = read(names, None)
        table = dict(change.old)
        renewed = {key for node, key in change.changed if node is item}
        for gone in table.keys() - wanted:
            del table[gone]
            change.forget(item, gone)
        for name in (wanted - table.keys()) | (renewed & wanted):
            pair = read(item, name)
            if pair is not None:
                table[name] = pair
            else:
                table.pop(name, None)
        return table

    return Rule(f"all of {item.name}", compute, patch)


clusters = _table(BY_CLUSTER.names, cluster)
assignments = _table(BY_ENDPOINTS.names, assignment)


@rule
def listeners(read: Read, _: None) -> Mapping[str, Pair[Listener]]:
    """All listeners."""
    planned = read(planned_listeners, None)
    return {one.name: Pair(one, read(encoded_listener, one)) for one in planned}


@rule
def encoded_listener(read: Read, one: Listener) -> EncodedResource:
    return encode_listener(one)


@rule
def secrets(read: Read, _: None) -> Mapping[str, EncodedResource]:
    """All certificates and CAs that listeners and clusters refer to."""
    planned = read(planned_listeners, None)
    chains = [chain for one in planned for chain in one.chains]
    clients = [chain.tls.get(ClientCertificate) for chain in chains]
    names = {name for chain in chains for name in chain.certificates}
    names |= {client.ca for client in clients if client and client.ca}
    upstream = read(BY_SECRET.names, None)
    found = {name: read(encoded_secret, name) for name in sorted(names | upstream)}
    return {name: one for name, one in found.items() if one is not None}


@rule
def encoded_secret(read: Read, name: str) -> EncodedResource | None:
    found = read(secret, name)
    return None if found is None else encode_secret(found)


@dataclass(frozen=True, slots=True)
class EncodedHost:
    """A virtual host, framed for its route configuration."""

    view: VirtualHost
    body: bytes
    clusters: frozenset[str]


@rule
def virtual_host(read: Read, key: VirtualHostKey) -> EncodedHost:
    """One virtual host. Its name is its first domain's, which no other virtual host of the table can have."""
    shared = read(route_list, key.routes)
    name = key.domains[0].pattern
    patterns = tuple(domain.pattern for domain in key.domains)
    body = encode_virtual_host(name, patterns, shared.body)
    return EncodedHost(VirtualHost(name, key.domains, shared), body, shared.clusters)


@rule
def route_table(read: Read, key: TableKey) -> Pair[RouteTable]:
    """One route table."""
    hosts = [read(virtual_host, one) for one in read(virtual_hosts, key)]
    body = encode_route_configuration(key.name, [host.body for host in hosts])
    names: frozenset[str] = frozenset().union(*[host.clusters for host in hosts])
    value = RouteTable(key.name, tuple(host.view for host in hosts))
    return Pair(value, resource(key.name, body, References(clusters=names)))


@rule
def route_tables(read: Read, _: None) -> Mapping[str, Pair[RouteTable]]:
    """All route tables."""
    keys = read(table_keys, None)
    return {key.name: read(route_table, key) for key in keys}
