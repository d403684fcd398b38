"""Clusters and endpoints that are put together from parts say what one whole message would say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from envoy_data_plane.envoy.config.cluster import v3 as cluster_v3
from envoy_data_plane.envoy.config.core import v3 as core_v3

from ambassador.compile.clusters import encode_cluster
from ambassador.compile.endpoints import assignment_message, encode_assignment, is_this_machine
from ambassador.compile.names import cluster_name, fingerprint
from ambassador.features.timeouts_upstream import UpstreamTimeouts
from ambassador.ir.cluster import Address, Assignment, Cluster, DnsName, Endpoint, ServicePort
from ambassador.ir.features import EMPTY, FeatureBag
from ambassador.wire.encode import digest, encode
from ambassador.wire.readable import parse

_TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
_TIMED = FeatureBag((UpstreamTimeouts(connect=timedelta(seconds=2)),))
_ADS = core_v3.ConfigSource(ads=core_v3.AggregatedConfigSource(), resource_api_version=core_v3.ApiVersion.V3)


@pytest.mark.parametrize(
    "endpoints",
    [
        (),
        (Endpoint("10.0.0.1", 80),),
        (Endpoint("10.0.0.1", 80), Endpoint("fd00::1", 65535)),
        tuple(Endpoint(f"10.0.{number // 250}.{number % 250}", 8080) for number in range(300)),
    ],
)
def test_given_endpoints_then_their_bytes_are_those_of_the_message(endpoints: tuple[Endpoint, ...]) -> None:
    found = encode_assignment(Assignment("ns/backend/80", endpoints))
    assert found.body == encode(assignment_message("ns/backend/80", endpoints))
    assert (found.name, found.version) == ("ns/backend/80", digest(found.body))


@pytest.mark.parametrize("backend", [Address("10.0.0.1", 80), ServicePort("ns", "backend", 80)])
def test_given_a_backend_with_known_addresses_then_its_bytes_are_those_of_the_message(
    backend: Address | ServicePort,
) -> None:
    found = encode_cluster("c", Cluster(backend, _TIMED))
    eds = cluster_v3.ClusterEdsClusterConfig(eds_config=_ADS, service_name=backend.name)
    wanted = cluster_v3.Cluster(
        name="c",
        type=cluster_v3.ClusterDiscoveryType.EDS,
        eds_cluster_config=eds,
        connect_timeout=timedelta(seconds=2),
    )
    assert found.body == encode(wanted)
    assert found.references.endpoints == {backend.name}


def test_given_a_name_that_envoy_looks_up_then_the_cluster_holds_it() -> None:
    found = encode_cluster("c", Cluster(DnsName("outside.example.com", 8080), _TIMED))
    message = parse(_TYPE, found.body)
    assert isinstance(message, cluster_v3.Cluster)
    assert message.name == "c"
    assert message.connect_timeout == timedelta(seconds=2)
    assert message.load_assignment == assignment_message("c", (Endpoint("outside.example.com", 8080),))
    assert found.references.endpoints == frozenset()


@pytest.mark.parametrize("features", [EMPTY, _TIMED])
@pytest.mark.parametrize("backend", [Address("10.0.0.1", 80), ServicePort("ns", "b", 80), DnsName("x.test", 443)])
def test_given_a_cluster_then_its_name_ends_in_the_fingerprint_of_all_of_it(
    backend: Address | ServicePort | DnsName, features: FeatureBag
) -> None:
    cluster = Cluster(backend, features)
    assert cluster_name(cluster).endswith(f"-{fingerprint(cluster)}")


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1", True),
        ("127.255.1.2", True),
        ("169.254.169.254", True),
        ("0.0.0.0", True),
        ("::1", True),
        ("::", True),
        ("fe80::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:169.254.1.1", True),
        ("10.0.0.1", False),
        ("128.0.0.1", False),
        ("169.253.1.1", False),
        ("2001:db8::1", False),
        ("127.example.com", False),
        ("127.0.0.1.example.com", False),
        ("::g", False),
        ("", False),
    ],
)
def test_given_an_address_then_it_is_known_whether_it_leads_back_here(address: str, here: bool) -> None:
    assert is_this_machine(address) is here
