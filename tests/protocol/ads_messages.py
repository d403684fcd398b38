"""Envoy resources for the protocol tests, as the compiler would hand them over."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta

import betterproto2
from envoy_data_plane.envoy.config.cluster import v3 as cluster_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.endpoint import v3 as endpoint_v3
from envoy_data_plane.envoy.config.listener import v3 as listener_v3
from envoy_data_plane.envoy.config.route import v3 as route_v3
from envoy_data_plane.envoy.extensions.filters.http.router import v3 as router_v3
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from envoy_data_plane.envoy.extensions.network.dns_resolver.cares import v3 as cares_v3
from envoy_data_plane.google.protobuf import Any

from ambassador.wire.resource import EncodedResource, EnvoyResources, References
from ambassador.xds.resource_snapshot import ResourceSnapshot

HERE = "127.0.0.1"
ADS = core_v3.ConfigSource(ads=core_v3.AggregatedConfigSource(), resource_api_version=core_v3.ApiVersion.V3)


def resource(name: str, body: bytes, references: References | None = None) -> EncodedResource:
    return EncodedResource(name, hashlib.sha256(body).hexdigest()[:16], body, references or References())


def plain(name: str, version: str = "1", **references: Iterable[str]) -> EncodedResource:
    """A resource without content, for the state machine."""
    return EncodedResource(
        name, version, b"", References(**{kind: frozenset(names) for kind, names in references.items()})
    )


def table(*resources: EncodedResource) -> Mapping[str, EncodedResource]:
    return {one.name: one for one in resources}


def snapshot(revision: int, **tables: Iterable[EncodedResource]) -> ResourceSnapshot:
    return ResourceSnapshot(revision, EnvoyResources(**{kind: table(*those) for kind, those in tables.items()}))


def address(port: int, host: str = HERE) -> core_v3.Address:
    return core_v3.Address(socket_address=core_v3.SocketAddress(address=host, port_value=port))


def cluster(name: str, connect_ms: int = 1000) -> EncodedResource:
    """An EDS cluster; another connect timeout makes another version."""
    message = cluster_v3.Cluster(
        name=name,
        type=cluster_v3.ClusterDiscoveryType.EDS,
        eds_cluster_config=cluster_v3.ClusterEdsClusterConfig(eds_config=ADS),
        connect_timeout=timedelta(milliseconds=connect_ms),
    )
    return resource(name, bytes(message), References(endpoints=frozenset({name})))


def assignment(name: str, *ports: int, host: str = HERE) -> endpoint_v3.ClusterLoadAssignment:
    endpoints = [endpoint_v3.LbEndpoint(endpoint=endpoint_v3.Endpoint(address=address(port, host))) for port in ports]
    return endpoint_v3.ClusterLoadAssignment(
        cluster_name=name, endpoints=[endpoint_v3.LocalityLbEndpoints(lb_endpoints=endpoints)]
    )


def endpoints(name: str, *ports: int) -> EncodedResource:
    return resource(name, bytes(assignment(name, *ports)))


def named_cluster(name: str, host: str, port: int, resolver: int) -> EncodedResource:
    """A STRICT_DNS cluster, active once its first look-up has ended; `resolver` is the port of the DNS server."""
    cares = cares_v3.CaresDnsResolverConfig(resolvers=[address(resolver)])
    message = cluster_v3.Cluster(
        name=name,
        type=cluster_v3.ClusterDiscoveryType.STRICT_DNS,
        load_assignment=assignment(name, port, host=host),
        typed_dns_resolver_config=core_v3.TypedExtensionConfig(
            name="envoy.network.dns_resolver.cares", typed_config=packed(cares)
        ),
        connect_timeout=timedelta(seconds=1),
    )
    return resource(name, bytes(message))


def refused_cluster(name: str) -> EncodedResource:
    """Envoy refuses it, and everything that comes with it, in field validation."""
    return resource(name, bytes(cluster_v3.Cluster(name=name, connect_timeout=timedelta(seconds=-1))))


def routes(name: str, paths: Mapping[str, str], host: str = "*") -> EncodedResource:
    """A route configuration with one prefix route a cluster."""
    hosts = route_v3.VirtualHost(
        name="all",
        domains=[host],
        routes=[
            route_v3.Route(match=route_v3.RouteMatch(prefix=path), route=route_v3.RouteAction(cluster=to))
            for path, to in paths.items()
        ],
    )
    message = route_v3.RouteConfiguration(name=name, virtual_hosts=[hosts])
    return resource(name, bytes(message), References(clusters=frozenset(paths.values())))


def refused_routes(name: str) -> EncodedResource:
    """A route configuration that names a domain twice."""
    hosts = route_v3.VirtualHost(name="bad", domains=["*", "*"])
    return resource(name, bytes(route_v3.RouteConfiguration(name=name, virtual_hosts=[hosts])))


def listener(name: str, port: int, route_config: str) -> EncodedResource:
    manager = hcm_v3.HttpConnectionManager(
        stat_prefix="in",
        rds=hcm_v3.Rds(config_source=ADS, route_config_name=route_config),
        http_filters=[hcm_v3.HttpFilter(name="router", typed_config=packed(router_v3.Router()))],
    )
    network = listener_v3.Filter(name="http", typed_config=packed(manager))
    message = listener_v3.Listener(
        name=name, address=address(port), filter_chains=[listener_v3.FilterChain(filters=[network])]
    )
    return resource(name, bytes(message), References(routes=frozenset({route_config})))


def packed(message: betterproto2.Message) -> Any:
    return Any.pack(message)
