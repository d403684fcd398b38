"""Clusters to bytes: what a cluster has for itself, and what features want, encoded once for all that have them."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from envoy_data_plane.envoy.config.cluster import v3 as cluster_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.upstreams.http import v3 as upstream_http_v3

from ambassador.compile import assemble
from ambassador.compile.endpoints import assignment_message
from ambassador.features.contract import ClusterFragment
from ambassador.features.tls_upstream import UpstreamTls
from ambassador.ir import cluster as ir
from ambassador.ir.features import FeatureBag
from ambassador.wire.encode import encode, field, pack, resource, splice, string_field
from ambassador.wire.resource import NO_REFERENCES, EncodedResource, References

# Field numbers of envoy/config/cluster/v3/cluster.proto: protobuf merges fields of concatenated encodings.
_NAME, _EDS, _EDS_SERVICE, _LOAD_ASSIGNMENT = 1, 3, 2, 33

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def encode_cluster(name: str, cluster: ir.Cluster) -> EncodedResource:
    """One cluster. Known addresses come by EDS, so that a changed endpoint changes no cluster."""
    body = splice(string_field(_NAME, name), (_discovery(name, cluster.backend), _parts(cluster.features)))
    return resource(name, body, _references(cluster))


@lru_cache(maxsize=256)
def _parts(features: FeatureBag) -> bytes:
    """What features want of a cluster: the same for most of them. A pure memo."""
    fields = assemble.cluster_fields(features)
    merged: dict[str, Any] = dict(fields.cluster)
    options = _http_options(fields)
    if options is not None:
        merged["typed_extension_protocol_options"] = {_HTTP_OPTIONS: pack(options)}
    return encode(cluster_v3.Cluster(**merged))


def _discovery(name: str, backend: ir.Backend) -> bytes:
    if isinstance(backend, ir.DnsName):
        assignment = assignment_message(name, (ir.Endpoint(backend.hostname, backend.port),))
        return field(_LOAD_ASSIGNMENT, encode(assignment))  # the dns feature says how the name is looked up
    return _eds_type() + field(_EDS, _eds_source() + string_field(_EDS_SERVICE, backend.name))


@cache
def _eds_type() -> bytes:
    return encode(cluster_v3.Cluster(type=cluster_v3.ClusterDiscoveryType.EDS))


@cache
def _eds_source() -> bytes:
    source = core_v3.ConfigSource(ads=core_v3.AggregatedConfigSource(), resource_api_version=core_v3.ApiVersion.V3)
    return encode(cluster_v3.ClusterEdsClusterConfig(eds_config=source))


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
    secrets = frozenset(name for name in (tls.certificate, tls.ca) if name) if tls else NO_REFERENCES.secrets
    backend = cluster.backend
    endpoints = NO_REFERENCES.endpoints if isinstance(backend, ir.DnsName) else frozenset({backend.name})
    return References(endpoints=endpoints, secrets=secrets)
