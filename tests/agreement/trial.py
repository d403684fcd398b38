"""Asks the evaluator and Envoy the same, and keeps what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ambassador.explain.evaluate import Prepared, explain, prepare
from ambassador.explain.explanation import Explanation
from ambassador.explain.request import Request
from tests.agreement.lab import ADDRESS, Lab
from tests.agreement.raw_client import Seen, ask
from tests.agreement.scene import Scene, curl
from tests.agreement.verdict import differences, random, routes
from tests.agreement.world import with_ports

_TRIES = 3
"""How often Envoy is asked where chance decides."""


class Disagreement(AssertionError):
    """The evaluator and Envoy say different things of a request."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A world as the evaluator knows it, and the ports on which Envoy listens."""

    prepared: Prepared
    ports: frozenset[int]

    def ask(self, asked: Request, told: Explanation) -> Seen:
        """What Envoy does. A URL with a port that nobody listens on reaches the listener that the evaluator says."""
        port = asked.port if asked.port in self.ports else told.listener.identity.port if told.listener else None
        return ask((ADDRESS, port), asked) if port else Seen()


class Enough(BaseException):
    """There was no more time to make a disagreement simpler. No Exception, or it would be taken for another one."""


@dataclass(slots=True)
class Trial:
    """Judges scenes, each different case once. When one fails, simpler ones are looked for, for `patience` seconds.
    `trees` counts tables with buckets, `cut` those in parts."""

    lab: Lab
    patience: float = 20.0
    cases: int = 0
    trees: int = 0
    cut: int = 0
    simplest: str = ""
    _known: dict[str, str] = field(default_factory=dict)
    _seen: set[tuple[str, Request]] = field(default_factory=set)
    _deadline: float = float("inf")

    def judge(self, scene: Scene) -> None:
        """Raises a Disagreement on the first request on which the two do not agree, and Enough at the end of time."""
        if time.monotonic() > self._deadline:
            raise Enough
        key = scene.key
        if key not in self._known:
            self._known[key] = self._judged(scene)
        found = self._known[key]
        if found:
            self._deadline = min(self._deadline, time.monotonic() + self.patience)
            self.simplest = min(self.simplest or found, found, key=len)
            raise Disagreement(found)

    def _judged(self, scene: Scene) -> str:
        fresh = [one for one in dict.fromkeys(scene.requests) if (scene.world.key, one) not in self._seen]
        if not fresh:
            return ""
        for size in scene.bucket_sizes:
            compiled = self.lab.load(scene.world, size, scene.host_shards)
            gateway = compiled.gateway
            self.cut += any(len(set(names)) > 1 for names in compiled.shards.values())
            self.trees += any(
                host.layout.buckets for one in gateway.route_tables.values() for host in one.virtual_hosts
            )
            subject = _Subject(prepare(gateway), frozenset(one.identity.port for one in gateway.listeners))
            for request in fresh:
                found = next(self._compared(subject, request), "")
                if found:
                    layout = f"in buckets of {size}" if size else "as a list"
                    return (
                        f"\n{scene.world.text}\n{curl(request)}\n{found}\nroutes: {layout}, {scene.host_shards} shards"
                    )
        self._seen |= {(scene.world.key, one) for one in fresh}
        self.cases += len(fresh)
        return ""

    def _compared(self, subject: _Subject, request: Request) -> Iterator[str]:
        asked = self.placed(request)
        told = explain(subject.prepared, asked)
        for _ in range(_TRIES if random(told) else 1):
            seen = subject.ask(asked, told)
            found = differences(told, seen)
            if found:
                yield self._with_placeholders("\n".join((*found, f"explained: {shown(told)}", f"Envoy: {seen}")))

    def _with_placeholders(self, text: str) -> str:
        """A text in which the ports are those that the manifests name."""
        for named, port in self.lab.ports.items():
            text = text.replace(str(port), str(named))
        return text

    def placed(self, request: Request) -> Request:
        """The request with real ports."""
        port = None if request.port is None else self.lab.ports[request.port]
        return replace(request, port=port, authority=with_ports(request.authority, self.lab.ports))


def shown(told: Explanation) -> str:
    """The answer in a few words."""
    names = sorted(routes(told))
    return (
        f"{told.outcome.value} {told.status or ''} by {names} {told.after.path} {told.after.location}: {told.summary}"
    )
