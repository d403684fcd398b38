"""What all features have in common, and how each is inherited and summed up."""

from datetime import timedelta

import pytest

from ambassador.features import (
    FEATURES,
    client_address,
    client_certificate,
    cors,
    dns,
    header_format,
    headers,
    host_normalization,
    load_balancer,
    path_normalization,
    retry,
    rewrite,
    timeouts_route,
    timeouts_upstream,
    tls_downstream,
    tls_upstream,
    upgrades,
    upstream_protocol,
)
from ambassador.features.contract import AnyFeature
from ambassador.features.tls_options import TlsOptions
from ambassador.ir.features import FeatureConfig
from ambassador.ir.route import PathKind, PathMatch, RouteMatch


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_names_and_configurations_of_features_are_their_own() -> None:
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
    assert len({feature.config for feature in FEATURES}) == len(FEATURES)
    assert FEATURES[-1].http_filter is None or FEATURES[-1].name == "router"


def test_the_router_is_the_last_filter_and_the_only_one_that_always_runs() -> None:
    filters = [feature.http_filter for feature in FEATURES if feature.http_filter]
    assert [one.name for one in filters if one.always] == ["envoy.filters.http.router"]
    assert filters[-1].always


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_fields_name_has_one_meaning_in_one_kind(feature: AnyFeature) -> None:
    for kind, own in feature.inputs.items():
        others = [one.inputs[kind] for one in FEATURES if kind in one.inputs and one is not feature]
        assert own.names.isdisjoint(name for other in others for name in other.names)


INHERITED = [
    (
        timeouts_route.FEATURE,
        timeouts_route.RouteTimeouts(None, seconds(1)),
        timeouts_route.RouteTimeouts(seconds(3), seconds(2)),
        timeouts_route.RouteTimeouts(seconds(3), seconds(1)),
    ),
    (
        timeouts_route.FEATURE,
        timeouts_route.RouteTimeouts(seconds(0)),
        timeouts_route.RouteTimeouts(seconds(3)),
        timeouts_route.RouteTimeouts(seconds(0)),
    ),
    (
        timeouts_upstream.FEATURE,
        timeouts_upstream.UpstreamTimeouts(None, seconds(1)),
        timeouts_upstream.UpstreamTimeouts(seconds(3), seconds(2), seconds(9)),
        timeouts_upstream.UpstreamTimeouts(seconds(3), seconds(1), seconds(9)),
    ),
    (dns.FEATURE, dns.Dns(ipv6=True), dns.Dns(True, False, True, True), dns.Dns(True, True, True, True)),
    (
        dns.FEATURE,
        dns.Dns(False, None, False, False),
        dns.Dns(True, True, True, True),
        dns.Dns(False, True, False, False),
    ),
    (
        client_address.FEATURE,
        client_address.ClientAddress(trusted_hops=0),
        client_address.ClientAddress(False, 2),
        client_address.ClientAddress(False, 0),
    ),
    (
        client_address.FEATURE,
        client_address.ClientAddress(True),
        client_address.ClientAddress(False, 2),
        client_address.ClientAddress(True, 2),
    ),
    (
        headers.FEATURE,
        headers.Headers((headers.AddedHeader("X-A", "own"),), ("r1",)),
        headers.Headers((headers.AddedHeader("x-a", "d"), headers.AddedHeader("x-b", "d")), ("r2",), (), ("r3",)),
        headers.Headers(
            (headers.AddedHeader("X-A", "own"), headers.AddedHeader("x-b", "d")), ("r1", "r2"), (), ("r3",)
        ),
    ),
]


@pytest.mark.parametrize(("feature", "specific", "default", "merged"), INHERITED)
def test_given_a_specific_and_a_default_configuration_then_the_specific_one_is_completed(
    feature: AnyFeature, specific: FeatureConfig, default: FeatureConfig, merged: FeatureConfig
) -> None:
    assert feature.inherit is not None
    assert feature.inherit(specific, default) == merged


@pytest.mark.parametrize(
    ("kind", "path", "before", "after"),
    [
        (PathKind.PREFIX, "/a/", rewrite.Rewrite("/"), rewrite.Rewrite("/")),
        (PathKind.PREFIX, "/", rewrite.Rewrite("/"), None),
        (PathKind.PREFIX, "/a/", rewrite.Rewrite("/a/", host="b"), rewrite.Rewrite(host="b")),
        (PathKind.EXACT, "/a", rewrite.Rewrite("/"), rewrite.Rewrite("/")),
        (PathKind.REGEX, "/a", rewrite.Rewrite("/"), None),
        (PathKind.REGEX, "/a", rewrite.Rewrite("/", auto_host=True), rewrite.Rewrite(auto_host=True)),
        (
            PathKind.PREFIX,
            "/a/",
            rewrite.Rewrite("/", rewrite.RegexRewrite("a", "b")),
            rewrite.Rewrite(None, rewrite.RegexRewrite("a", "b")),
        ),
    ],
)
def test_given_a_rewrite_then_only_what_makes_sense_for_the_path_remains(
    kind: PathKind, path: str, before: rewrite.Rewrite, after: rewrite.Rewrite | None
) -> None:
    assert rewrite.adapt(before, RouteMatch("*", PathMatch(kind, path))) == after


SUMMARIES = [
    (rewrite.FEATURE, rewrite.Rewrite("/new/", host="b.test"), "prefix to /new/, host to b.test"),
    (
        rewrite.FEATURE,
        rewrite.Rewrite(regex=rewrite.RegexRewrite("a", "b"), auto_host=True),
        "path by a, host to the upstream's name",
    ),
    (retry.FEATURE, retry.Retry("5xx"), "1 on 5xx"),
    (retry.FEATURE, retry.Retry("5xx", 0), "0 on 5xx"),
    (timeouts_route.FEATURE, timeouts_route.RouteTimeouts(seconds(1.5), seconds(2)), "1.5 s a request, 2 s idle"),
    (timeouts_route.FEATURE, timeouts_route.RouteTimeouts(seconds(0), seconds(60)), "no limit of a request, 60 s idle"),
    (timeouts_route.FEATURE, timeouts_route.RouteTimeouts(None, seconds(0)), "no limit while idle"),
    (timeouts_upstream.FEATURE, timeouts_upstream.UpstreamTimeouts(seconds(3)), "connect 3 s"),
    (headers.FEATURE, headers.Headers((headers.AddedHeader("a", "1"),), ("b",)), "adds a; removes b"),
    (cors.FEATURE, cors.CrossOrigin(("https://a.test",)), "origins https://a.test"),
    (cors.FEATURE, cors.CrossOrigin(), "origins none"),
    (upgrades.FEATURE, upgrades.Upgrades(("websocket",)), "websocket"),
    (load_balancer.FEATURE, load_balancer.LoadBalancer("least_request"), "least request"),
    (dns.FEATURE, dns.Dns(ipv6=True), "IPv4 and IPv6"),
    (dns.FEATURE, dns.Dns(ipv4=False, ipv6=True), "IPv6"),
    (upstream_protocol.FEATURE, upstream_protocol.UpstreamProtocol(), "HTTP/2"),
    (tls_upstream.FEATURE, tls_upstream.UpstreamTls("a.test"), "TLS as a.test, certificate not checked"),
    (tls_upstream.FEATURE, tls_upstream.UpstreamTls(ca="ca/x"), "TLS"),
    (tls_downstream.FEATURE, tls_downstream.DownstreamTls(TlsOptions(("h2",), "v1.2")), "TLS v1.2 to default, h2"),
    (client_certificate.FEATURE, client_certificate.ClientCertificate("ca", True), "required"),
    (client_certificate.FEATURE, client_certificate.ClientCertificate("ca"), "optional"),
    (client_address.FEATURE, client_address.ClientAddress(), "0 trusted hops"),
    (path_normalization.FEATURE, path_normalization.PathNormalization(merge_slashes=True), "merges slashes"),
    (host_normalization.FEATURE, host_normalization.HostNormalization(strip_port=True), "strips the port"),
    (header_format.FEATURE, header_format.HeaderFormat("mine"), "server: mine"),
]


@pytest.mark.parametrize(("feature", "config", "text"), SUMMARIES)
def test_a_configuration_is_one_short_line_for_people(feature: AnyFeature, config: FeatureConfig, text: str) -> None:
    assert feature.summary(config) == text
