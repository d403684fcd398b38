"""The manifest's role is enough, and no rule of it is idle: without it something is missing, and said to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ambassador.kube.api import Api
from tests.cluster.harness.environment import image
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.local import Local, local
from tests.cluster.harness.objects import ingress, ingress_path, mapping, path, thing
from tests.cluster.harness.product import NAMESPACE, Product
from tests.cluster.harness.rights import Rule, grant, kubeconfig, revoke, rules
from tests.cluster.harness.space import Space, space
from tests.cluster.harness.waiting import until

LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases"


EVERY_KIND = {
    "Host": {"hostname": "rights.test"},
    "Listener": {
        "port": 9090,
        "protocol": "HTTP",
        "securityModel": "XFP",
        "hostBinding": {"namespace": {"from": "SELF"}},
    },
    "TLSContext": {"hosts": ["rights-tls.test"], "secret": "none"},
    "Module": {"config": {}},
    "KubernetesServiceResolver": {},
    "KubernetesEndpointResolver": {},
    "ConsulResolver": {"address": "consul.test:8500", "datacenter": "dc1"},
    "AuthService": {"auth_service": "auth.test:80"},
    "RateLimitService": {"service": "limits.test:80"},
    "TracingService": {"service": "traces.test:80", "driver": "zipkin"},
    "LogService": {"service": "logs.test:80", "driver": "http", "driver_config": {}},
    "TCPMapping": {"port": 9999, "service": "tcp.test:80"},
    "DevPortal": {"default": False},
}
"""One object of each kind of ours beside Mapping."""


@pytest.fixture(scope="module")
def alone(api: Api, installed: Product) -> Iterator[None]:
    """No replica of the product runs, so that whatever is written comes from the one under test."""
    kubectl("-n", NAMESPACE, "scale", "deployment/ambassador", "--replicas=0")
    until(lambda: not api.get(path("Pod", NAMESPACE))["items"], "the pods end", 90.0)
    yield
    kubectl("-n", NAMESPACE, "scale", "deployment/ambassador", "--replicas=2")
    installed.becomes_ready()


@pytest.fixture
def objects(api: Api, alone: None) -> Iterator[Space]:
    """One object of each kind whose status is written, and one (`bad`) that gets an Event."""
    with space(api, image(), "rights") as made:
        made.create(
            mapping("good", "rights.test", "/", "10.0.0.1:80"),
            mapping("bad", "rights.test", "/bad/", "127.0.0.1:8001", bypass_auth=True),
            *(thing(kind, "one", spec) for kind, spec in EVERY_KIND.items()),
            ingress("good", [("rights-ingress.test", [ingress_path("/", "none")])]),
        )
        yield made


def running(here: Space, folder: Path) -> Iterator[Local]:
    """The product as the service account, ready."""
    environment = {"AMBASSADOR_NAMESPACE": here.name, "AMBASSADOR_INGRESS_ADDRESS": "192.0.2.7"}
    with local(folder, kubeconfig(here, folder), **environment) as one:
        until(lambda: one.ready, one.log, 60.0)
        yield one


@pytest.fixture
def limited(objects: Space, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Local]:
    """The product with the rights that the test's parameter leaves."""
    grant(objects, request.param)
    try:
        yield from running(objects, tmp_path)
    finally:
        revoke(objects)


@pytest.mark.parametrize("limited", [None], indirect=True, ids=["all rules"])
def test_given_the_manifest_s_role_then_nothing_is_forbidden_and_every_right_is_used(
    objects: Space, limited: Local
) -> None:
    objects.becomes("Mapping", "good", "Ready")
    objects.becomes("Mapping", "bad", "Error")
    until(lambda: objects.get("Ingress", "good")["status"]["loadBalancer"], "the Ingress has its address")
    until(lambda: has_event(objects), "an Event tells of the bad Mapping")
    assert not [one for one in limited.page.problems() if one["reason"] == "Unreadable"]
    assert "forbidden" not in limited.log().lower()


READS = [rule for rule in rules() if "list" in rule.verbs]
WRITES = [rule for rule in rules() if "list" not in rule.verbs]


@pytest.mark.parametrize("limited", READS, indirect=True, ids=str)
def test_given_a_role_without_a_rule_to_read_then_each_kind_is_named_and_the_rest_works(
    objects: Space, limited: Local, request: pytest.FixtureRequest
) -> None:
    rule: Rule = request.node.callspec.params["limited"]
    problems = [one["message"] for one in limited.page.problems() if one["reason"] == "Unreadable"]
    for resource in rule.resources:
        assert any(message.startswith(resource) and "cannot be read" in message for message in problems), resource
    if "mappings" not in rule.resources:
        assert "rights.test" in limited.page.hosts()
    assert "cannot be read" in limited.log() or "forbidden" in limited.log()


@pytest.mark.parametrize("limited", WRITES, indirect=True, ids=str)
def test_given_a_role_without_a_rule_to_write_then_what_is_not_written_is_said(
    objects: Space, limited: Local, request: pytest.FixtureRequest
) -> None:
    rule: Rule = request.node.callspec.params["limited"]
    for resource in rule.resources:
        until(lambda resource=resource: refusals(limited, resource), lambda: limited.log(), 30.0)
    if "mappings/status" in rule.resources or "leases" in rule.resources:
        assert objects.state("Mapping", "good") == ""
    if "ingresses/status" in rule.resources:
        assert objects.get("Ingress", "good")["status"] == {"loadBalancer": {}}
    if "events" in rule.resources:
        assert not has_event(objects)


def refusals(limited: Local, resource: str) -> list[str]:
    """What the log says of rights to write that are missing."""
    return [line for line in limited.log().splitlines() if "forbidden" in line and resource in line]


def has_event(here: Space) -> bool:
    return any(event["involvedObject"]["name"] == "bad" for event in here.list("Event"))
