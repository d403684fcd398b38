"""The message classes that Ambassador sends to Envoy, with the full names that Envoy knows them by."""

from __future__ import annotations

from betterproto2 import Message
from envoy_data_plane.envoy.config.cluster.v3 import Cluster
from envoy_data_plane.envoy.config.endpoint.v3 import ClusterLoadAssignment
from envoy_data_plane.envoy.config.listener.v3 import Listener
from envoy_data_plane.envoy.config.route.v3 import RouteConfiguration
from envoy_data_plane.envoy.extensions.access_loggers.file.v3 import FileAccessLog
from envoy_data_plane.envoy.extensions.access_loggers.open_telemetry.v3 import OpenTelemetryAccessLogConfig
from envoy_data_plane.envoy.extensions.filters.http.cors.v3 import Cors, CorsPolicy
from envoy_data_plane.envoy.extensions.filters.http.health_check.v3 import HealthCheck
from envoy_data_plane.envoy.extensions.filters.http.rbac.v3 import Rbac, RbacPerRoute
from envoy_data_plane.envoy.extensions.filters.http.router.v3 import Router
from envoy_data_plane.envoy.extensions.filters.listener.tls_inspector.v3 import TlsInspector
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager
from envoy_data_plane.envoy.extensions.filters.network.tcp_proxy.v3 import TcpProxy
from envoy_data_plane.envoy.extensions.transport_sockets.tls.v3 import DownstreamTlsContext, Secret, UpstreamTlsContext
from envoy_data_plane.envoy.extensions.upstreams.http.v3 import HttpProtocolOptions

PREFIX = "type.googleapis.com/envoy."

IN_USE: dict[type[Message], str] = {
    RouteConfiguration: "config.route.v3.RouteConfiguration",
    Cluster: "config.cluster.v3.Cluster",
    ClusterLoadAssignment: "config.endpoint.v3.ClusterLoadAssignment",
    Listener: "config.listener.v3.Listener",
    HttpConnectionManager: "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    TcpProxy: "extensions.filters.network.tcp_proxy.v3.TcpProxy",
    Router: "extensions.filters.http.router.v3.Router",
    Cors: "extensions.filters.http.cors.v3.Cors",
    CorsPolicy: "extensions.filters.http.cors.v3.CorsPolicy",
    Rbac: "extensions.filters.http.rbac.v3.RBAC",
    RbacPerRoute: "extensions.filters.http.rbac.v3.RBACPerRoute",
    HealthCheck: "extensions.filters.http.health_check.v3.HealthCheck",
    TlsInspector: "extensions.filters.listener.tls_inspector.v3.TlsInspector",
    DownstreamTlsContext: "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
    UpstreamTlsContext: "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    Secret: "extensions.transport_sockets.tls.v3.Secret",
    HttpProtocolOptions: "extensions.upstreams.http.v3.HttpProtocolOptions",
    FileAccessLog: "extensions.access_loggers.file.v3.FileAccessLog",
    OpenTelemetryAccessLogConfig: "extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig",
}
