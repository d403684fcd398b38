"""Single requests through the product's Service, from the pod `client` of a namespace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.cluster.harness.kubectl import Failed
from tests.cluster.harness.objects import Json
from tests.cluster.harness.product import ADDRESS
from tests.cluster.harness.space import Space, asked
from tests.cluster.harness.waiting import until

TURNS = 10
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, to the Service's port of its scheme unless another is given.

    HTTPS sends the host as SNI; `ca` is the certificate (PEM) that must have signed the server's.
    """

    host: str
    path: str = "/"
    method: str = "GET"
    scheme: str = "http"
    ca: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    address: str = ADDRESS
    port: int = 0

    def json(self) -> Json:
        tls = {"sni": self.host, "ca": self.ca} if self.scheme == "https" else None
        return {
            "address": self.address,
            "port": self.port or PORTS[self.scheme],
            "method": self.method,
            "host": self.host,
            "path": self.path,
            "headers": dict(self.headers),
            "body": self.body,
            "tls": tls,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `status` 0 with an `error`: there was none."""

    status: int
    version: int
    headers: Mapping[str, str]
    body: str
    error: str

    @property
    def told(self) -> Json:
        """What the echo server said; empty when the answer is somebody else's."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def service(self) -> str:
        return str(self.told.get("service", ""))


def ask(space: Space, *requests: Ask) -> list[Answer]:
    """The answers, one request after the other."""
    return [Answer(**answer) for answer in asked(space, [one.json() for one in requests])]


def answers(space: Space, request: Ask, status: int = 200, seconds: float = 20.0) -> Answer:
    """An answer with this status, once all of many connections get it, so that each replica has had its turn."""
    said: list[Answer] = []

    def once() -> Answer | None:
        try:
            said[:] = ask(space, *[request] * TURNS)
        except Failed as error:
            said[:] = [Answer(0, 0, {}, "", str(error))]
        return said[0] if {one.status for one in said} == {status} else None

    return until(once, lambda: f"{status} for {request}: last {said}", seconds, 0.2)
