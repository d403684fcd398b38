"""What the cluster bench serves: Ingresses with ten paths each, their Services, and edits of one path.

Values only; `Cluster` puts them into namespaces of a real API server.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ambassador.kube.api import Api
from ambassador.kube.errors import ApiError

PATHS = 10
"""Routes of one Ingress, which is one host."""
PORT = 80
INSTANCE = "bench"
"""So that another instance in the cluster lets these objects alone."""
_WRITERS = 8
_INGRESSES = "/apis/networking.k8s.io/v1/namespaces/{}/ingresses"

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """`routes` on Ingresses of ten; `services` are the names of backends, which is also what they answer."""

    routes: int
    services: tuple[str, ...]

    @property
    def ingresses(self) -> int:
        return max(1, self.routes // PATHS)

    def host(self, number: int) -> str:
        return f"h{number:05d}.test"

    def ingress(self, number: int, flipped: int = -1, service: str = "", added: str = "") -> Object:
        """An Ingress; path `flipped` goes to `service`, and one more path leads to the first backend if `added`."""
        paths = [_path(f"/p{path}", self._service(number, path, flipped, service)) for path in range(PATHS)]
        if added:
            paths.append(_path(added, self.services[0]))
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": f"i{number:05d}", "annotations": {"getambassador.io/ambassador-id": INSTANCE}},
            "spec": {
                "ingressClassName": "ambassador",
                "rules": [{"host": self.host(number), "http": {"paths": paths}}],
            },
        }

    def _service(self, number: int, path: int, flipped: int, service: str) -> str:
        return service if path == flipped else self.services[(number + path) % len(self.services)]

    def objects(self) -> Iterator[Object]:
        """All Ingresses."""
        return (self.ingress(number) for number in range(self.ingresses))

    def edited(self, count: int) -> list[int]:
        """The Ingress that each of `count` edits changes: spread over all."""
        step = max(1, self.ingresses // max(1, count))
        return [(edit * step + step // 2) % self.ingresses for edit in range(count)]


def _path(path: str, service: str) -> Object:
    backend = {"service": {"name": service, "port": {"number": PORT}}}
    return {"path": path, "pathType": "Prefix", "backend": backend}


def service_objects(address: str, ports: dict[str, int]) -> Iterator[Object]:
    """A Service and its EndpointSlice for each backend that listens on this machine."""
    for name, port in ports.items():
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name},
            "spec": {"ports": [{"port": PORT, "name": "http", "protocol": "TCP"}]},
        }
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-1", "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
            "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        }


_COLLECTIONS = {
    "Service": "/api/v1/namespaces/{}/services",
    "EndpointSlice": "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices",
    "Ingress": _INGRESSES,
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Writes objects through a real API server."""

    api: Api

    @contextmanager
    def namespace(self, name: str) -> Iterator[str]:
        """A namespace of our own, deleted at the end without waiting for it to be gone."""
        self.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
        try:
            yield name
        finally:
            with suppress(ApiError):
                self.api.delete(f"/api/v1/namespaces/{name}")

    def create(self, namespace: str, objects: Iterable[Object]) -> None:
        """Creates objects, several at a time."""
        with ThreadPoolExecutor(_WRITERS) as pool:
            jobs = [pool.submit(self.api.create, _COLLECTIONS[one["kind"]].format(namespace), one) for one in objects]
            for job in jobs:
                job.result()

    def change(self, namespace: str, ingress: Object) -> None:
        """One PATCH of an Ingress; returns with the API server's answer."""
        self.api.patch(f"{_INGRESSES.format(namespace)}/{ingress['metadata']['name']}", {"spec": ingress["spec"]})


def as_text(objects: Iterable[Object], namespace: str) -> str:
    """Objects as a manifest; JSON is YAML."""
    placed = ({**one, "metadata": {**one["metadata"], "namespace": namespace}} for one in objects)
    return "\n---\n".join(json.dumps(one) for one in placed)
