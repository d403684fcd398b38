"""Listeners: which there are, their filter chains, and their bytes.

The list of HTTP filters depends on FEATURES alone, so that no use of a feature ever changes a listener.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.listener import v3 as listener_v3
from envoy_data_plane.envoy.extensions.filters.listener.proxy_protocol import v3 as proxy_protocol_v3
from envoy_data_plane.envoy.extensions.filters.listener.tls_inspector import v3 as tls_inspector_v3
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from envoy_data_plane.envoy.extensions.transport_sockets.tls import v3 as tls_v3

from ambassador.compile import assemble
from ambassador.compile.endpoints import socket_address
from ambassador.compile.scopes import scope_names, scoped_routes
from ambassador.features import FEATURES
from ambassador.features.client_certificate import ClientCertificate
from ambassador.features.contract import ListenerFragment
from ambassador.features.tls_options import secret_config
from ambassador.ir import features as ir_features
from ambassador.ir import listener as ir
from ambassador.wire.encode import encode, pack, resource
from ambassador.wire.resource import EncodedResource, References

_BUFFER_LIMIT = 32 * 1024
"""Bytes a connection may buffer (Envoy's edge best practice)."""
_MAX_STREAMS = 100
_STREAM_WINDOW = 64 * 1024
_CONNECTION_WINDOW = 1024 * 1024


def encode_listener(listener: ir.Listener, host_shards: int = 0) -> EncodedResource:
    """One listener. Its own fields are constant, so that only its address or protocol ever drains it.

    `host_shards`: into how many its requests are spread by their host, before they find their routes; 0: not at all.
    """
    message = listener_v3.Listener(
        name=listener.name,
        address=socket_address(listener.identity.address, listener.identity.port),
        listener_filters=_listener_filters(listener),
        filter_chains=[_filter_chain(listener, chain, host_shards) for chain in listener.chains],
        per_connection_buffer_limit_bytes=_BUFFER_LIMIT,
        stat_prefix=listener.name,
    )
    tables = frozenset(chain.route_table for chain in listener.chains)
    references = References(
        routes=frozenset() if host_shards else tables,
        scopes=frozenset(name for table in tables for name in scope_names(table, host_shards)),
        secrets=frozenset(name for chain in listener.chains for name in _secrets(chain)),
    )
    return resource(listener.name, encode(message), references)


def _secrets(chain: ir.FilterChain) -> tuple[str, ...]:
    client = chain.tls.get(ClientCertificate)
    return (*chain.certificates, client.ca) if client and client.ca else chain.certificates


def _listener_filters(listener: ir.Listener) -> list[listener_v3.ListenerFilter]:
    filters = []
    if listener.proxy_protocol:
        proxy = proxy_protocol_v3.ProxyProtocol()
        filters.append(
            listener_v3.ListenerFilter(name="envoy.filters.listener.proxy_protocol", typed_config=pack(proxy))
        )
    if listener.inspects_tls:
        inspector = tls_inspector_v3.TlsInspector()
        filters.append(
            listener_v3.ListenerFilter(name="envoy.filters.listener.tls_inspector", typed_config=pack(inspector))
        )
    return filters


def _filter_chain(listener: ir.Listener, chain: ir.FilterChain, host_shards: int) -> listener_v3.FilterChain:
    fragment = assemble.listener_fields(_all_features(listener, chain))
    manager = _connection_manager(chain, fragment, host_shards)
    return listener_v3.FilterChain(
        name=chain.name,
        filter_chain_match=_chain_match(listener, chain),
        filters=[listener_v3.Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))],
        transport_socket=_transport_socket(chain, fragment) if chain.certificates else None,
    )


def _all_features(listener: ir.Listener, chain: ir.FilterChain) -> ir_features.FeatureBag:
    return ir_features.FeatureBag((*listener.features.items, *chain.tls.items))


def _chain_match(listener: ir.Listener, chain: ir.FilterChain) -> listener_v3.FilterChainMatch | None:
    if chain.certificates:
        return listener_v3.FilterChainMatch(transport_protocol="tls", server_names=list(chain.server_names))
    return listener_v3.FilterChainMatch(transport_protocol="raw_buffer") if listener.inspects_tls else None


def _connection_manager(
    chain: ir.FilterChain, fragment: ListenerFragment, host_shards: int
) -> hcm_v3.HttpConnectionManager:
    return hcm_v3.HttpConnectionManager(
        stat_prefix="ingress_https" if chain.certificates else "ingress_http",
        http_filters=_http_filters(),
        http2_protocol_options=core_v3.Http2ProtocolOptions(
            max_concurrent_streams=_MAX_STREAMS,
            initial_stream_window_size=_STREAM_WINDOW,
            initial_connection_window_size=_CONNECTION_WINDOW,
        ),
        strip_trailing_host_dot=True,
        generate_request_id=True,
        **_routes(chain.route_table, host_shards),
        **fragment.hcm,  # type: ignore[arg-type]
    )


def _routes(table: str, host_shards: int) -> Mapping[str, Any]:
    source = core_v3.ConfigSource(ads=core_v3.AggregatedConfigSource(), resource_api_version=core_v3.ApiVersion.V3)
    if host_shards:
        return scoped_routes(table, host_shards, source)
    return {"rds": hcm_v3.Rds(config_source=source, route_config_name=table)}


def _http_filters() -> list[hcm_v3.HttpFilter]:
    declared = [feature.http_filter for feature in FEATURES if feature.http_filter]
    return [
        hcm_v3.HttpFilter(name=one.name, typed_config=pack(one.build()), disabled=not one.always) for one in declared
    ]


def _transport_socket(chain: ir.FilterChain, fragment: ListenerFragment) -> core_v3.TransportSocket:
    common = tls_v3.CommonTlsContext(
        tls_certificate_sds_secret_configs=[secret_config(name) for name in chain.certificates],
        **fragment.common_tls,  # type: ignore[arg-type]
    )
    context = tls_v3.DownstreamTlsContext(common_tls_context=common, **fragment.tls)  # type: ignore[arg-type]
    return core_v3.TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(context))
