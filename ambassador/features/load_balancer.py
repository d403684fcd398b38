"""How an endpoint is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.config.cluster import v3 as cluster_v3

from ambassador.features.contract import ClusterFragment, Feature, Input
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import ANYTHING, choice
from ambassador.model.fields import Field, FieldType, OnFault, Values, object_of
from ambassador.model.problems import Checked, Reason

_BUILT = {
    "round_robin": cluster_v3.ClusterLbPolicy.ROUND_ROBIN,
    "least_request": cluster_v3.ClusterLbPolicy.LEAST_REQUEST,
}


@dataclass(frozen=True, slots=True)
class LoadBalancer(FeatureConfig):
    policy: str


_POLICY = Field(
    "policy",
    choice("round_robin", "least_request", "ring_hash", "maglev"),
    "how an endpoint is chosen",
    required=True,
    on_fault=OnFault.REJECT_OBJECT,
)
_HASHED = tuple(
    Field(name, ANYTHING, "what ring_hash and maglev hash", built=False) for name in ("cookie", "header", "source_ip")
)


def _load_balancer(values: Values) -> Checked[LoadBalancer | None]:
    policy = values.or_else(_POLICY, "")
    if policy in _BUILT:
        return Checked(LoadBalancer(policy))
    message = f"{policy} is not supported yet; round_robin is used, so requests of one client go to all endpoints"
    return Checked(None, (values.on(_POLICY).warning(Reason.NOT_SUPPORTED, message),))


_TYPE: FieldType[LoadBalancer] = object_of((_POLICY, *_HASHED), _load_balancer)
LOAD_BALANCER = Field("load_balancer", _TYPE, "how an endpoint is chosen", default="round_robin")


def parse(values: Values) -> Checked[LoadBalancer | None]:
    return Checked(values.get(LOAD_BALANCER))


def on_cluster(load_balancer: LoadBalancer) -> ClusterFragment:
    return ClusterFragment(cluster={"lb_policy": _BUILT[load_balancer.policy]})


FEATURE = Feature(
    "load balancer",
    LoadBalancer,
    lambda load_balancer: load_balancer.policy.replace("_", " "),
    inputs={"Mapping": Input((LOAD_BALANCER,), parse), "Module": Input((LOAD_BALANCER,), parse)},
    on_cluster=on_cluster,
)
