"""One test's namespace: objects in it, and what became of them."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from ambassador.kube.api import Api
from ambassador.kube.errors import ApiError
from tests.cluster.harness import workloads
from tests.cluster.harness.kubectl import kubectl, quietly
from tests.cluster.harness.objects import Json, path, thing
from tests.cluster.harness.waiting import until

RECOVERY = 120.0
"""Seconds: Kubernetes' own controllers come back from an API server's outage one after the other."""


class Space:
    """A namespace with the scripts for pods in it."""

    def __init__(self, api: Api, name: str, image: str) -> None:
        self.api = api
        self.name = name
        self.image = image

    def create(self, *objects: Json) -> None:
        """By the API, one after the other."""
        for one in objects:
            self.api.create(path(one["kind"], self.name), one)

    def apply(self, *objects: Json) -> None:
        """By `kubectl apply`, as people do."""
        kubectl("-n", self.name, "apply", "-f", "-", given=yaml.safe_dump_all(objects))

    def get(self, kind: str, name: str) -> Json:
        return self.api.get(path(kind, self.name, name))

    def list(self, kind: str) -> list[Json]:
        found: list[Json] = self.api.get(path(kind, self.name))["items"]
        return found

    def patch(self, kind: str, name: str, body: Json) -> Json:
        return self.api.patch(path(kind, self.name, name), body)

    def delete(self, kind: str, name: str) -> None:
        self.api.delete(path(kind, self.name, name))

    def state(self, kind: str, name: str) -> str:
        """`status.state`: empty until one is written."""
        return str(self.get(kind, name).get("status", {}).get("state", ""))

    def becomes(self, kind: str, name: str, state: str, seconds: float = 30.0) -> Json:
        """The object, once its status says so."""
        until(
            lambda: self.state(kind, name) == state, lambda: f"{state}: {self.get(kind, name).get('status')}", seconds
        )
        return self.get(kind, name)

    def backends(self, *names: str, replicas: int = 1, port_name: str = "http") -> None:
        """Echo servers behind a Service each, ready."""
        for name in names:
            self.create(*workloads.backends(name, self.image, replicas, port_name))
        for name in names:
            self.rolled_out(name)
            until(lambda name=name: self.addresses(name) == replicas, f"{name} gets no endpoints", RECOVERY)

    def addresses(self, service: str) -> int:
        """How many ready endpoints a Service has."""
        slices = self.api.get(
            path("EndpointSlice", self.name), {"labelSelector": f"kubernetes.io/service-name={service}"}
        )
        endpoints = [one for item in slices["items"] for one in item.get("endpoints") or []]
        return sum(len(one["addresses"]) for one in endpoints if one["conditions"].get("ready"))

    def rolled_out(self, name: str, seconds: float = 120.0) -> None:
        kubectl(
            "-n", self.name, "rollout", "status", f"deployment/{name}", f"--timeout={seconds:g}s", seconds=seconds + 9
        )

    def answer_of_job(self, name: str, seconds: float) -> str:
        """What a pod of `workloads.job` printed last, once it has ended."""
        until(lambda: self.phase(name) in ("Succeeded", "Failed"), f"the pod {name} does not end", seconds, 0.5)
        printed = kubectl("-n", self.name, "logs", name)
        assert self.phase(name) == "Succeeded", printed
        return printed.strip().splitlines()[-1]

    def phase(self, pod: str) -> str:
        return str(self.get("Pod", pod)["status"]["phase"])

    def begins(self, pod: str) -> None:
        """Waits until a script has said that it started."""
        until(lambda: "started" in quietly("-n", self.name, "logs", pod), f"the pod {pod} does not start", 60.0)

    def told(self) -> str:
        """For the report of a failure."""
        return "\n".join(
            quietly("-n", self.name, *words)
            for words in (
                ("get", "pods,services,ingresses,mappings,hosts", "-o", "wide"),
                ("get", "events", "--sort-by=.lastTimestamp"),
            )
        )


@contextmanager
def space(api: Api, image: str, name: str = "test") -> Iterator[Space]:
    """A new namespace; at the end it is deleted without waiting."""
    made = Space(api, f"{name}-{uuid.uuid4().hex[:6]}", image)
    api.create("/api/v1/namespaces", thing("Namespace", made.name))
    try:
        until(lambda: _has_account(made), "the namespace gets no service account", RECOVERY)
        made.create(workloads.scripts())
        yield made
    finally:
        _deleted(api, made.name)


def _has_account(space: Space) -> bool:
    """Pods can be made only then."""
    return any(one["metadata"]["name"] == "default" for one in space.list("ServiceAccount"))


def _deleted(api: Api, name: str) -> None:
    """Pods first and at once: nobody needs their orderly end."""
    quietly("-n", name, "delete", "pods,deployments", "--all", "--grace-period=0", "--force", "--wait=false")
    try:
        api.delete(f"/api/v1/namespaces/{name}")
    except ApiError as error:
        assert error.status in (404, 409), error


def clock_ahead(space: Space, pod: str) -> float:
    """By how many seconds the pod's clock is ahead of ours, to half the time that asking takes."""
    before = time.time()
    there = float(kubectl("-n", space.name, "exec", pod, "--", "python3", "-c", "import time; print(time.time())"))
    return there - (before + time.time()) / 2


def asked(space: Space, requests: list[Json]) -> list[Json]:
    """What `ask.py` in the pod `client` got for the requests."""
    command = ("-n", space.name, "exec", "-i", "client", "--", "python3", "/scripts/ask.py")
    answers: list[Json] = json.loads(kubectl(*command, given=json.dumps(requests), seconds=120.0))
    return answers
