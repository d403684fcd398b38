"""How long connecting to a backend may take, and how long its connections are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ambassador.features.contract import ClusterFragment, Feature, Input
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import MILLISECONDS
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked


@dataclass(frozen=True, slots=True)
class UpstreamTimeouts(FeatureConfig):
    """None keeps the default of the layer below, in the end Envoy's."""

    connect: timedelta | None = None
    idle: timedelta | None = None
    lifetime: timedelta | None = None


CONNECT = Field("connect_timeout_ms", MILLISECONDS, "limit of connecting to the backend", default="3000")
IDLE = Field(
    "cluster_idle_timeout_ms", MILLISECONDS, "idle backend connections are closed after this", default="3600000"
)
LIFETIME = Field(
    "cluster_max_connection_lifetime_ms", MILLISECONDS, "backend connections are closed after this", default="none"
)


def parse(values: Values) -> Checked[UpstreamTimeouts | None]:
    # 0 falls back to the default, as it always did: it cannot switch these off.
    found = (values.get(CONNECT) or None, values.get(IDLE) or None, values.get(LIFETIME) or None)
    return Checked(UpstreamTimeouts(*found))


def inherit(specific: UpstreamTimeouts, default: UpstreamTimeouts) -> UpstreamTimeouts:
    return UpstreamTimeouts(
        specific.connect or default.connect, specific.idle or default.idle, specific.lifetime or default.lifetime
    )


def on_cluster(timeouts: UpstreamTimeouts) -> ClusterFragment:
    common = {"idle_timeout": timeouts.idle, "max_connection_duration": timeouts.lifetime}
    return ClusterFragment(
        cluster={"connect_timeout": timeouts.connect} if timeouts.connect else {},
        common_http={name: value for name, value in common.items() if value},
    )


def _summary(timeouts: UpstreamTimeouts) -> str:
    named = (("connect", timeouts.connect), ("idle", timeouts.idle), ("lifetime", timeouts.lifetime))
    return ", ".join(f"{name} {value.total_seconds():g} s" for name, value in named if value)


FEATURE = Feature(
    "upstream timeouts",
    UpstreamTimeouts,
    _summary,
    inputs={"Mapping": Input((CONNECT, IDLE, LIFETIME), parse), "Module": Input((IDLE, LIFETIME), parse)},
    # As with ingress-nginx (proxy-connect-timeout, upstream-keepalive-timeout).
    defaults={
        "Mapping": UpstreamTimeouts(timedelta(seconds=3)),
        "Ingress": UpstreamTimeouts(timedelta(seconds=5), timedelta(seconds=60)),
    },
    inherit=inherit,
    on_cluster=on_cluster,
)
