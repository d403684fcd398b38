"""Given several Ingresses, Hosts and Mappings, when a request comes, then the right one has it."""

from collections.abc import Iterator

import pytest
from certificates import issue
from echo_backends import EchoBackend
from gateway import Gateway
from wanted import (
    Object,
    backends,
    endpoint_slice,
    host,
    ingress,
    ingress_class,
    mapping,
    path,
    rule,
    secret,
    service,
    to,
)
from web_client import Closed, Tls

from tests.free_ports import free_ports

NGINX = "nginx.ingress.kubernetes.io/"


@pytest.fixture
def two(blue: EchoBackend, green: EchoBackend) -> Iterator[list[Object]]:
    yield backends(blue=blue.port, green=green.port)


def answers(gateway: Gateway, host_name: str, *paths: str) -> list[str]:
    return [gateway.get(one, host_name).backend for one in paths]


def test_given_two_ingresses_for_one_host_then_both_are_served(gateway: Gateway, two: list[Object]) -> None:
    gateway.apply(
        ingress("one", rule("a.test", path("/a", "blue"))), ingress("two", rule("A.test", path("/b", "green"))), *two
    )
    assert answers(gateway, "a.test", "/a", "/b", "/c") == ["blue", "green", "status 404"]


def test_given_one_path_twice_then_the_oldest_has_it_and_the_next_when_that_goes(
    gateway: Gateway, two: list[Object]
) -> None:
    old = ingress("z-old", rule("a.test", path("/a", "blue")), created="2024-01-01T00:00:00Z")
    young = ingress("a-young", rule("a.test", path("/a", "green")), created="2024-01-02T00:00:00Z")
    gateway.apply(young, old, *two)
    assert answers(gateway, "a.test", "/a/x") == ["blue"]
    (problem,) = gateway.problems("Conflict")
    assert (problem["source"]["name"], problem["path"]) == ("a-young", "spec.rules[0].http.paths[0]")
    gateway.apply(young, *two)
    assert answers(gateway, "a.test", "/a/x") == ["green"]


def test_given_a_host_of_its_own_then_nothing_falls_through_to_wildcards_or_to_any_host(
    gateway: Gateway, two: list[Object]
) -> None:
    gateway.apply(
        ingress("exact", rule("a.wild.test", path("/a", "blue"))),
        ingress("default", rule("b.wild.test", path("/a", "blue")), defaultBackend=to("green")),
        ingress("empty", {"host": "c.wild.test"}),
        ingress("wild", rule("*.wild.test", path("/w", "blue"))),
        ingress("any", rule(None, path("/a", "green"), path("/w", "green"), path("/x", "green"))),
        *two,
    )
    assert answers(gateway, "a.wild.test", "/a", "/w", "/x") == ["blue", "status 404", "status 404"]
    assert answers(gateway, "b.wild.test", "/a", "/w", "/x") == ["blue", "green", "green"]
    assert answers(gateway, "c.wild.test", "/a", "/w", "/x") == ["status 404"] * 3
    assert answers(gateway, "d.wild.test", "/a", "/w", "/x") == ["status 404", "blue", "status 404"]
    assert answers(gateway, "e.d.wild.test", "/a", "/w", "/x") == ["green"] * 3
    assert answers(gateway, "wild.test", "/a", "/w", "/x") == ["green"] * 3


def test_given_ingresses_and_mappings_on_one_host_then_they_are_asked_in_the_order_that_is_shown(
    gateway: Gateway, two: list[Object]
) -> None:
    def under(prefix: str, name: str, **spec: object) -> Object:
        return mapping(name, prefix, "green", hostname="a.test", rewrite="", **spec)

    gateway.apply(
        ingress("web", rule("a.test", path("/a/b", "blue"), path("/", "blue"), path("/exact", "blue", kind="Exact"))),
        under("/a/", "short"),
        under("/exact/", "below"),
        under("/b", "same-length"),
        under("/", "first", precedence=1, headers={"x-first": "yes"}),
        *two,
    )
    asked = ["/a/b/c", "/a/c", "/c", "/exact", "/exact/x", "/b"]
    assert answers(gateway, "a.test", *asked) == ["blue", "green", "blue", "blue", "green", "green"]
    with gateway.connect() as connection:
        assert connection.get("/a/b", "a.test", x_first="yes").backend == "green"
    shown = gateway.json("/routes?host=a.test")["listeners"][0]["hosts"][0]["routes"]
    assert [one["name"] for one in shown] == [
        "mapping/default/first",
        "mapping/default/below",
        "ingress/default/web/a.test=/exact",
        "ingress/default/web/a.test/a/b",
        "mapping/default/short",
        "mapping/default/same-length",
        "ingress/default/web/a.test/",
    ]


def test_given_a_host_object_then_it_governs_its_name_and_mappings_are_served_where_hosts_are_only(
    gateway: Gateway, two: list[Object]
) -> None:
    pair = issue("a.test")
    gateway.apply(
        ingress("web", rule("a.test", path("/", "blue")), tls=[{"hosts": ["a.test"], "secretName": "tls"}]),
        ingress("other", rule("b.test", path("/", "blue"))),
        host("a", "a.test", insecure="Reject"),
        mapping("all", "/m", "green"),
        secret("tls", pair.certificate, pair.key),
        *two,
    )
    assert answers(gateway, "a.test", "/", "/m") == ["status 400", "status 400"]
    assert gateway.get("/", "a.test", Tls("a.test")).backend == "blue"
    assert gateway.get("/m", "a.test", Tls("a.test")).backend == "green"
    assert answers(gateway, "b.test", "/", "/m") == ["blue", "blue"]


def test_given_a_class_that_comes_and_goes_then_its_ingresses_do(gateway: Gateway, two: list[Object]) -> None:
    named = ingress("named", rule("a.test", path("/", "blue")), ingressClassName="mine")
    unnamed = ingress("unnamed", rule("b.test", path("/", "blue")), ingressClassName=None)
    gateway.apply(named, unnamed, *two)
    assert answers(gateway, "a.test", "/") + answers(gateway, "b.test", "/") == ["status 404"] * 2
    gateway.apply(named, unnamed, ingress_class("mine"), *two)
    assert answers(gateway, "a.test", "/") + answers(gateway, "b.test", "/") == ["blue", "status 404"]
    gateway.apply(named, unnamed, ingress_class("mine", default=True), *two)
    assert answers(gateway, "a.test", "/") + answers(gateway, "b.test", "/") == ["blue"] * 2


def test_given_a_certificate_that_is_missing_then_https_is_closed_and_cleartext_redirected_until_it_comes(
    gateway: Gateway, two: list[Object]
) -> None:
    other, first, second = issue("other.test"), issue("a.test"), issue("a.test")
    entries = [{"hosts": ["a.test"], "secretName": "tls"}, {"hosts": ["other.test"], "secretName": "other"}]
    given = [ingress("web", rule("a.test", path("/", "blue")), tls=entries), *two]
    given.append(secret("other", other.certificate, other.key))
    gateway.apply(*given)
    assert answers(gateway, "a.test", "/") == ["status 308"]
    with pytest.raises(Closed):
        gateway.connect(Tls("a.test"))
    (problem,) = gateway.problems("InvalidCertificate")
    assert problem["path"] == "spec.tls[0].secretName"
    for pair in (first, second):
        gateway.apply(*given, secret("tls", pair.certificate, pair.key))
        with gateway.connect(Tls("a.test")) as connection:
            assert connection.tls.getpeercert(binary_form=True) == pair.der
            assert connection.get("/", "a.test").backend == "blue"


def test_given_a_challenge_on_a_host_with_a_certificate_then_it_is_answered_in_cleartext(
    gateway: Gateway, two: list[Object]
) -> None:
    pair = issue("a.test")
    challenge = path("/.well-known/acme-challenge/token", "green", kind="Exact")
    gateway.apply(
        ingress("web", rule("a.test", path("/", "blue")), tls=[{"hosts": ["a.test"], "secretName": "tls"}]),
        ingress(
            "solver",
            rule("a.test", challenge),
            annotations={f"{NGINX}whitelist-source-range": "0.0.0.0/0,::/0"},
        ),
        secret("tls", pair.certificate, pair.key),
        *two,
    )
    assert answers(gateway, "a.test", "/.well-known/acme-challenge/token", "/") == ["green", "status 308"]
    with_port = gateway.get("/x", f"a.test:{gateway.settings.http_port}")
    assert with_port.headers["location"] == f"https://a.test:{gateway.settings.https_port}/x"


def test_given_ssl_redirect_off_then_cleartext_is_served(gateway: Gateway, two: list[Object]) -> None:
    pair = issue("a.test")
    gateway.apply(
        ingress(
            "web",
            rule("a.test", path("/", "blue")),
            tls=[{"hosts": ["a.test"], "secretName": "tls"}],
            annotations={f"{NGINX}ssl-redirect": "false"},
        ),
        secret("tls", pair.certificate, pair.key),
        *two,
    )
    assert answers(gateway, "a.test", "/") == ["blue"]
    assert gateway.get("/", "a.test", Tls("a.test")).backend == "blue"
    assert gateway.problems() == []


def test_given_annotations_that_protect_then_their_routes_answer_500_and_the_others_are_served(
    gateway: Gateway, two: list[Object]
) -> None:
    gateway.apply(
        ingress("shut", rule("a.test", path("/shut", "blue")), annotations={f"{NGINX}auth-url": "https://auth.test"}),
        ingress("open", rule("a.test", path("/", "green")), annotations={f"{NGINX}proxy-body-size": "1m"}),
        *two,
    )
    assert answers(gateway, "a.test", "/shut", "/") == ["status 500", "green"]
    found = {one["severity"]: one["path"] for one in gateway.problems("NotSupported")}
    prefix = "metadata.annotations.nginx.ingress.kubernetes.io"
    assert found == {"error": f"{prefix}/auth-url", "warning": f"{prefix}/proxy-body-size"}


def test_given_backends_that_are_not_there_then_their_paths_say_so_at_once(gateway: Gateway, two: list[Object]) -> None:
    resource = {"path": "/resource", "pathType": "Prefix", "backend": {"resource": {"kind": "Bucket", "name": "b"}}}
    gateway.apply(
        ingress(
            "web",
            rule(
                "a.test",
                path("/missing", "nobody"),
                path("/port", "blue", 81),
                path("/empty", "empty"),
                resource,
                path("/", "blue"),
            ),
        ),
        service("empty"),
        endpoint_slice("empty-1", "empty", free_ports(1)[0], ready=False),
        *two,
    )
    asked = ["/missing", "/port", "/empty", "/resource", "/"]
    assert answers(gateway, "a.test", *asked) == ["status 503"] * 3 + ["status 404", "blue"]
    places = {one["path"].removeprefix("spec.rules[0].http.paths") for one in gateway.problems()}
    assert places == {
        "[0].backend.service.name",
        "[1].backend.service.port.number",
        "[2].backend.service.name",
        "[3].backend.resource",
    }
