"""A namespace with objects, and a gateway without Envoy that has compiled them: what the status writer tells of."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from ambassador.compile.inputs import OPTIONS, Options
from ambassador.compile.pipeline import Compiler
from ambassador.compile.reports import ObjectReport
from ambassador.ir.verdict import State
from ambassador.kube.api import APPLY, MERGE_PATCH, Api
from ambassador.kube.errors import Unreachable
from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.ops.metrics import new_metrics
from ambassador.report.revision import Revision
from ambassador.sources.cluster.convert import Reading, read
from ambassador.sources.cluster.observed import Observed
from ambassador.sources.cluster.resources import Resource
from ambassador.status.pace import Rate
from ambassador.status.writer import StatusOptions, StatusWriter
from ambassador.xds.ledger import Ledger

MAPPINGS = Resource("getambassador.io", "v3alpha1", "mappings", "Mapping")
INGRESSES = Resource("networking.k8s.io", "v1", "ingresses", "Ingress")
ADDRESS = "192.0.2.1"
PATIENCE = 60.0

Json = dict[str, Any]


def until(holds: Callable[[], bool], what: str) -> None:
    """Waits for something that another thread or the API server does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class CountingApi:
    """The real API server; notes what is patched. `cut` makes it unreachable."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.patched: list[str] = []
        self.cut = threading.Event()

    def get(self, path: str, query: Any = None, *, timeout: float = 10.0) -> Json:
        self._answer()
        return self.api.get(path, query, timeout=timeout)

    def create(self, path: str, body: Json, *, timeout: float = 10.0) -> Json:
        self._answer()
        return self.api.create(path, body, timeout=timeout)

    def put(self, path: str, body: Json, *, timeout: float = 10.0) -> Json:
        self._answer()
        return self.api.put(path, body, timeout=timeout)

    def patch(
        self, path: str, body: Json, *, content_type: str = MERGE_PATCH, query: Any = None, timeout: float = 10.0
    ) -> Json:
        self._answer()
        self.patched.append(path)
        return self.api.patch(path, body, content_type=content_type, query=query, timeout=timeout)

    def statuses(self) -> list[str]:
        return [path for path in self.patched if path.endswith("/status")]

    def _answer(self) -> None:
        if self.cut.is_set():
            raise Unreachable("cut off")


class Gateway:
    """Reads its namespace when told; Envoy acknowledges everything at once.

    Its objects carry an id of their own, so that no Ambassador that is installed meanwhile takes part.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self.id = f"status-{uuid.uuid4().hex[:8]}"
        self.compiler = Compiler()
        self.compiler.set(OPTIONS, {None: Options(ambassador_id=self.id)})
        self.revision = Revision()
        self.observed: Mapping[ObjectKey, Observed] = {}

    def mapping(self, name: str, **spec: object) -> None:
        fields = {"hostname": "*", "prefix": f"/{name}/", "service": "10.0.0.1:80", "ambassador_id": [self.id]}
        self._create(MAPPINGS, name, fields | spec)

    def ingress(self, name: str) -> None:
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        self._create(INGRESSES, name, {"ingressClassName": self.id, "defaultBackend": backend})

    def _create(self, resource: Resource, name: str, spec: Json) -> None:
        metadata = {"name": name, "namespace": self.id}
        body = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata, "spec": spec}
        self.api.create(resource.path(self.id), body)

    def many(self, names: list[str]) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.mapping, names))

    def get(self, resource: Resource, name: str) -> Json:
        return self.api.get(resource.path(self.id, name))

    def edit(self, name: str, **spec: object) -> None:
        self.api.patch(MAPPINGS.path(self.id, name), {"spec": spec}, content_type=MERGE_PATCH)

    def apply_status(self, resource: Resource, name: str, status: Json, manager: str = "somebody-else") -> None:
        """Another controller's part of a status."""
        body = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": name}, "status": status}
        query = {"fieldManager": manager}
        self.api.patch(f"{resource.path(self.id, name)}/status", body, content_type=APPLY, query=query)

    def status(self, resource: Resource, name: str) -> Json:
        status: Json = self.get(resource, name).get("status", {})
        return status

    def states(self) -> dict[str, str]:
        items = self.api.get(MAPPINGS.path(self.id))["items"]
        return {one["metadata"]["name"]: one.get("status", {}).get("state", "") for one in items}

    def versions(self) -> dict[str, str]:
        """The resourceVersion of each object."""
        items = [one for kind in (MAPPINGS, INGRESSES) for one in self.api.get(kind.path(self.id))["items"]]
        return {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in items}

    def events(self, name: str) -> list[Json]:
        items = self.api.get(f"/api/v1/namespaces/{self.id}/events")["items"]
        return [one for one in items if one["involvedObject"]["name"] == name]

    def read(self, **judged: State) -> None:
        """Takes in what the cluster holds now; `judged` are states of Ingresses."""
        found: dict[ObjectKey, Reading] = {}
        for resource in (MAPPINGS, INGRESSES):
            for item in self.api.get(resource.path(self.id))["items"]:
                reading = read(resource, item)
                assert isinstance(reading, Reading)
                found[reading.object.key] = reading
        objects = {key: one.object for key, one in found.items()}
        number = self.revision.number + 1
        compiled = self.compiler.compile({**dict.fromkeys(self.revision.config.objects), **objects})
        reports = {ObjectKey("Ingress", self.id, name): ObjectReport(state) for name, state in judged.items()}
        self.observed = {key: one.observed for key, one in found.items() if one.observed is not None}
        self.revision = replace(
            self.revision,
            number=number,
            config=ConfigSnapshot(objects),
            compiled=replace(compiled, reports={**compiled.reports, **reports}),
            connected=True,
            ledger=Ledger("node", number, number),
        )

    def writer(self, api: CountingApi, pod: str = "pod-0") -> StatusWriter:
        options = StatusOptions(
            self.id, pod, f"{pod}_{uuid.uuid4().hex}", self.id, addresses=(ADDRESS,), writes=Rate(500.0, 500)
        )
        return StatusWriter(api, lambda: self.revision, lambda: self.observed, options, new_metrics().status)
