"""Ingress v1 as Kubernetes' conformance list has it: 25 scenarios, asked through the Service, as a black box."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.harness.asking import Ask, answers, ask
from tests.cluster.harness.certificates import tls_secret
from tests.cluster.harness.objects import Json, backend, ingress, ingress_path, thing
from tests.cluster.harness.product import PUBLIC_ADDRESS, Product, give_address
from tests.cluster.harness.space import Space
from tests.cluster.harness.waiting import until

SERVICES = ("one", "two", "three", "four")
SECURE = "foo.bar.test"
REPLICAS = 10

PATHS: dict[str, list[Json]] = {
    "exact.test": [ingress_path("/foo", "one", kind="Exact")],
    "prefix.test": [
        ingress_path("/foo", "one"),
        ingress_path("/aaa/bbb", "two"),
        ingress_path("/aaa", "three"),
    ],
    "mixed.test": [ingress_path("/foo", "one"), ingress_path("/foo", "two", kind="Exact")],
    "slash.test": [ingress_path("/aaa/bbb/", "one"), ingress_path("/foo/", "two", kind="Exact")],
}
"""Hosts of the path rules, and what stands on them."""

NAMED_PORT = ingress_path("/", "two", "http")

CASES = [
    # host rules
    ("foo.bar.test", "http", "/", 308, ""),
    ("foo.bar.test", "https", "/", 200, "one"),
    ("sub.bar.test", "http", "/", 404, ""),
    ("bar.foo.test", "http", "/", 200, "two"),
    ("baz.bar.foo.test", "http", "/", 404, ""),
    ("foo.test", "http", "/", 404, ""),
    # path rules: exact
    ("exact.test", "http", "/foo", 200, "one"),
    ("exact.test", "http", "/foo/", 404, ""),
    ("exact.test", "http", "/FOO", 404, ""),
    ("exact.test", "http", "/bar", 404, ""),
    # path rules: by prefix
    ("prefix.test", "http", "/foo", 200, "one"),
    ("prefix.test", "http", "/foo/", 200, "one"),
    ("prefix.test", "http", "/FOO", 404, ""),
    ("prefix.test", "http", "/aaa/bbb", 200, "two"),
    ("prefix.test", "http", "/aaa/bbb/ccc", 200, "two"),
    ("prefix.test", "http", "/aaa/ccc", 200, "three"),
    ("prefix.test", "http", "/aaaccc", 404, ""),
    # path rules: an exact one beats an equal prefix
    ("mixed.test", "http", "/foo", 200, "two"),
    ("mixed.test", "http", "/foo/x", 200, "one"),
    # path rules: slashes at the end
    ("slash.test", "http", "/aaa/bbb", 200, "one"),
    ("slash.test", "http", "/aaa/bbb/", 200, "one"),
    ("slash.test", "http", "/foo/", 200, "two"),
    ("slash.test", "http", "/foo", 404, ""),
]


@pytest.fixture(scope="module")
def certificate(product_for_all: Space) -> str:
    """The certificate of SECURE, as PEM."""
    made, pem = tls_secret("secure", SECURE)
    product_for_all.create(made)
    return pem


@pytest.fixture(scope="module")
def product_for_all(installed: Product, shared: Space) -> Space:
    """The namespace of all cases, with its Services."""
    give_address(installed.api)
    shared.backends(*SERVICES)
    return shared


@pytest.fixture(scope="module")
def served(product_for_all: Space, certificate: str) -> Space:
    """All Ingresses of the table, served."""
    rules = [(SECURE, [ingress_path("/", "one")]), ("*.foo.test", [NAMED_PORT])]
    product_for_all.create(
        ingress("hosts", rules, tls=[{"hosts": [SECURE], "secretName": "secure"}]),
        *(ingress(host.replace(".", "-"), [(host, paths)]) for host, paths in PATHS.items()),
    )
    answers(product_for_all, Ask(SECURE, scheme="https"))
    for host, paths in PATHS.items():
        answers(product_for_all, Ask(host, paths[0]["path"]))
    return product_for_all


@pytest.mark.parametrize(("host", "scheme", "path", "status", "service"), CASES)
def test_given_host_and_path_rules_then_each_request_gets_its_backend_or_none(
    product: Product, served: Space, certificate: str, host: str, scheme: str, path: str, status: int, service: str
) -> None:
    (answer,) = ask(served, Ask(host, path, scheme=scheme, ca=certificate if scheme == "https" else ""))
    assert (answer.status, answer.service) == (status, service), answer
    if service:
        assert answer.told["path"] == path


@pytest.fixture
def default_backend(served: Space) -> Iterator[Space]:
    """An Ingress that takes whatever no host rule takes."""
    served.create(ingress("default", [], defaultBackend=backend("four")))
    answers(served, Ask("nobody.test"))
    yield served
    served.delete("Ingress", "default")
    answers(served, Ask("nobody.test"), 404)


def test_given_a_default_backend_then_it_takes_any_host_path_and_method(
    product: Product, default_backend: Space
) -> None:
    examples = [
        ("my-host.test", "/", "GET"),
        ("my-host.test", "/sentry/keepalive", "GET"),
        ("my-host.test", "/", "POST"),
        ("other.test", "/path", "PUT"),
        ("other.test", "/deep/path?q=1", "DELETE"),
        ("any.test", "/", "PATCH"),
    ]
    agent = (("User-Agent", "conformance/1"),)
    asked = [Ask(host, path, method, headers=agent, body="x" * 9) for host, path, method in examples]
    for request, answer in zip(asked, ask(default_backend, *asked), strict=True):
        assert (answer.status, answer.service, answer.version) == (200, "four", 11)
        assert {"content-length", "content-type", "date", "server"} <= set(answer.headers)
        told = answer.told
        assert (told["method"], told["path"], told["version"]) == (request.method, request.path, "HTTP/1.1")
        assert told["headers"]["user-agent"] == "conformance/1"
    (known,) = ask(default_backend, Ask("exact.test", "/bar"))
    assert known.status == 404, "a host that has rules of its own keeps its unknown paths"


def test_given_the_class_of_another_controller_then_its_ingress_is_neither_served_nor_touched(
    product: Product, served: Space
) -> None:
    served.create(
        ingress("foreign", [("foreign.test", [ingress_path("/", "one")])], ingress_class="some-invalid-class"),
        ingress("after-foreign", [("after-foreign.test", [ingress_path("/", "one")])]),
    )
    answers(served, Ask("after-foreign.test"))
    address = [{"ip": PUBLIC_ADDRESS}]
    until(
        lambda: served.get("Ingress", "after-foreign")["status"]["loadBalancer"].get("ingress") == address,
        "the Ingress of our class gets its address",
    )
    found = served.get("Ingress", "foreign")
    assert found["status"] == {"loadBalancer": {}}
    assert [entry for entry in found["metadata"]["managedFields"] if entry.get("subresource") == "status"] == []
    (answer,) = ask(served, Ask("foreign.test"))
    assert answer.status == 404


def test_given_many_replicas_then_requests_go_to_all_of_them(product: Product, served: Space) -> None:
    served.backends("many", replicas=REPLICAS)
    served.create(ingress("many", [("many.test", [ingress_path("/", "many")])]))

    def all_known() -> bool:
        got = ask(served, *[Ask("many.test")] * (4 * REPLICAS))
        return len({answer.told.get("pod") for answer in got if answer.status == 200}) == REPLICAS

    until(all_known, "all replicas answer", 30.0)
    got = ask(served, *[Ask("many.test")] * 100)
    assert [answer.status for answer in got] == [200] * 100
    assert len({answer.told["pod"] for answer in got}) == REPLICAS


def test_given_two_ingresses_of_one_host_then_their_paths_are_merged(product: Product, served: Space) -> None:
    served.create(
        ingress("merged-a", [("merged.test", [ingress_path("/a", "one")])]),
        ingress("merged-b", [("merged.test", [ingress_path("/b", "two")])]),
    )
    answers(served, Ask("merged.test", "/b"))
    got = ask(served, Ask("merged.test", "/a/x"), Ask("merged.test", "/b/x"), Ask("merged.test", "/c"))
    assert [(answer.status, answer.service) for answer in got] == [(200, "one"), (200, "two"), (404, "")]


def test_given_a_certificate_that_is_replaced_then_new_connections_get_the_new_one(
    product: Product, served: Space
) -> None:
    host = "rotated.test"
    old, old_pem = tls_secret("rotated", host, serial=1)
    new, new_pem = tls_secret("rotated", host, serial=2)
    served.create(
        old, ingress("rotated", [(host, [ingress_path("/", "one")])], tls=[{"hosts": [host], "secretName": "rotated"}])
    )
    answers(served, Ask(host, scheme="https", ca=old_pem))
    served.patch("Secret", "rotated", {"data": new["data"]})
    answers(served, Ask(host, scheme="https", ca=new_pem))
    (refused,) = ask(served, Ask(host, scheme="https", ca=old_pem))
    assert "CERTIFICATE_VERIFY_FAILED" in refused.error


def test_given_the_annotation_of_another_controller_then_it_warns_or_closes_what_it_would_protect(
    product: Product, served: Space
) -> None:
    prefix = "nginx.ingress.kubernetes.io/"
    plain = ingress("comfort", [("comfort.test", [ingress_path("/", "one")])])
    guarded = ingress("guarded", [("guarded.test", [ingress_path("/", "one")])])
    served.create(
        {**plain, "metadata": {"name": "comfort", "annotations": {f"{prefix}proxy-buffering": "on"}}},
        {**guarded, "metadata": {"name": "guarded", "annotations": {f"{prefix}auth-url": "http://auth.test/"}}},
    )
    answers(served, Ask("comfort.test"), 200)
    answers(served, Ask("guarded.test"), 500)
    with product.page() as page:
        found = {(one["source"]["name"], one["severity"]) for one in page.problems(served.name)}
    assert {("comfort", "warning"), ("guarded", "error")} <= found


def test_given_the_old_annotation_instead_of_a_class_then_the_ingress_is_ours(product: Product, served: Space) -> None:
    old = ingress("old", [("old.test", [ingress_path("/", "one")])], ingress_class=None)
    metadata = {"name": "old", "annotations": {"kubernetes.io/ingress.class": "ambassador"}}
    served.create({**old, "metadata": metadata})
    assert answers(served, Ask("old.test")).service == "one"


def test_given_a_second_class_of_ours_then_both_are_served_and_its_parameters_are_warned_about(
    product: Product, served: Space
) -> None:
    name = f"second-{served.name}"
    spec = {
        "controller": "getambassador.io/ingress-controller",
        "parameters": {"apiGroup": "example.test", "kind": "Parameters", "name": "x", "scope": "Cluster"},
    }
    served.create(thing("IngressClass", name, spec))
    try:
        served.create(ingress("second", [("second.test", [ingress_path("/", "two")])], ingress_class=name))
        assert answers(served, Ask("second.test")).service == "two"
        (first,) = ask(served, Ask("exact.test", "/foo"))
        assert first.service == "one"
        with product.page() as page:
            assert any(one["source"]["name"] == name for one in page.problems())
    finally:
        served.delete("IngressClass", name)
