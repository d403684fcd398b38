"""The addresses behind each backend, and their bytes."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.endpoint import v3 as endpoint_v3

from ambassador.compile.inputs import Options
from ambassador.ir import cluster as ir
from ambassador.wire.encode import encode, resource
from ambassador.wire.resource import EncodedResource


def encode_assignment(assignment: ir.Assignment) -> EncodedResource:
    """The endpoints of one backend."""
    return resource(assignment.name, encode(assignment_message(assignment.name, assignment.endpoints)))


def assignment_message(name: str, endpoints: tuple[ir.Endpoint, ...]) -> endpoint_v3.ClusterLoadAssignment:
    """Envoy's message for a set of addresses, all of one locality."""
    lb_endpoints = [
        endpoint_v3.LbEndpoint(endpoint=endpoint_v3.Endpoint(address=socket_address(one.address, one.port)))
        for one in endpoints
    ]
    locality = [endpoint_v3.LocalityLbEndpoints(lb_endpoints=lb_endpoints)] if lb_endpoints else []
    return endpoint_v3.ClusterLoadAssignment(cluster_name=name, endpoints=locality)


def socket_address(address: str, port: int) -> core_v3.Address:
    return core_v3.Address(socket_address=core_v3.SocketAddress(address=address, port_value=port))


def is_own_endpoint(address: str, port: int, options: Options) -> bool:
    """Whether an address is one of our own admin, ready or diagnostics endpoints."""
    return port in options.own_ports and (is_this_machine(address) or address in options.own_addresses)


@lru_cache(maxsize=4096)
def is_this_machine(address: str) -> bool:
    """Loopback, link-local and unspecified addresses all lead back to where Envoy runs. A pure memo."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None) or ip
    return bool(mapped.is_loopback or mapped.is_link_local or mapped.is_unspecified)
