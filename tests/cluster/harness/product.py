"""The installed product: its pods, its Service, its page and its logs."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from ambassador.kube.api import Api
from ambassador.kube.errors import ApiError
from tests.cluster.harness.environment import MANIFEST
from tests.cluster.harness.kubectl import forwarded, kubectl, quietly
from tests.cluster.harness.objects import Json, path
from tests.cluster.harness.waiting import until

NAMESPACE = "ambassador"
NAME = "ambassador"
SELECTOR = "app.kubernetes.io/name=ambassador"
LEASE = "ambassador-status"
DIAG_PORT = 8877
ADDRESS = f"{NAME}.{NAMESPACE}.svc.cluster.local"
PUBLIC_ADDRESS = "192.0.2.80"
"""What the tests give the Service as its load balancer's address, where the cluster has none to give."""


class Product:
    """What was installed by `kubectl apply -f k8s/ambassador.yaml`."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def pods(self) -> list[Json]:
        """Those that are not about to end, oldest first."""
        items = self.api.get(path("Pod", NAMESPACE), {"labelSelector": SELECTOR})["items"]
        staying = [pod for pod in items if "deletionTimestamp" not in pod["metadata"]]
        return sorted(staying, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))

    def names(self) -> list[str]:
        return [pod["metadata"]["name"] for pod in self.pods()]

    def ready(self) -> bool:
        """Both replicas serve, and nothing else of the product is left."""
        items = self.api.get(path("Pod", NAMESPACE), {"labelSelector": SELECTOR})["items"]
        return len(items) == 2 and all(_is_ready(pod) for pod in items)

    def becomes_ready(self, seconds: float = 180.0) -> None:
        until(self.ready, lambda: f"two ready pods\n{self.told()}", seconds, 0.5)

    def leader(self) -> str:
        """The pod that writes statuses; empty when there is none."""
        try:
            lease = self.api.get(path("Lease", NAMESPACE, LEASE))
        except ApiError as error:
            if error.status == 404:
                return ""
            raise
        holder = str(lease["spec"].get("holderIdentity") or "")
        return next((name for name in self.names() if holder.startswith(name)), "")

    def exec(self, pod: str, *command: str, seconds: float = 30.0) -> str:
        return kubectl("-n", NAMESPACE, "exec", pod, "--", *command, seconds=seconds)

    def logs(self, pod: str) -> str:
        return kubectl("-n", NAMESPACE, "logs", pod, "--tail=-1")

    def service_port(self, name: str = "http") -> int:
        """The node port, by which a node's own address takes requests."""
        ports = self.api.get(path("Service", NAMESPACE, NAME))["spec"]["ports"]
        return next(int(one["nodePort"]) for one in ports if one["name"] == name)

    @contextmanager
    def page(self, pod: str = "") -> Iterator[Page]:
        """The page and its API, as `kubectl port-forward` gives them."""
        with forwarded(f"pod/{pod}" if pod else f"deploy/{NAME}", DIAG_PORT, NAMESPACE) as url:
            yield Page(url)

    def told(self) -> str:
        """For the report of a failure."""
        words = ("-n", NAMESPACE)
        parts = [
            quietly(*words, "get", "pods,deployments,leases", "-o", "wide"),
            quietly(*words, "get", "events", "--sort-by=.lastTimestamp"),
            *(f"== {name}\n{quietly(*words, 'logs', name, '--tail=60')}" for name in self.names()),
        ]
        return "\n".join(parts)


class Page:
    """The diagnostics of one pod."""

    def __init__(self, url: str) -> None:
        self.url = url

    def text(self, path: str) -> tuple[int, str]:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            connection.request("GET", path)
            with connection.getresponse() as answer:
                return answer.status, answer.read().decode()
        finally:
            connection.close()

    def api(self, what: str) -> Json:
        """`overview`, `routes`, `problems` or `objects`, with a query if need be."""
        status, body = self.text(f"/ambassador/v0/api/{what}")
        assert status == 200, f"{what}: {status} {body}"
        found: Json = json.loads(body)
        return found

    def hosts(self) -> set[str]:
        """All host names that are served."""
        return {host["hostname"] for listener in self.api("routes")["listeners"] for host in listener["hosts"]}

    def problems(self, namespace: str = "") -> list[Json]:
        """All problems, or those of objects in one namespace."""
        found: list[Json] = self.api("problems")["problems"]
        return [one for one in found if not namespace or one["source"]["namespace"] == namespace]

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        _, body = self.text("/metrics")
        lines = [line for line in body.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


def install(api: Api) -> Product:
    """One `kubectl apply`, and nothing else; ready."""
    kubectl("apply", "-f", str(MANIFEST), seconds=120.0)
    product = Product(api)
    product.becomes_ready()
    return product


def uninstall(api: Api) -> None:
    """Removes what an earlier run left, but not the CRDs, which may have objects of others."""
    quietly("-n", NAMESPACE, "delete", "deployments,pods", "--all", "--grace-period=0", "--force", "--wait=false")
    quietly("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=120s", seconds=130.0)


def give_address(api: Api) -> None:
    """What a cloud does for a Service of the type LoadBalancer."""
    status = {"status": {"loadBalancer": {"ingress": [{"ip": PUBLIC_ADDRESS}]}}}
    api.patch(path("Service", NAMESPACE, NAME) + "/status", status)


def _is_ready(pod: Json) -> bool:
    if "deletionTimestamp" in pod["metadata"]:
        return False
    return any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", []))
