"""One replica writes, another takes over when it is gone, and while nothing happens nothing is written."""

from __future__ import annotations

import time

import pytest

from ambassador.kube.api import Api
from tests.cluster.harness.environment import Hooks
from tests.cluster.harness.figures import figure
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.objects import ingress, ingress_path, mapping, path
from tests.cluster.harness.product import LEASE, NAMESPACE, Product
from tests.cluster.harness.space import Space
from tests.cluster.harness.usage import WATCHER, cpu_seconds, signal_script
from tests.cluster.harness.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TAKEN_OVER_WITHIN = 20.0
IDLE_SECONDS, FULL_IDLE_SECONDS = 60.0, 300.0
MOST_CPU = 0.01
"""Of one core, for each pod."""

WATCHED = (
    "/apis/networking.k8s.io/v1/ingresses",
    "/apis/getambassador.io/v3alpha1/mappings",
    "/apis/getambassador.io/v3alpha1/hosts",
    "/apis/getambassador.io/v3alpha1/listeners",
    "/apis/getambassador.io/v3alpha1/tlscontexts",
    f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases",
    f"/api/v1/namespaces/{NAMESPACE}/events",
    f"/api/v1/namespaces/{NAMESPACE}/services",
)


def test_given_the_writer_s_pod_is_killed_then_another_writes_right_statuses_in_twenty_seconds(
    product: Product, here: Space
) -> None:
    leader = until(product.leader, "a replica holds the Lease")
    # Frozen first, so that it neither writes nor gives the Lease up while it is being killed.
    product.exec(leader, "python3", "-c", signal_script(WATCHER, "STOP"))
    kubectl("-n", NAMESPACE, "delete", "pod", leader, "--grace-period=0", "--force", "--wait=false")
    killed = time.monotonic()
    here.create(mapping("next", "next.test", "/", "10.0.0.1:80"), mapping("bad", "next.test", "/b/", "127.0.0.1:8001"))
    here.becomes("Mapping", "next", "Ready", 60.0)
    here.becomes("Mapping", "bad", "Error", 60.0)
    took = time.monotonic() - killed
    now = product.leader()
    figure("statuses after the writer's pod was killed", f"{took:.1f} s")
    assert now and now != leader
    assert took <= TAKEN_OVER_WITHIN


def test_given_the_writer_s_pod_is_deleted_in_order_then_another_takes_over_at_once(
    product: Product, here: Space
) -> None:
    leader = until(product.leader, "a replica holds the Lease")
    kubectl("-n", NAMESPACE, "delete", "pod", leader, "--wait=false")
    product.becomes_ready()
    here.create(mapping("next", "orderly.test", "/", "10.0.0.1:80"))
    started = time.monotonic()
    here.becomes("Mapping", "next", "Ready", 60.0)
    figure("status of a new object after the writer ended in good order", f"{time.monotonic() - started:.1f} s")
    assert product.leader() not in ("", leader)


def versions(api: Api) -> dict[str, str]:
    """Of all objects that the product may write to: the resourceVersion by path and name."""
    found = {}
    for collection in WATCHED:
        for item in api.get(collection)["items"]:
            meta = item["metadata"]
            found[f"{collection}: {meta.get('namespace', '')}/{meta['name']}"] = meta["resourceVersion"]
    return found


def test_given_nothing_happens_then_only_the_lease_is_written_and_no_processor_time_is_spent(
    product: Product, here: Space, cluster: Hooks
) -> None:
    here.backends("idle")
    here.create(
        ingress("idle", [("idle.test", [ingress_path("/", "idle")])]), mapping("idle", "idle.test", "/m/", "idle")
    )
    here.becomes("Mapping", "idle", "Ready")
    until(lambda: here.get("Ingress", "idle")["status"].get("loadBalancer") is not None, "the Ingress has its status")
    wait = cluster.seconds(IDLE_SECONDS, FULL_IDLE_SECONDS)
    pods = product.names()
    renewals = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases: {NAMESPACE}/{LEASE}"
    before = versions(product.api)
    cpu = {pod: cpu_seconds(product, pod) for pod in pods}
    started = time.monotonic()
    time.sleep(wait)
    spent = {pod: (cpu_seconds(product, pod) - cpu[pod]) / (time.monotonic() - started) for pod in pods}
    after = versions(product.api)
    # Namespaces of earlier tests may still be on their way out.
    changed = {name for name, version in after.items() if before.get(name) != version}
    figure(f"idle for {wait:.0f} s, share of a core by pod", " ".join(f"{share:.2%}" for share in spent.values()))
    assert changed == {renewals}
    assert product.api.get(path("Lease", NAMESPACE, LEASE))["spec"]["holderIdentity"]
    assert max(spent.values()) < MOST_CPU, spent
