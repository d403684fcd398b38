"""Messages as Envoy's access log service sends them, from the types of envoy-data-plane."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.data.accesslog import v3 as data_v3
from envoy_data_plane.envoy.service.accesslog import v3 as service_v3

from ambassador.wire.encode import encode

START = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def entry(
    route: str = "mapping/default/web",
    status: int | None = 200,
    path: str = "/",
    flags: data_v3.ResponseFlags | None = None,
    method: core_v3.RequestMethod = core_v3.RequestMethod.GET,
    authority: str = "shop.example.com",
) -> data_v3.HttpAccessLogEntry:
    """One request with everything that Envoy tells of it; much of it must never be shown."""
    backend = core_v3.Address(socket_address=core_v3.SocketAddress(address="10.0.0.7", port_value=8080))
    client = core_v3.Address(socket_address=core_v3.SocketAddress(address="192.0.2.99", port_value=40000))
    return data_v3.HttpAccessLogEntry(
        common_properties=data_v3.AccessLogCommon(
            downstream_remote_address=client,
            start_time=START,
            time_to_last_downstream_tx_byte=timedelta(milliseconds=12),
            duration=timedelta(milliseconds=12, microseconds=345),
            upstream_remote_address=backend,
            upstream_cluster="web.default.80-0123456789ab",
            response_flags=flags,
            route_name=route,
        ),
        request=data_v3.HttpRequestProperties(
            request_method=method,
            authority=authority,
            path="/rewritten",
            original_path=path,
            user_agent="secret-agent/7",
            forwarded_for="192.0.2.98",
            request_headers={"authorization": "Bearer hunter2"},
        ),
        response=data_v3.HttpResponseProperties(response_code=status, response_code_details="via_upstream"),
    )


def message(*entries: data_v3.HttpAccessLogEntry) -> bytes:
    """One message on the stream, as bytes."""
    logs = service_v3.StreamAccessLogsMessageHttpAccessLogEntries(log_entry=list(entries))
    return encode(service_v3.StreamAccessLogsMessage(http_logs=logs))
