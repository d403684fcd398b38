"""A cluster and a gateway in small: objects are really compiled, Envoy answers when told, the API server is a fake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ambassador.compile.pipeline import Compiler
from ambassador.compile.reports import ObjectReport
from ambassador.ir.verdict import State
from ambassador.kube.errors import ApiError
from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Problem
from ambassador.ops.metrics import Metrics, new_metrics
from ambassador.report.revision import Revision
from ambassador.sources.cluster.observed import Observed
from ambassador.sources.cluster.resources import Resource
from ambassador.status.pace import Rate
from ambassador.status.reign import Reign, Target
from ambassador.status.statuses import Manager
from ambassador.xds.ledger import Ledger

Json = dict[str, Any]

RESOURCES = {
    "Mapping": Resource("getambassador.io", "v3alpha1", "mappings", "Mapping"),
    "Host": Resource("getambassador.io", "v3alpha1", "hosts", "Host"),
    "TCPMapping": Resource("getambassador.io", "v3alpha1", "tcpmappings", "TCPMapping"),
    "AuthService": Resource("getambassador.io", "v3alpha1", "authservices", "AuthService"),
    "Ingress": Resource("networking.k8s.io", "v1", "ingresses", "Ingress"),
    "Service": Resource("", "v1", "services", "Service"),
}
BEGIN = datetime(2030, 1, 1, tzinfo=UTC)


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return BEGIN + timedelta(seconds=self.now - 1000.0)


def written(kind: str, name: str, spec: object, generation: int = 1, **metadata: Any) -> SourceObject:
    """An object as the cluster source gives it."""
    key = ObjectKey(kind, "default", name)
    content = {
        "apiVersion": RESOURCES[kind].api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "generation": generation, **metadata},
        "spec": spec,
    }
    return SourceObject(key, repr(content), content)


def mapping(name: str = "web", generation: int = 1, **spec: object) -> SourceObject:
    return written("Mapping", name, {"hostname": "*", "prefix": "/", "service": "10.0.0.1:80", **spec}, generation)


class FakeApi:
    """Keeps what is written. `fail` answers instead while it raises."""

    def __init__(self) -> None:
        self.statuses: dict[str, Json] = {}
        self.applied: list[tuple[str, Json]] = []
        self.events: dict[str, Json] = {}
        self.requests: list[tuple[str, str]] = []
        self.queries: list[Mapping[str, Any]] = []
        self.fail: Callable[[str, str], None] = lambda verb, path: None

    def _asked(self, verb: str, path: str) -> None:
        self.requests.append((verb, path))
        self.fail(verb, path)

    def get(self, path: str, query: Any = None, *, timeout: float = 1.0) -> Json:
        self._asked("get", path)
        raise ApiError(404, "NotFound", path)

    def put(self, path: str, body: Json, *, timeout: float = 1.0) -> Json:
        self._asked("put", path)
        return body

    def create(self, path: str, body: Json, *, timeout: float = 1.0) -> Json:
        self._asked("create", path)
        place = f"{path}/{body['metadata']['name']}"
        if place in self.events:
            raise ApiError(409, "AlreadyExists", place)
        self.events[place] = body
        return body

    def patch(self, path: str, body: Json, *, content_type: str = "", query: Any = None, timeout: float = 1.0) -> Json:
        self._asked("patch", path)
        if "/events/" in path:
            if path not in self.events:
                raise ApiError(404, "NotFound", path)
            self.events[path] |= body
            return self.events[path]
        self.queries.append(query)
        self.applied.append((path, body))
        self.statuses[path] = orjson.loads(orjson.dumps(body.get("status", {})))
        return {**body, "status": self.statuses[path]}


class World:
    """One gateway whose status writer is driven by hand."""

    def __init__(self, *objects: SourceObject, api: FakeApi | None = None, **target: Any) -> None:
        self.clock = Clock()
        self.api = api or FakeApi()
        self.metrics: Metrics = new_metrics()
        self.compiler = Compiler()
        self.observed: dict[ObjectKey, Observed] = {}
        self.revision = Revision()
        limits = {"writes": Rate(1000.0, 1000), "events": Rate(1000.0, 1000)}
        self.target = Target(self.api, Manager("ambassador", "Envoy of pod-0"), **(limits | target))
        self.reign = self.elected()
        self.change(*objects)

    def elected(self) -> Reign:
        """A new leader, which knows nothing."""
        return Reign(self.target, self.metrics.status, self.clock, self.clock.wall)

    def change(self, *objects: SourceObject, gone: Iterable[ObjectKey] = ()) -> None:
        """The cluster holds these objects now; a revision is published."""
        table = {key: one for key, one in self.revision.config.objects.items() if key not in set(gone)}
        table |= {one.key: one for one in objects}
        for one in objects:
            if one.key.kind in RESOURCES:
                self.observe(one)
        for key in gone:
            self.observed.pop(key, None)
        changes: dict[ObjectKey, SourceObject | None] = {**{one.key: one for one in objects}, **dict.fromkeys(gone)}
        self.revision = replace(
            self.revision,
            number=self.revision.number + 1,
            config=ConfigSnapshot(table),
            compiled=self.compiler.compile(changes),
            connected=True,
        )

    def observe(self, one: SourceObject, status: Json | None = None) -> None:
        """What the API server says of an object now; its status stays unless one is given."""
        known = self.observed.get(one.key)
        uid = str(one.metadata.get("uid", ""))
        kept = known.status if known is not None and known.uid == uid else b"{}"
        told = kept if status is None else orjson.dumps(status)
        generation = one.metadata.get("generation")
        number = generation if isinstance(generation, int) else 1
        if one.nested_in is None:
            self.observed[one.key] = Observed(uid, number, told, RESOURCES[one.key.kind])

    def judge(self, one: SourceObject, state: State, *problems: Problem) -> None:
        """The next revision comes to this judgement on an object, whatever compile says."""
        compiled = self.revision.compiled
        reports = {**compiled.reports, one.key: ObjectReport(state, problems)}
        number = self.revision.number + 1
        self.revision = replace(self.revision, number=number, compiled=replace(compiled, reports=reports))

    def beside(self, *extra: Problem) -> None:
        """Envoy refused a form of an object: an older one is in use."""
        self.revision = replace(self.revision, number=self.revision.number + 1, extra=extra)

    def acknowledge(self) -> None:
        """Envoy takes the newest revision."""
        number = self.revision.number
        self.revision = replace(self.revision, ledger=Ledger("node", number, number))

    def run(self, seconds: float = 0.0) -> None:
        """A look, and all that is due until `seconds` from now."""
        end = self.clock.now + seconds
        while True:
            self.reign.look(self.revision, dict(self.observed))
            while (wait := self.reign.step()) == 0.0:
                pass
            if self.clock.now + wait > end:
                break
            self.clock.now += wait
        self.clock.now = end

    def echo(self) -> None:
        """The watch tells what was written."""
        for key, seen in self.observed.items():
            status = self.api.statuses.get(f"{seen.path(key)}/status")
            if status is not None and orjson.dumps(status) != seen.status:
                self.observed[key] = replace(seen, status=orjson.dumps(status))

    def served(self) -> None:
        """Envoy takes the newest revision, its status is written, and the watch tells so."""
        self.acknowledge()
        # One object is written once a second at most.
        self.run(1.5)
        self.echo()

    def status(self, one: SourceObject) -> Json:
        """What was last written on an object; empty before."""
        resource = RESOURCES[one.key.kind]
        return self.api.statuses.get(f"{resource.path(one.key.namespace, one.key.name)}/status", {})

    def conditions(self, one: SourceObject) -> dict[str, Json]:
        return {condition["type"]: condition for condition in self.status(one).get("conditions", [])}

    @property
    def writes(self) -> int:
        return len(self.api.applied)
