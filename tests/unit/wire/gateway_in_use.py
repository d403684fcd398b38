"""A bootstrap with every message class in use, as Envoy can load it without files or a control plane."""

from __future__ import annotations

import datetime

from betterproto2 import Message
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from envoy_data_plane.envoy.config.accesslog import v3 as accesslog_v3
from envoy_data_plane.envoy.config.bootstrap import v3 as bootstrap_v3
from envoy_data_plane.envoy.config.cluster import v3 as cluster_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.config.endpoint import v3 as endpoint_v3
from envoy_data_plane.envoy.config.listener import v3 as listener_v3
from envoy_data_plane.envoy.config.rbac import v3 as rbac_config_v3
from envoy_data_plane.envoy.config.route import v3 as route_v3
from envoy_data_plane.envoy.extensions.access_loggers.file import v3 as file_log_v3
from envoy_data_plane.envoy.extensions.filters.http.cors import v3 as cors_v3
from envoy_data_plane.envoy.extensions.filters.http.health_check import v3 as health_check_v3
from envoy_data_plane.envoy.extensions.filters.http.rbac import v3 as rbac_v3
from envoy_data_plane.envoy.extensions.filters.http.router import v3 as router_v3
from envoy_data_plane.envoy.extensions.filters.listener.tls_inspector import v3 as tls_inspector_v3
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from envoy_data_plane.envoy.extensions.filters.network.tcp_proxy import v3 as tcp_proxy_v3
from envoy_data_plane.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from envoy_data_plane.envoy.extensions.upstreams.http import v3 as upstream_http_v3
from envoy_data_plane.envoy.type import v3 as type_v3
from envoy_data_plane.envoy.type.matcher import v3 as matcher_v3
from envoy_data_plane.google import protobuf

from ambassador.wire.encode import pack

HOUR = datetime.timedelta(hours=1)


def certificate() -> tuple[bytes, bytes]:
    """A self-signed certificate and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.test")])
    now = datetime.datetime.now(datetime.UTC)
    unsigned = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = unsigned.serial_number(1).not_valid_before(now - HOUR).not_valid_after(now + HOUR)
    pem = serialization.Encoding.PEM
    plain = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return dated.sign(key, hashes.SHA256()).public_bytes(pem), key.private_bytes(*plain)


def secret() -> tls_v3.Secret:
    chain, key = (core_v3.DataSource(inline_bytes=part) for part in certificate())
    return tls_v3.Secret(name="a.test", tls_certificate=tls_v3.TlsCertificate(certificate_chain=chain, private_key=key))


def routes() -> list[route_v3.Route]:
    cors = cors_v3.CorsPolicy(
        allow_origin_string_match=[matcher_v3.StringMatcher(exact="https://a.test", ignore_case=False)],
        allow_credentials=False,
    )
    match = route_v3.RouteMatch(
        path_separated_prefix="/api",
        headers=[
            route_v3.HeaderMatcher(name=":method", string_match=matcher_v3.StringMatcher(exact="GET")),
            route_v3.HeaderMatcher(name="x", range_match=type_v3.Int64Range(start=-5, end=5)),
        ],
        query_parameters=[route_v3.QueryParameterMatcher(name="q", present_match=False)],
        runtime_fraction=core_v3.RuntimeFractionalPercent(default_value=type_v3.FractionalPercent(numerator=50)),
    )
    action = route_v3.RouteAction(
        cluster="backend",
        timeout=datetime.timedelta(milliseconds=1500),
        retry_policy=route_v3.RetryPolicy(retry_on="5xx", num_retries=0, retriable_status_codes=[503, 429]),
        upgrade_configs=[route_v3.RouteActionUpgradeConfig(upgrade_type="websocket", enabled=False)],
    )
    return [
        route_v3.Route(
            name="one",
            match=match,
            route=action,
            typed_per_filter_config={"envoy.filters.http.cors": pack(cors)},
            response_headers_to_add=[
                core_v3.HeaderValueOption(
                    header=core_v3.HeaderValue(key="x", value="%REQ(:PATH)%"),
                    append_action=core_v3.HeaderValueOptionHeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
                )
            ],
        ),
        route_v3.Route(match=route_v3.RouteMatch(prefix="/old"), redirect=route_v3.RedirectAction(prefix_rewrite="")),
        route_v3.Route(match=route_v3.RouteMatch(prefix=""), direct_response=route_v3.DirectResponseAction(status=404)),
    ]


def connection_manager() -> hcm_v3.HttpConnectionManager:
    log = file_log_v3.FileAccessLog(
        path="/dev/null",
        log_format=core_v3.SubstitutionFormatString(
            json_format=protobuf.Struct.from_dict({"path": "%PATH%", "deep": {"list": [1.5, True, "x"]}})
        ),
    )
    allow = rbac_config_v3.Policy(
        permissions=[rbac_config_v3.Permission(any=True)], principals=[rbac_config_v3.Principal(any=True)]
    )
    filters = {
        "health_check": health_check_v3.HealthCheck(
            pass_through_mode=False,
            headers=[route_v3.HeaderMatcher(name=":path", string_match=matcher_v3.StringMatcher(exact="/up"))],
        ),
        "cors": cors_v3.Cors(),
        "rbac": rbac_v3.Rbac(rules=rbac_config_v3.Rbac(policies={"all": allow})),
        "router": router_v3.Router(suppress_envoy_headers=True),
    }
    host = route_v3.VirtualHost(name="a", domains=["a.test", "*"], routes=routes())
    return hcm_v3.HttpConnectionManager(
        stat_prefix="http",
        route_config=route_v3.RouteConfiguration(name="table", virtual_hosts=[host]),
        http_filters=[_http_filter(name, config) for name, config in filters.items()],
        access_log=[accesslog_v3.AccessLog(name="envoy.access_loggers.file", typed_config=pack(log))],
        upgrade_configs=[hcm_v3.HttpConnectionManagerUpgradeConfig(upgrade_type="websocket", enabled=False)],
        use_remote_address=False,
        stream_idle_timeout=datetime.timedelta(),
    )


def _http_filter(name: str, config: Message) -> hcm_v3.HttpFilter:
    return hcm_v3.HttpFilter(
        name=f"envoy.filters.http.{name}", typed_config=pack(config), disabled=name in ("cors", "rbac")
    )


def listener() -> listener_v3.Listener:
    tls = tls_v3.DownstreamTlsContext(
        common_tls_context=tls_v3.CommonTlsContext(
            alpn_protocols=["h2", "http/1.1"],
            tls_certificate_sds_secret_configs=[tls_v3.SdsSecretConfig(name="a.test")],
        ),
        require_client_certificate=False,
    )
    secure = listener_v3.FilterChain(
        name="secure",
        filter_chain_match=listener_v3.FilterChainMatch(server_names=["a.test"], transport_protocol="tls"),
        filters=[_filter("http_connection_manager", connection_manager())],
        transport_socket=core_v3.TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(tls)),
    )
    plain = listener_v3.FilterChain(
        name="plain", filters=[_filter("tcp_proxy", tcp_proxy_v3.TcpProxy(stat_prefix="tcp", cluster="backend"))]
    )
    inspector = pack(tls_inspector_v3.TlsInspector(enable_ja3_fingerprinting=False))
    return listener_v3.Listener(
        name="main",
        address=_address(0),
        listener_filters=[
            listener_v3.ListenerFilter(name="envoy.filters.listener.tls_inspector", typed_config=inspector)
        ],
        filter_chains=[secure, plain],
    )


def _filter(name: str, config: Message) -> listener_v3.Filter:
    return listener_v3.Filter(name=f"envoy.filters.network.{name}", typed_config=pack(config))


def _address(port: int) -> core_v3.Address:
    return core_v3.Address(socket_address=core_v3.SocketAddress(address="127.0.0.1", port_value=port))


def clusters() -> list[cluster_v3.Cluster]:
    endpoint = endpoint_v3.LbEndpoint(endpoint=endpoint_v3.Endpoint(address=_address(9)), load_balancing_weight=1)
    http2 = upstream_http_v3.HttpProtocolOptionsExplicitHttpConfig(
        http2_protocol_options=core_v3.Http2ProtocolOptions(max_concurrent_streams=100)
    )
    threshold = cluster_v3.CircuitBreakersThresholds(max_connections=0, max_requests=1 << 31)
    backend = cluster_v3.Cluster(
        name="backend",
        type=cluster_v3.ClusterDiscoveryType.STATIC,
        lb_policy=cluster_v3.ClusterLbPolicy.LEAST_REQUEST,
        least_request_lb_config=cluster_v3.ClusterLeastRequestLbConfig(choice_count=3),
        common_lb_config=cluster_v3.ClusterCommonLbConfig(healthy_panic_threshold=type_v3.Percent(value=0.0)),
        load_assignment=endpoint_v3.ClusterLoadAssignment(
            cluster_name="backend", endpoints=[endpoint_v3.LocalityLbEndpoints(lb_endpoints=[endpoint])]
        ),
        circuit_breakers=cluster_v3.CircuitBreakers(thresholds=[threshold]),
        transport_socket=core_v3.TransportSocket(
            name="envoy.transport_sockets.tls", typed_config=pack(tls_v3.UpstreamTlsContext(sni="b.test"))
        ),
        typed_extension_protocol_options={
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": pack(
                upstream_http_v3.HttpProtocolOptions(explicit_http_config=http2)
            )
        },
    )
    source = core_v3.ConfigSource(path_config_source=core_v3.PathConfigSource(path="/dev/null"))
    discovered = cluster_v3.Cluster(
        name="discovered",
        type=cluster_v3.ClusterDiscoveryType.EDS,
        eds_cluster_config=cluster_v3.ClusterEdsClusterConfig(eds_config=source, service_name="x"),
        connect_timeout=datetime.timedelta(seconds=2),
    )
    return [backend, discovered]


def bootstrap() -> bootstrap_v3.Bootstrap:
    return bootstrap_v3.Bootstrap(
        node=core_v3.Node(id="node", cluster="gateway"),
        static_resources=bootstrap_v3.BootstrapStaticResources(
            listeners=[listener()], clusters=clusters(), secrets=[secret()]
        ),
    )
