"""What a test adds to compiled resources, so that Envoy says which route it chose and which configuration it uses.

A message is the concatenation of its fields, so additions are appended to the encoded bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.listener import v3 as listener_v3
from envoy_data_plane.envoy.config.route import v3 as route_v3
from envoy_data_plane.envoy.extensions.filters.http.router import v3 as router_v3
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3

from ambassador.compile.host_shards import MOST_SHARDS, shard_of
from ambassador.ir.listener import Listener
from ambassador.wire.encode import encode, pack, resource
from ambassador.wire.resource import EncodedResource, EnvoyResources, Table

ROUTE_HEADER = "x-route"
_NAMES = [f"{number * 7919:06x}.invalid" for number in range(4096)]
MARK_HOSTS = tuple({shard_of(host, MOST_SHARDS): host for host in _NAMES}.values())
"""Route configurations tell their version on these names, of which every shard has one."""
MARK_HEADER = "x-mark"
MARK_SOURCE = "127.0.0.9"
"""Connections from this address are told the version of their listener, whatever they ask."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Resources with marks. `listeners` and `routes` are the marks by name: versions of what was compiled."""

    resources: EnvoyResources
    listeners: dict[str, str]
    routes: dict[str, str]


def marked(resources: EnvoyResources, listeners: tuple[Listener, ...]) -> Marked:
    """All listeners and route tables with their marks."""
    inspecting = {one.name: one.inspects_tls for one in listeners}
    routes: Table = {name: _with_route(one) for name, one in resources.routes.items()}
    ports: Table = {name: _with_chain(one, inspecting[name]) for name, one in resources.listeners.items()}
    versions = [{name: one.version for name, one in table.items()} for table in (resources.listeners, resources.routes)]
    return Marked(replace(resources, routes=routes, listeners=ports), *versions)


def _with_route(table: EncodedResource) -> EncodedResource:
    addition = route_v3.RouteConfiguration(
        virtual_hosts=[_mark_host(table.version, list(MARK_HOSTS))],
        response_headers_to_add=[_header(ROUTE_HEADER, "%ROUTE_NAME%")],
    )
    return resource(table.name, table.body + encode(addition), table.references)


def _with_chain(listener: EncodedResource, inspects_tls: bool) -> EncodedResource:
    source = core_v3.CidrRange(address_prefix=MARK_SOURCE, prefix_len=32)
    transport = "raw_buffer" if inspects_tls else ""
    manager = hcm_v3.HttpConnectionManager(
        stat_prefix="mark",
        route_config=route_v3.RouteConfiguration(virtual_hosts=[_mark_host(listener.version, ["*"])]),
        http_filters=[hcm_v3.HttpFilter(name="envoy.filters.http.router", typed_config=pack(router_v3.Router()))],
    )
    chain = listener_v3.FilterChain(
        name="mark",
        filter_chain_match=listener_v3.FilterChainMatch(source_prefix_ranges=[source], transport_protocol=transport),
        filters=[listener_v3.Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))],
    )
    addition = encode(listener_v3.Listener(filter_chains=[chain]))
    return resource(listener.name, listener.body + addition, listener.references)


def _mark_host(version: str, domains: list[str]) -> route_v3.VirtualHost:
    everything = route_v3.Route(
        match=route_v3.RouteMatch(prefix="/"), direct_response=route_v3.DirectResponseAction(status=200)
    )
    return route_v3.VirtualHost(
        name="mark", domains=domains, routes=[everything], response_headers_to_add=[_header(MARK_HEADER, version)]
    )


def _header(name: str, value: str) -> core_v3.HeaderValueOption:
    action = core_v3.HeaderValueOptionHeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD
    return core_v3.HeaderValueOption(header=core_v3.HeaderValue(key=name, value=value), append_action=action)
