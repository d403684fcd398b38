"""The scenarios of Kubernetes' conformance list for Ingress v1, as requests to a real Envoy."""

import pytest
from certificates import Pair, issue
from echo_backends import EchoBackend
from gateway import Gateway
from wanted import Object, backends, endpoint_slice, ingress, ingress_class, path, rule, secret, service, to
from web_client import Tls


@pytest.mark.parametrize(
    ("method", "host", "asked"),
    [
        ("GET", "my-host", "/"),
        ("GET", "my-host", "/test"),
        ("POST", "some-host", "/sub"),
        ("PUT", "resource", "/resource"),
        ("DELETE", "some-host", "/path"),
        ("PATCH", "my-host", "/path"),
    ],
)
def test_given_only_a_default_backend_then_every_request_gets_it_as_it_came(
    gateway: Gateway, blue: EchoBackend, method: str, host: str, asked: str
) -> None:
    gateway.apply(ingress("default-backend", defaultBackend=to("echo")), *backends(echo=blue.port))
    with gateway.connect() as connection:
        answer = connection.get(asked, host, method, user_agent="conformance", content_length="0")
    assert (answer.status, answer.backend) == (200, "blue")
    assert {"content-length", "content-type", "date", "server"} <= answer.headers.keys()
    assert (answer.echo["method"], answer.path) == (method, asked)
    assert (answer.echo["headers"]["user-agent"], answer.echo["headers"]["host"]) == ("conformance", host)


@pytest.fixture(scope="module")
def pair() -> Pair:
    return issue("foo.bar.com")


@pytest.fixture
def host_rules(gateway: Gateway, blue: EchoBackend, green: EchoBackend, pair: Pair) -> Gateway:
    """The one set of host rules that six scenarios share."""
    wild = rule("*.foo.com", path("/", "wildcard-foo-com"))
    exact = rule("foo.bar.com", path("/", "foo-bar-com", "http"))
    slice_named = endpoint_slice("foo-1", "foo-bar-com", green.port)
    slice_named["ports"] = [{"name": "http", "port": green.port}]
    gateway.apply(
        ingress("host-rules", wild, exact, tls=[{"hosts": ["foo.bar.com"], "secretName": "conformance-tls"}]),
        secret("conformance-tls", pair.certificate, pair.key),
        *backends(**{"wildcard-foo-com": blue.port}),
        service("foo-bar-com", ports=[{"name": "http", "port": 8080}]),
        slice_named,
    )
    return gateway


def test_given_a_secret_then_its_certificate_is_shown_for_its_host(host_rules: Gateway, pair: Pair) -> None:
    with host_rules.connect(Tls("foo.bar.com", alpn=("h2", "http/1.1"))) as connection:
        assert connection.tls.getpeercert(binary_form=True) == pair.der
        assert connection.tls.selected_alpn_protocol() == "h2"


def test_given_a_host_with_a_certificate_then_cleartext_is_sent_to_https(host_rules: Gateway) -> None:
    plain = host_rules.get("/a?b=c", "foo.bar.com")
    assert (plain.status, plain.headers["location"]) == (308, "https://foo.bar.com/a?b=c")
    answer = host_rules.get("/a?b=c", "foo.bar.com", Tls("foo.bar.com"))
    assert (answer.backend, answer.path) == ("green", "/a?b=c")


@pytest.mark.parametrize(
    ("host", "backend"),
    [
        ("subdomain.bar.com", "status 404"),
        ("bar.foo.com", "blue"),
        ("BAR.foo.com:8080", "blue"),
        ("bar.foo.com.", "blue"),
        ("baz.bar.foo.com", "status 404"),
        ("foo.com", "status 404"),
    ],
)
def test_given_a_wildcard_then_names_of_one_more_label_are_its(host_rules: Gateway, host: str, backend: str) -> None:
    assert host_rules.get("/", host).backend == backend


def test_given_another_controllers_class_then_its_ingress_is_left_alone(gateway: Gateway, blue: EchoBackend) -> None:
    gateway.apply(
        ingress("other", rule("other.test", path("/", "echo", "nonsense")), ingressClassName="some-invalid-class-name"),
        ingress("nginx", rule("nginx.test", path("no", "echo")), ingressClassName="nginx"),
        ingress_class("nginx", "k8s.io/ingress-nginx"),
        ingress("mine", rule("mine.test", path("/", "echo"))),
        *backends(echo=blue.port),
    )
    answers = {name: gateway.get("/", f"{name}.test").status for name in ("other", "nginx", "mine")}
    assert answers == {"other": 404, "nginx": 404, "mine": 200}
    found = {one["source"]["name"]: one for one in gateway.json("/objects?q=ingress")["objects"]}
    assert [found[name]["state"] for name in ("other", "nginx", "mine")] == ["ignored", "ignored", "accepted"]
    assert gateway.problems() == []


def test_given_ten_endpoints_then_a_hundred_requests_reach_each_of_them(gateway: Gateway) -> None:
    ten = [EchoBackend(f"pod-{number}").start() for number in range(10)]
    slices = [endpoint_slice(f"echo-{number}", "echo", one.port) for number, one in enumerate(ten)]
    gateway.apply(ingress("balanced", rule("load.test", path("/", "echo"))), service("echo"), *slices)
    with gateway.connect() as connection:
        answers = {connection.get("/", "load.test").backend for _ in range(100)}
    assert answers == {f"pod-{number}" for number in range(10)}
    for one in ten:
        one.stop()


RULES: dict[str, list[Object]] = {
    "exact-path-rules": [path("/foo", "blue", kind="Exact")],
    "prefix-path-rules": [
        path("/foo", "blue"),
        path("/aaa/bbb", "green"),
        path("/aaa", "blue"),
    ],
    "mixed-path-rules": [path("/foo", "blue"), path("/foo", "green", kind="Exact")],
    "trailing-slash-path-rules": [path("/aaa/bbb/", "blue"), path("/foo/", "green", kind="Exact")],
}


@pytest.mark.parametrize(
    ("host", "asked", "backend"),
    [
        ("exact-path-rules", "/foo", "blue"),
        ("exact-path-rules", "/foo/", "status 404"),
        ("exact-path-rules", "/FOO", "status 404"),
        ("exact-path-rules", "/bar", "status 404"),
        ("prefix-path-rules", "/foo", "blue"),
        ("prefix-path-rules", "/foo/", "blue"),
        ("prefix-path-rules", "/FOO", "status 404"),
        ("prefix-path-rules", "/aaa/bbb", "green"),
        ("prefix-path-rules", "/aaa/bbb/ccc", "green"),
        ("prefix-path-rules", "/aaa/ccc", "blue"),
        ("prefix-path-rules", "/aaaccc", "status 404"),
        ("prefix-path-rules", "/aaa/bbbccc", "blue"),
        ("mixed-path-rules", "/foo", "green"),
        ("mixed-path-rules", "/foo/", "blue"),
        ("trailing-slash-path-rules", "/aaa/bbb", "blue"),
        ("trailing-slash-path-rules", "/aaa/bbb/", "blue"),
        ("trailing-slash-path-rules", "/aaa/bbb/ccc", "blue"),
        ("trailing-slash-path-rules", "/foo/", "green"),
        ("trailing-slash-path-rules", "/foo", "status 404"),
    ],
)
def test_given_path_rules_then_they_are_by_element_the_longest_first_and_exact_before_prefix(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend, host: str, asked: str, backend: str
) -> None:
    given = [ingress("path-rules", *(rule(name, *paths) for name, paths in RULES.items()))]
    gateway.apply(*given, *backends(blue=blue.port, green=green.port))
    answer = gateway.get(asked, host)
    assert answer.backend == backend
    if answer.status == 200:
        assert answer.path == asked
