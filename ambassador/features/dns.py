"""How names of backends are resolved. Only for clusters whose addresses Envoy itself looks up."""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.config.cluster import v3 as cluster_v3
from envoy_data_plane.envoy.extensions.clusters.common.dns import v3 as dns_common_v3
from envoy_data_plane.envoy.extensions.clusters.dns import v3 as dns_cluster_v3

from ambassador.features.contract import ClusterFragment, Feature, Input
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN, choice
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked
from ambassador.wire.encode import pack


@dataclass(frozen=True, slots=True)
class Dns(FeatureConfig):
    """None keeps the default of the layer below."""

    ipv4: bool | None = None
    ipv6: bool | None = None
    logical: bool | None = None
    respect_ttl: bool | None = None


IPV4 = Field("enable_ipv4", BOOLEAN, "looks up IPv4 addresses", default="true")
IPV6 = Field("enable_ipv6", BOOLEAN, "looks up IPv6 addresses", default="false")
TYPE = Field(
    "dns_type", choice("strict_dns", "logical_dns"), "strict_dns balances over all addresses", default="strict_dns"
)
TTL = Field("respect_dns_ttl", BOOLEAN, "looks a name up again when its TTL has passed", default="false")


def parse(values: Values) -> Checked[Dns | None]:
    kind = values.get(TYPE)
    logical = None if kind is None else kind == "logical_dns"
    return Checked(Dns(values.get(IPV4), values.get(IPV6), logical, values.get(TTL)))


def parse_module(values: Values) -> Checked[Dns | None]:
    return Checked(Dns(values.get(IPV4), values.get(IPV6)))


def inherit(specific: Dns, default: Dns) -> Dns:
    return Dns(
        default.ipv4 if specific.ipv4 is None else specific.ipv4,
        default.ipv6 if specific.ipv6 is None else specific.ipv6,
        default.logical if specific.logical is None else specific.logical,
        default.respect_ttl if specific.respect_ttl is None else specific.respect_ttl,
    )


def on_cluster(dns: Dns) -> ClusterFragment:
    """The cluster's discovery: every cluster that Envoy looks up has this feature."""
    family = dns_common_v3.DnsLookupFamily
    choices = {(True, True): family.ALL, (False, True): family.V6_ONLY}
    discovery = dns_cluster_v3.DnsCluster(
        dns_lookup_family=choices.get((dns.ipv4 is not False, bool(dns.ipv6)), family.V4_ONLY),
        respect_dns_ttl=bool(dns.respect_ttl),
        all_addresses_in_single_endpoint=bool(dns.logical),
    )
    kind = cluster_v3.ClusterCustomClusterType(name="envoy.cluster.dns", typed_config=pack(discovery))
    return ClusterFragment(cluster={"cluster_type": kind})


def _summary(dns: Dns) -> str:
    families = [name for name, on in (("IPv4", dns.ipv4 is not False), ("IPv6", bool(dns.ipv6))) if on]
    return " and ".join(families)


FEATURE = Feature(
    "dns",
    Dns,
    _summary,
    inputs={"Mapping": Input((IPV4, IPV6, TYPE, TTL), parse), "Module": Input((IPV4, IPV6), parse_module)},
    defaults={"Mapping": Dns(ipv4=True), "Ingress": Dns(ipv4=True)},
    inherit=inherit,
    on_cluster=on_cluster,
)
