"""What users and clusters do to a gateway: no API server, a wrong kubeconfig, things that vanish, a full disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster.harness import workloads
from tests.cluster.harness.asking import Ask, answers, ask
from tests.cluster.harness.certificates import tls_secret
from tests.cluster.harness.figures import figure
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.local import local
from tests.cluster.harness.objects import Json, host, ingress, ingress_path, mapping, path, thing
from tests.cluster.harness.product import NAMESPACE, Product
from tests.cluster.harness.relay import Relay, server_of, through
from tests.cluster.harness.rights import write_kubeconfig
from tests.cluster.harness.space import Space
from tests.cluster.harness.waiting import until

CAUGHT_UP_WITHIN = 5.0


def run_once(kubeconfig: str) -> subprocess.CompletedProcess[str]:
    """`ambassador run --kubernetes`, which is expected to give up."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "ambassador", "run", "--kubernetes", "--http-port=0", "--https-port=0",
         "--diag-port=0", "--admin-port=0", "--ready-port=0", "--bind=127.0.0.1"],
        env={**os.environ, "KUBECONFIG": kubeconfig},
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip


WRONG = {
    "missing file": None,
    "not YAML": "a: [",
    "no cluster": "{}",
    "no such context": {"current-context": "nonsense"},
    "CA is no certificate": {"certificate-authority-data": "bm9uZQ=="},
}


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_given_a_wrong_kubeconfig_then_one_line_says_so_and_it_exits_with_one(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "kubeconfig"
    content = WRONG[wrong]
    if isinstance(content, str):
        file.write_text(content)
    elif isinstance(content, dict):
        write_kubeconfig(file, {}, **content)
        file.write_text(json.dumps(json.loads(file.read_text()) | content))
    done = run_once(str(file))
    assert done.returncode == 1, done
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("ambassador: ") and "kubeconfig" in line.lower() or "CA" in line, line


@pytest.mark.usefixtures("product")
def test_given_no_api_server_at_start_then_it_waits_says_so_and_serves_when_there_is_one(
    here: Space, tmp_path: Path
) -> None:
    here.create(workloads.client(here.image))
    here.create(mapping("late", "late.test", "/", "10.0.0.1:80"), host("late.test"))
    with Relay(server_of()) as relay:
        relay.refuse()
        with local(tmp_path, through(relay, tmp_path), AMBASSADOR_ID="late", AMBASSADOR_NAMESPACE=here.name) as one:
            until(lambda: "cannot be reached" in one.log() or "not answer" in one.log(), one.log, 40.0)
            assert not one.ready and one.gateway.process.poll() is None
            relay.forward()
            until(lambda: one.ready, one.log, 60.0)
            assert one.page.api("overview")["sources"][0]["complete"]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["refuse", "freeze"])
def test_given_an_api_server_that_goes_away_then_it_is_marked_stale_and_caught_up_with(
    here: Space, tmp_path: Path, way: str
) -> None:
    """`freeze`: connections stay open and say nothing, as when a machine or a firewall dies in between."""
    with Relay(server_of()) as relay:
        environment = {"AMBASSADOR_ID": "away", "AMBASSADOR_NAMESPACE": here.name}
        with local(tmp_path, through(relay, tmp_path), **environment) as one:
            until(lambda: one.ready, one.log, 60.0)
            getattr(relay, way)()
            gone = time.monotonic()
            until(lambda: one.page.api("overview")["sources"][0]["stale"], "it is not marked stale", 100.0, 0.5)
            figure(f"noticed that the API server is away ({way})", f"{time.monotonic() - gone:.1f} s")
            here.create(host("away.test"), mapping("away", "away.test", "/", "10.0.0.1:80", ambassador_id=["away"]))
            relay.forward()
            back = time.monotonic()
            until(lambda: "away.test" in one.page.hosts(), lambda: f"what was made meanwhile: {one.page.hosts()}", 60.0)
            figure(f"caught up after an API server that was away ({way})", f"{time.monotonic() - back:.1f} s")
            assert time.monotonic() - back < CAUGHT_UP_WITHIN


def test_given_a_secret_deleted_under_a_host_then_https_closes_with_a_problem_and_comes_back(
    product: Product, here: Space
) -> None:
    secret, pem = tls_secret("secure", "gone.test")
    here.create(workloads.client(here.image), secret)
    here.backends("echo")
    here.create(host("gone.test", tlsSecret={"name": "secure"}), mapping("gone", "gone.test", "/", "echo"))
    https = Ask("gone.test", scheme="https", ca=pem)
    answers(here, https)
    here.delete("Secret", "secure")
    answers(here, https, 0)
    assert ask(here, Ask("gone.test"))[0].status == 200
    found = here.becomes("Host", "gone-test", "Partial")
    assert "secure" in found["status"]["reason"]
    here.create(secret)
    answers(here, https)
    here.becomes("Host", "gone-test", "Ready")


@pytest.mark.parametrize("way", ["ingress", "mapping"])
def test_given_a_service_without_endpoints_then_the_answer_is_503_at_once_and_the_service_is_named(
    product: Product, here: Space, way: str
) -> None:
    here.create(workloads.client(here.image), thing("Service", "empty", service_of("nobody")))
    name = f"empty-{way}.test"
    here.create(
        *{
            "ingress": [ingress("empty", [(name, [ingress_path("/", "empty")])])],
            "mapping": [host(name), mapping("empty", name, "/", "empty")],
        }[way]
    )
    answers(here, Ask(name), 503)
    started = time.monotonic()
    assert ask(here, Ask(name))[0].status == 503
    assert time.monotonic() - started < 3.0
    with product.page() as page:
        problems = [one["message"] for one in page.problems(here.name)]
    assert any("empty" in message and "endpoint" in message for message in problems), problems


FILL = """
try:
    open('/run/ambassador/fill', 'wb').write(b'x' * (1 << 26))
except OSError as error:
    print(error)
"""


def service_of(app: str) -> Json:
    return {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_given_a_full_state_folder_then_changes_are_served_and_it_says_so(product: Product, here: Space) -> None:
    name = full_pod(product)
    try:
        until(lambda: ready(product, name), lambda: product.told(), 90.0, 0.5)
        address = product.api.get(path("Pod", NAMESPACE, name))["status"]["podIP"]
        assert "No space left" in product.exec(name, "python3", "-c", FILL)
        here.create(workloads.client(here.image))
        here.backends("echo")
        here.create(ingress("full", [("full.test", [ingress_path("/", "echo")])]))
        assert answers(here, Ask("full.test", address=address, port=8080)).service == "echo"
        until(lambda: "space" in product.logs(name).lower(), lambda: product.logs(name)[-3000:], 60.0)
        assert ready(product, name)
    finally:
        kubectl("-n", NAMESPACE, "delete", "pod", name, "--grace-period=0", "--force", "--wait=false")


def full_pod(product: Product) -> str:
    """A pod like the Deployment's, whose state folder is small and in memory, and which gets no traffic."""
    template = product.api.get(path("Deployment", NAMESPACE, "ambassador"))["spec"]["template"]
    spec = {**template["spec"], "volumes": [{"name": "state", "emptyDir": {"medium": "Memory", "sizeLimit": "12Mi"}}]}
    product.api.create(path("Pod", NAMESPACE), thing("Pod", "full", spec, metadata={"labels": {"app": "full"}}))
    return "full"


def ready(product: Product, name: str) -> bool:
    conditions = product.api.get(path("Pod", NAMESPACE, name))["status"].get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
