"""One JSON line a request on stdout, and the same request to the watcher, which counts by route (`traffic/`).

Both carry the route's name, so that the page can be checked against Envoy. There is one connection manager field for
both, hence one feature. While the watcher is away Envoy drops what is meant for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.config.accesslog import v3 as accesslog_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.access_loggers.open_telemetry import v3 as telemetry_log_v3
from envoy_data_plane.envoy.extensions.access_loggers.stream import v3 as stream_log_v3
from envoy_data_plane.google.protobuf import Struct, Value
from envoy_data_plane.opentelemetry.proto.common.v1 import AnyValue

from ambassador.features.contract import Feature, ListenerFragment
from ambassador.ir.features import FeatureConfig
from ambassador.wire.encode import pack

_FORMAT = {
    "time": "%START_TIME%",
    "route": "%ROUTE_NAME%",
    "method": "%REQ(:METHOD)%",
    "authority": "%REQ(:AUTHORITY)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration_ms": "%DURATION%",
    "upstream_cluster": "%UPSTREAM_CLUSTER%",
    "upstream_host": "%UPSTREAM_HOST%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "forwarded_for": "%REQ(X-FORWARDED-FOR)%",
    "user_agent": "%REQ(USER-AGENT)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "server_name": "%REQUESTED_SERVER_NAME%",
}


LONGEST_PATH, LONGEST_AUTHORITY = 512, 253
"""Bytes that the watcher looks at; one more is told, so that it knows what was cut."""
LIVE_FORMAT = (
    ("route", "%ROUTE_NAME%"),
    ("status", "%RESPONSE_CODE%"),
    ("flags", "%RESPONSE_FLAGS%"),
    ("details", "%RESPONSE_CODE_DETAILS%"),
    ("microseconds", "%COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)%"),
    ("upstream_host", "%UPSTREAM_HOST%"),
    ("method", "%REQ(:METHOD):32%"),
    ("scheme", "%REQ(:SCHEME):8%"),
    ("authority", f"%REQ(X-ENVOY-ORIGINAL-HOST?:AUTHORITY):{LONGEST_AUTHORITY + 1}%"),
    ("path", f"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH):{LONGEST_PATH + 1}%"),
)
"""What the watcher hears of a request: lines, `-` where there is nothing. No header's value can hold a line's end."""
_CLUSTER = "ads"
"""The bootstrap's way to the watcher."""


@dataclass(frozen=True, slots=True)
class AccessLogging(FeatureConfig):
    """`live`: the watcher hears of each request too."""

    live: bool = True


def on_listener(logging: AccessLogging) -> ListenerFragment:
    return ListenerFragment(hcm={"access_log": [_stdout(), *([_to_watcher()] if logging.live else [])]})


def _stdout() -> accesslog_v3.AccessLog:
    fields = {name: Value(string_value=text) for name, text in _FORMAT.items()}
    log = stream_log_v3.StdoutAccessLog(log_format=core_v3.SubstitutionFormatString(json_format=Struct(fields=fields)))
    return accesslog_v3.AccessLog(name="envoy.access_loggers.stdout", typed_config=pack(log))


def _to_watcher() -> accesslog_v3.AccessLog:
    """OpenTelemetry's protocol: with Envoy's own, all that it knows of a request would be sent, which is four times as
    much, with headers as long as clients like and addresses that are nobody's business.

    Sent when 16 KiB have come together, or after a second; Envoy 1.40 does not read the fields meant for either. For a
    watcher that takes nothing Envoy holds 16 MiB: 1,024 calls, the limit of its circuit breaker.
    """
    log = telemetry_log_v3.OpenTelemetryAccessLogConfig(
        grpc_service=core_v3.GrpcService(envoy_grpc=core_v3.GrpcServiceEnvoyGrpc(cluster_name=_CLUSTER)),
        disable_builtin_labels=True,
        body=AnyValue(string_value="\n".join(operator for _, operator in LIVE_FORMAT)),
    )
    return accesslog_v3.AccessLog(name="envoy.access_loggers.open_telemetry", typed_config=pack(log))


FEATURE = Feature(
    "access log",
    AccessLogging,
    lambda logging: "JSON on stdout, live traffic" if logging.live else "JSON on stdout",
    defaults={"Listener": AccessLogging()},
    on_listener=on_listener,
)
