"""The addresses behind each backend, and their bytes."""

from __future__ import annotations

import ipaddress

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.endpoint import v3 as endpoint_v3

from ambassador.compile.inputs import Options
from ambassador.ir import cluster as ir
from ambassador.model.values import is_address
from ambassador.wire.encode import encode, field, resource, splice, string_field
from ambassador.wire.resource import EncodedResource

# Field numbers of envoy/config/endpoint/v3 (endpoint.proto, endpoint_components.proto) and core/v3/address.proto.
_CLUSTER_NAME, _LOCALITIES, _LB_ENDPOINTS, _ENDPOINT, _ADDRESS, _SOCKET_ADDRESS = 1, 2, 2, 1, 1, 1

_HERE = ("127.", "169.254.")
"""IPv4: loopback (RFC 1122) and link-local (RFC 3927)."""


def encode_assignment(assignment: ir.Assignment) -> EncodedResource:
    """The endpoints of one backend."""
    name = string_field(_CLUSTER_NAME, assignment.name)
    return resource(assignment.name, splice(name, [_locality(assignment.endpoints)] if assignment.endpoints else []))


def _locality(endpoints: tuple[ir.Endpoint, ...]) -> bytes:
    """The same as in `assignment_message`, put together from the innermost: there are thousands of them at a start."""
    found = []
    for one in endpoints:
        address = encode(core_v3.SocketAddress(address=one.address, port_value=one.port))
        inner = field(_ENDPOINT, field(_ADDRESS, field(_SOCKET_ADDRESS, address)))
        found.append(field(_LB_ENDPOINTS, inner))
    return field(_LOCALITIES, b"".join(found))


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


def is_this_machine(address: str) -> bool:
    """Loopback, link-local and unspecified addresses all lead back to where Envoy runs."""
    if ":" not in address:
        return (address == "0.0.0.0" or address.startswith(_HERE)) and is_address(address)
    try:
        ip = ipaddress.IPv6Address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped or ip
    return mapped.is_loopback or mapped.is_link_local or mapped.is_unspecified
