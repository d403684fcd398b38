"""One JSON line a request on stdout. It carries the route's name, so that the page can be checked against Envoy."""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.config.accesslog import v3 as accesslog_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.access_loggers.stream import v3 as stream_log_v3
from envoy_data_plane.google.protobuf import Struct, Value

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


@dataclass(frozen=True, slots=True)
class AccessLogging(FeatureConfig):
    """There is nothing to configure yet."""


def on_listener(_: AccessLogging) -> ListenerFragment:
    fields = {name: Value(string_value=text) for name, text in _FORMAT.items()}
    log = stream_log_v3.StdoutAccessLog(log_format=core_v3.SubstitutionFormatString(json_format=Struct(fields=fields)))
    return ListenerFragment(
        hcm={"access_log": [accesslog_v3.AccessLog(name="envoy.access_loggers.stdout", typed_config=pack(log))]}
    )


FEATURE = Feature(
    "access log",
    AccessLogging,
    lambda _: "JSON on stdout",
    defaults={"Listener": AccessLogging()},
    on_listener=on_listener,
)
