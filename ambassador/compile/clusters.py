"""Clusters to bytes."""

from __future__ import annotations

from envoy_data_plane.envoy.config.cluster import v3 as cluster_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.upstreams.http import v3 as upstream_http_v3

from ambassador.compile import assemble
from ambassador.compile.endpoints import assignment_message
from ambassador.features.contract import ClusterFragment
from ambassador.features.tls_upstream import UpstreamTls
from ambassador.ir import cluster as ir
from ambassador.wire.encode import encode, pack, resource
from ambassador.wire.resource import EncodedResource, References

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def encode_cluster(name: str, cluster: ir.Cluster) -> EncodedResource:
    """One cluster. Known addresses come by EDS, so that a changed endpoint changes no cluster."""
    fields = assemble.cluster_fields(cluster.features)
    message = cluster_v3.Cluster(**_merged(name, cluster.backend, fields))  # type: ignore[arg-type]
    return resource(name, encode(message), _references(cluster))


def _merged(name: str, backend: ir.Backend, fields: ClusterFragment) -> dict[str, object]:
    merged: dict[str, object] = {"name": name, **_discovery(name, backend), **fields.cluster}
    options = _http_options(fields)
    if options is not None:
        merged["typed_extension_protocol_options"] = {_HTTP_OPTIONS: pack(options)}
    return merged


def _discovery(name: str, backend: ir.Backend) -> dict[str, object]:
    if isinstance(backend, ir.DnsName):
        assignment = assignment_message(name, (ir.Endpoint(backend.hostname, backend.port),))
        return {"load_assignment": assignment}  # the dns feature says how the name is looked up
    source = core_v3.ConfigSource(ads=core_v3.AggregatedConfigSource(), resource_api_version=core_v3.ApiVersion.V3)
    return {
        "type": cluster_v3.ClusterDiscoveryType.EDS,
        "eds_cluster_config": cluster_v3.ClusterEdsClusterConfig(eds_config=source, service_name=backend.name),
    }


def _http_options(fields: ClusterFragment) -> upstream_http_v3.HttpProtocolOptions | None:
    if not fields.http and not fields.common_http:
        return None
    http = dict(fields.http)
    if "explicit_http_config" not in http:
        http["explicit_http_config"] = upstream_http_v3.HttpProtocolOptionsExplicitHttpConfig(
            http_protocol_options=core_v3.Http1ProtocolOptions()
        )
    common = core_v3.HttpProtocolOptions(**fields.common_http)  # type: ignore[arg-type]
    return upstream_http_v3.HttpProtocolOptions(
        common_http_protocol_options=common if fields.common_http else None,
        **http,  # type: ignore[arg-type]
    )


def _references(cluster: ir.Cluster) -> References:
    tls = cluster.features.get(UpstreamTls)
    secrets = frozenset(name for name in (tls.certificate, tls.ca) if name) if tls else frozenset()
    backend = cluster.backend
    endpoints = frozenset() if isinstance(backend, ir.DnsName) else frozenset({backend.name})
    return References(endpoints=endpoints, secrets=secrets)
