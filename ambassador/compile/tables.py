"""The resources of each type: every name that is in use, with its IR value and its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ambassador.compile.certificates import secret
from ambassador.compile.chains import planned_listeners, table_keys
from ambassador.compile.clusters import encode_cluster
from ambassador.compile.domains import TableKey, VirtualHostKey
from ambassador.compile.encoded_hosts import EncodedHost, virtual_host
from ambassador.compile.endpoints import encode_assignment
from ambassador.compile.group import BY_CLUSTER, BY_ENDPOINTS, BY_SECRET
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.listeners import encode_listener
from ambassador.compile.memo import Input, Patch, Read, Rule, patched, rule
from ambassador.compile.routes import encode_route_configuration
from ambassador.compile.secrets import encode_secret
from ambassador.compile.services import assignment_of
from ambassador.compile.shards import sharded
from ambassador.compile.virtual_hosts import virtual_hosts
from ambassador.features.client_certificate import ClientCertificate
from ambassador.ir.cluster import Assignment, Cluster
from ambassador.ir.listener import Listener
from ambassador.ir.route_table import RouteTable
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
    found = read(BY_CLUSTER.bucket, name)
    return Pair(found[0], encode_cluster(name, found[0])) if found else None


@rule
def assignment(read: Read, name: str) -> Pair[Assignment] | None:
    """The endpoints of one backend in use."""
    found = read(BY_ENDPOINTS.bucket, name)
    if not found:
        return None
    value = assignment_of(read, found[0])
    return Pair(value, encode_assignment(value))


@dataclass(frozen=True, slots=True)
class Items(Generic[T_co]):
    """All items of a type by name, as values and as resources; `names` are those that were asked for."""

    names: frozenset[str]
    values: Mapping[str, T_co]
    resources: Mapping[str, EncodedResource]


def _table(names: Input[None, frozenset[str]], item: Rule[str, Pair[T_co] | None]) -> Rule[None, Items[T_co]]:
    """All items of an index's names; an edit costs what it touches, and copies of two tables."""

    def compute(read: Read, _: None) -> Items[T_co]:
        wanted = read(names, None)
        found = {name: read(item, name) for name in sorted(wanted)}
        pairs = {name: pair for name, pair in found.items() if pair is not None}
        values = {name: pair.value for name, pair in pairs.items()}
        return Items(wanted, values, {name: pair.encoded for name, pair in pairs.items()})

    def patch(read: Read, _: None, change: Patch[Items[T_co]]) -> Items[T_co]:
        wanted = read(names, None)
        values, resources = dict(change.old.values), dict(change.old.resources)
        renewed = {key for node, key in change.changed if node is item}
        for gone in change.old.names - wanted:
            values.pop(gone, None)
            resources.pop(gone, None)
            change.forget(item, gone)
        renewed |= wanted - change.old.names
        for name in sorted(renewed & wanted):
            pair = read(item, name)
            if pair is not None:
                values[name], resources[name] = pair.value, pair.encoded
            else:
                values.pop(name, None)
                resources.pop(name, None)
        return Items(wanted, values, resources)

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
    return encode_listener(one, read(OPTIONS, None).host_shards)


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
class EncodedTable:
    """A route table with its virtual hosts by key, in order, and what Envoy gets: `routes` by name, and `scopes` that
    lead to them where it is in shards. `shards` are the names of their `routes`, in the order of the hash."""

    value: RouteTable
    hosts: Mapping[VirtualHostKey, EncodedHost]
    routes: Mapping[str, EncodedResource]
    scopes: Mapping[str, EncodedResource]
    shards: tuple[str, ...]


def _patch_table(read: Read, key: TableKey, patch: Patch[EncodedTable]) -> EncodedTable:
    hosts = patch.old.hosts
    if any(node is virtual_hosts for node, _ in patch.changed):
        wanted = read(virtual_hosts, key)
        for gone in hosts.keys() - set(wanted):
            patch.forget(virtual_host, gone)
        hosts = {one: hosts.get(one) or read(virtual_host, one) for one in wanted}
    renewed = {one: read(virtual_host, one) for node, one in patch.changed if node is virtual_host and one in hosts}
    return _encoded_table(read, key, {**hosts, **renewed})


@patched(_patch_table)
def route_table(read: Read, key: TableKey) -> EncodedTable:
    """One route table."""
    return _encoded_table(read, key, {one: read(virtual_host, one) for one in read(virtual_hosts, key)})


def _encoded_table(read: Read, key: TableKey, hosts: Mapping[VirtualHostKey, EncodedHost]) -> EncodedTable:
    value = RouteTable(key.name, tuple([host.view for host in hosts.values()]))
    if read(OPTIONS, None).host_shards:
        found = read(sharded, key)
        return EncodedTable(value, hosts, found.routes, found.scopes, found.names)
    body = encode_route_configuration(key.name, [host.body for host in hosts.values()])
    names: frozenset[str] = frozenset().union(*[host.clusters for host in hosts.values()])
    whole = resource(key.name, body, References(clusters=names))
    return EncodedTable(value, hosts, {key.name: whole}, {}, ())


@rule
def route_tables(read: Read, _: None) -> Mapping[str, EncodedTable]:
    """All route tables."""
    keys = read(table_keys, None)
    return {key.name: read(route_table, key) for key in keys}
