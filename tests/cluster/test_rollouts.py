"""Nothing is dropped while pods come and go: ours, and those behind us."""

from __future__ import annotations

import time

import pytest

from tests.cluster.harness import objects, workloads
from tests.cluster.harness.asking import Ask, answers
from tests.cluster.harness.figures import figure
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.objects import ingress, ingress_path, mapping, thing
from tests.cluster.harness.product import NAMESPACE, Product
from tests.cluster.harness.space import Space
from tests.cluster.harness.traffic import Flow, load, usual_flows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROLLS = 10
SLOWEST_IN_FLIGHT = 3.5
PROXY_SECONDS = 2.0
"""How long new connections may go to a pod that was killed: until kube-proxy has moved on."""


def served(space: Space, host: str, replicas: int = 2) -> None:
    """An Ingress on the host, with backends, answering."""
    space.create(workloads.client(space.image))
    space.backends("echo", replicas=replicas)
    space.create(ingress("echo", [(host, [ingress_path("/", "echo")])]))
    answers(space, Ask(host))


def test_given_load_when_the_product_is_rolled_out_anew_then_no_request_fails(product: Product, here: Space) -> None:
    served(here, "rollout.test")
    before = set(product.names())
    with load(here, *usual_flows("rollout.test")) as running:
        started = time.monotonic()
        kubectl("-n", NAMESPACE, "rollout", "restart", "deployment/ambassador")
        kubectl("-n", NAMESPACE, "rollout", "status", "deployment/ambassador", "--timeout=240s", seconds=250.0)
        product.becomes_ready()
        took = time.monotonic() - started
    assert not before & set(product.names())
    figure("rollout of ambassador, 2 replicas", f"{took:.0f} s; {running.told()}")
    assert running.failed == 0, running.failures
    assert running.outcomes["3 s"].requests > 10


@pytest.mark.parametrize("way", ["ingress", "mapping", "mapping-endpoints"])
def test_given_load_when_a_backend_is_rolled_ten_times_then_no_request_fails(
    product: Product, here: Space, way: str
) -> None:
    host = f"{way}.test"
    served_host = objects.host(host)
    here.create(workloads.client(here.image))
    here.backends("echo", replicas=2)
    made = {
        "ingress": [ingress("echo", [(host, [ingress_path("/", "echo")])])],
        "mapping": [served_host, mapping("echo", host, "/", "echo")],
        "mapping-endpoints": [
            served_host,
            thing("KubernetesEndpointResolver", "endpoint", {}),
            mapping("echo", host, "/", "echo", resolver="endpoint", load_balancer={"policy": "round_robin"}),
        ],
    }
    here.create(*made[way])
    answers(here, Ask(host))
    with load(
        here, Flow("keep-alive", host, rate=100.0, connections=8), Flow("new", host, rate=30.0, reuse=False)
    ) as run:
        for _ in range(ROLLS):
            kubectl("-n", here.name, "rollout", "restart", "deployment/echo")
            here.rolled_out("echo")
    figure(f"{ROLLS} rolls of a backend behind {way}", run.told())
    assert run.failed == 0, run.failures
    assert len(run.outcomes["keep-alive"].pods) >= ROLLS * 2, "each roll replaced both pods, and all answered"


def test_given_load_when_one_pod_is_killed_then_only_its_own_requests_and_the_first_seconds_suffer(
    product: Product, here: Space
) -> None:
    served(here, "killed.test")
    victim = product.names()[0]
    with load(here, *usual_flows("killed.test")) as running:
        time.sleep(3)
        killed = time.time()
        kubectl("-n", NAMESPACE, "delete", "pod", victim, "--grace-period=0", "--force", "--wait=false")
        product.becomes_ready()
        time.sleep(5)
    late = [one for one in running.failures if not killed - SLOWEST_IN_FLIGHT <= one["began"] <= killed + PROXY_SECONDS]
    last = max((one["began"] - killed for one in running.failures), default=0.0)
    figure("one pod force-deleted", f"{running.told()}; the last that failed began {last:.2f} s after")
    assert late == []
