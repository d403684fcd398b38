"""The HTTP version spoken to a backend."""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.upstreams.http import v3 as upstream_http_v3

from ambassador.features.contract import ClusterFragment, Feature, Input
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked


@dataclass(frozen=True, slots=True)
class UpstreamProtocol(FeatureConfig):
    """HTTP/2; without this feature it is HTTP/1.1."""


GRPC = Field("grpc", BOOLEAN, "speaks HTTP/2 to the backend, as gRPC needs", default="false")


def parse(values: Values) -> Checked[UpstreamProtocol | None]:
    return Checked(UpstreamProtocol() if values.or_else(GRPC, False) else None)


def on_cluster(_: UpstreamProtocol) -> ClusterFragment:
    explicit = upstream_http_v3.HttpProtocolOptionsExplicitHttpConfig(
        http2_protocol_options=core_v3.Http2ProtocolOptions()
    )
    return ClusterFragment(http={"explicit_http_config": explicit})


FEATURE = Feature(
    "upstream protocol",
    UpstreamProtocol,
    lambda protocol: "HTTP/2",
    inputs={"Mapping": Input((GRPC,), parse)},
    on_cluster=on_cluster,
)
