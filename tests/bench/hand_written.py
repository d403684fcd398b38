"""A static Envoy configuration as a careful person writes it for the same routes and the edge of a network.

The same features as the product's defaults, all of which belong to an edge: the client's address from its connection
(`use_remote_address`), request ids, paths normalized before they are matched, the Host header without port and trailing
dot when it is matched, limits on HTTP/2 streams and windows, on buffers of a connection and on connections, 3 s for an
answer and for a connection, and one line of JSON on stdout for each request with the same fields. Left out is what
nobody writes who needs it not: filters that are switched off, and the log that tells the watcher which route took a
request. Endpoints stand in their cluster and nothing is watched.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ambassador.settings import Settings
from tests.bench.backends import HTTP_MANAGER, ROUTER, typed
from tests.bench.layouts import Layout

_STDOUT = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"
_CONNECTIONS = "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
MOST_CONNECTIONS = 50_000
_FIELDS = {
    "authority": "%REQ(:AUTHORITY)%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "duration_ms": "%DURATION%",
    "flags": "%RESPONSE_FLAGS%",
    "forwarded_for": "%REQ(X-FORWARDED-FOR)%",
    "method": "%REQ(:METHOD)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "protocol": "%PROTOCOL%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "route": "%ROUTE_NAME%",
    "server_name": "%REQUESTED_SERVER_NAME%",
    "status": "%RESPONSE_CODE%",
    "time": "%START_TIME%",
    "upstream_cluster": "%UPSTREAM_CLUSTER%",
    "upstream_host": "%UPSTREAM_HOST%",
    "user_agent": "%REQ(USER-AGENT)%",
}


def write(layout: Layout, settings: Settings, file: Path) -> None:
    """The whole configuration, for `envoy -c`."""
    configuration = {
        "admin": {"address": _address(settings.admin_port)},
        "static_resources": {
            "listeners": [_listener(layout, settings.http_port)],
            "clusters": [_cluster(name) for name in layout.services],
        },
        "deferred_stat_options": {"enable_deferred_creation_stats": True},
        "overload_manager": {
            "refresh_interval": "0.25s",
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": typed(_CONNECTIONS, max_active_downstream_connections=MOST_CONNECTIONS),
                }
            ],
        },
    }
    file.write_text(json.dumps(configuration))


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _listener(layout: Layout, port: int) -> dict[str, Any]:
    log = {"name": "stdout", "typed_config": typed(_STDOUT, log_format={"json_format": _FIELDS})}
    manager = typed(
        HTTP_MANAGER,
        stat_prefix="ingress_http",
        route_config=_routes(layout),
        http_filters=[{"name": "envoy.filters.http.router", "typed_config": typed(ROUTER)}],
        http2_protocol_options={
            "max_concurrent_streams": 100,
            "initial_stream_window_size": 65536,
            "initial_connection_window_size": 1048576,
        },
        access_log=[log],
        use_remote_address=True,
        generate_request_id=True,
        normalize_path=True,
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        strip_trailing_host_dot=True,
    )
    return {
        "name": "edge",
        "address": _address(port),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
        "per_connection_buffer_limit_bytes": 32768,
    }


def _routes(layout: Layout) -> dict[str, Any]:
    # The greatest prefix first, as the product asks them.
    routes = [
        {
            "name": layout.first(number).name,
            "match": {"prefix": layout.prefix(number, 0)},
            "route": {
                "cluster": layout.services[layout.first(number).service],
                "prefix_rewrite": "/",
                "timeout": "3s",
            },
        }
        for number in reversed(range(layout.mappings))
    ]
    host = {"name": "all", "domains": ["*"], "routes": routes}
    return {"virtual_hosts": [host], "ignore_port_in_host_matching": True}


def _cluster(service: str) -> dict[str, Any]:
    host, _, port = service.rpartition(":")
    endpoint = {"endpoint": {"address": {"socket_address": {"address": host, "port_value": int(port)}}}}
    return {
        "name": service,
        "type": "STATIC",
        "connect_timeout": "3s",
        "load_assignment": {"cluster_name": service, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
