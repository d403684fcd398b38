"""Given Mappings, when a request comes, then this backend gets it."""

from typing import Any

import pytest
from echo_backends import EchoBackend
from gateway import Gateway
from wanted import endpoint_slice, endpoints, host, mapping, service


@pytest.mark.parametrize(
    ("spec", "taken", "refused"),
    [
        ({"prefix": "/a/"}, ["/a/", "/a/b?c"], ["/a", "/A/", "/b/"]),
        ({"prefix": "/a"}, ["/a", "/ab", "/a/b"], ["/A", "/b"]),
        ({"prefix": "/a/", "case_sensitive": False}, ["/A/x", "/a/x"], ["/b/"]),
        ({"prefix": "/a", "prefix_exact": True}, ["/a", "/a?b=c"], ["/a/", "/ab"]),
        ({"prefix": "/a/[0-9]+", "prefix_regex": True}, ["/a/12", "/a/1?x"], ["/a/", "/a/12/x", "/x/a/1"]),
        ({"prefix": "/", "method": "PUT"}, [], ["/"]),
        ({"prefix": "/", "headers": {"x-a": "1"}}, [], ["/"]),
        ({"prefix": "/", "query_parameters": {"a": "1"}}, ["/?a=1", "/x?b=2&a=1"], ["/", "/?a=2", "/?b=1"]),
        ({"prefix": "/", "regex_query_parameters": {"a": "[0-9]+"}}, ["/?a=12"], ["/?a=x", "/?a="]),
        ({"prefix": "/", "query_parameters": {"a": True}}, ["/?a=1", "/?a="], ["/?b=1"]),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_given_a_match_then_only_what_fits_is_forwarded(
    gateway: Gateway, blue: EchoBackend, spec: dict[str, Any], taken: list[str], refused: list[str]
) -> None:
    gateway.apply(mapping("one", service=blue.address, **spec))
    with gateway.connect() as connection:
        assert {path: connection.get(path).status for path in taken} == dict.fromkeys(taken, 200)
        assert {path: connection.get(path).status for path in refused} == dict.fromkeys(refused, 404)


def test_given_methods_and_headers_then_each_request_gets_its_own_backend(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    gateway.apply(
        mapping("any", "/", blue.address),
        mapping("put", "/", green.address, method="PUT"),
        mapping("exact", "/", green.address, headers={"x-exact": "yes"}),
        mapping("present", "/", green.address, headers={"x-there": True}),
        mapping("pattern", "/", green.address, regex_headers={"x-number": "[0-9]+"}),
        mapping("methods", "/", green.address, method="PATCH|OPTIONS", method_regex=True),
    )
    with gateway.connect() as connection:
        assert connection.get("/").backend == "blue"
        assert connection.get("/", x_exact="no").backend == "blue"
        assert connection.get("/", x_exact="yes").backend == "green"
        assert connection.get("/", x_there="whatever").backend == "green"
        assert connection.get("/", x_number="17").backend == "green"
        assert connection.get("/", x_number="17a").backend == "blue"
        assert connection.get("/", method="PUT").backend == "green"
        assert connection.get("/", method="OPTIONS").backend == "green"


def test_given_prefixes_that_nest_then_the_longest_takes_the_request(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    gateway.apply(mapping("short", "/a/", blue.address), mapping("long", "/a/b/", green.address))
    assert gateway.get("/a/x").backend == "blue"
    assert gateway.get("/a/b/x").backend == "green"


def test_given_a_precedence_then_it_wins_over_the_longer_prefix(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    gateway.apply(mapping("first", "/a/", blue.address, precedence=10), mapping("long", "/a/b/", green.address))
    assert gateway.get("/a/b/x").backend == "blue"


def test_given_hosts_then_exact_wins_over_wildcard_and_both_over_any(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    gateway.apply(
        mapping("any", "/", blue.address, hostname="*", rewrite="/any"),
        mapping("wild", "/", blue.address, hostname="*.wild.test", rewrite="/wild"),
        mapping("exact", "/", green.address, hostname="one.wild.test", rewrite="/exact"),
        mapping("regex", "/regex/", green.address, host="r[0-9]+\\.test", host_regex=True, rewrite="/regex"),
        *(host(name, pattern) for name, pattern in (("h", "*"), ("w", "*.wild.test"), ("o", "one.wild.test"))),
    )
    with gateway.connect() as connection:
        assert connection.get("/", "one.wild.test").path == "/exact"
        assert connection.get("/", "One.Wild.Test:1234").path == "/exact"
        assert connection.get("/", "one.wild.test.").path == "/exact"
        assert connection.get("/", "two.wild.test").path == "/wild"
        assert connection.get("/", "wild.test").path == "/any"
        assert connection.get("/regex/", "r12.test").path == "/regex"
        assert connection.get("/regex/", "rx.test").path == "/anyregex/"


def test_given_a_canary_then_shares_hold_and_every_request_is_answered(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    gateway.apply(mapping("stable", "/c/", blue.address), mapping("canary", "/c/", green.address, weight=20))
    with gateway.connect() as connection:
        answers = [connection.get("/c/").backend for _ in range(2000)]
    # Of 2,000 at 20 %, the standard deviation is 18: 130 off happens once in 10^12 runs.
    assert 270 < answers.count("green") < 530
    assert answers.count("green") + answers.count("blue") == 2000


def test_given_weights_below_100_then_the_rest_falls_through_to_the_next_route(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    gateway.apply(
        mapping("part-1", "/c/deep/", green.address, weight=15),
        mapping("part-2", "/c/deep/", green.address, weight=15),
        mapping("rest", "/c/", blue.address),
    )
    with gateway.connect() as connection:
        answers = [connection.get("/c/deep/").backend for _ in range(1000)]
    assert 190 < answers.count("green") < 410
    assert answers.count("green") + answers.count("blue") == 1000


def test_given_a_service_that_does_not_exist_then_its_requests_get_503_and_a_warning_says_why(
    gateway: Gateway, blue: EchoBackend
) -> None:
    gateway.apply(mapping("lost", "/lost/", "nobody"), mapping("fine", "/fine/", blue.address))
    assert gateway.get("/lost/").status == 503
    assert gateway.get("/fine/").status == 200
    (problem,) = gateway.problems("UnknownService")
    assert problem["source"]["name"] == "lost"


def test_given_services_with_endpoints_or_slices_then_their_addresses_are_used_and_follow_edits(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    routes = [mapping("old", "/old/", "old:8080"), mapping("new", "/new/", "http://new.default")]
    services = [service("old", 8080), service("new", 80)]
    gateway.apply(*routes, *services, endpoints("old", blue.port), endpoint_slice("new-1", "new", green.port))
    assert gateway.get("/old/").backend == "blue"
    assert gateway.get("/new/").backend == "green"
    gateway.apply(*routes, *services, endpoints("old", green.port), endpoint_slice("new-1", "new", blue.port))
    assert gateway.get("/old/").backend == "green"
    assert gateway.get("/new/").backend == "blue"
    gateway.apply(*routes, *services, endpoints("old"), endpoint_slice("new-1", "new", blue.port, ready=False))
    assert gateway.get("/old/").status == 503
    assert gateway.get("/new/").status == 503
    assert {one["source"]["name"] for one in gateway.problems("NoEndpoints")} == {"old", "new"}


def test_given_a_backend_with_a_dns_name_then_envoy_looks_it_up(gateway: Gateway, blue: EchoBackend) -> None:
    # A headless Service without endpoints is looked up; names below localhost need no network (RFC 6761).
    gateway.apply(
        mapping("this-machine", "/this/", f"localhost:{blue.port}"),
        mapping("with-a-dot", "/dot/", f"localhost.:{blue.port}"),
        mapping("by-dns", "/dns/", f"echo.localhost.svc:{blue.port}"),
        service("echo", blue.port, "localhost"),
    )
    assert gateway.get("/this/").backend == "blue"
    assert gateway.get("/dot/").backend == "blue"
    assert gateway.get("/dns/").backend == "blue"
    assert "dns_lookup_family" in gateway.admin("/config_dump?resource=dynamic_active_clusters")
