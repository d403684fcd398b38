"""Load from a pod through the product's Service, and what failed of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from tests.cluster.harness import workloads
from tests.cluster.harness.kubectl import kubectl
from tests.cluster.harness.objects import Json
from tests.cluster.harness.product import ADDRESS
from tests.cluster.harness.space import Space

LONGEST = 900.0


@dataclass(frozen=True, slots=True)
class Flow:
    """One sort of request: `rate` a second in all, at most `connections` at once. With `sni` it is HTTPS."""

    name: str
    host: str
    path: str = "/"
    rate: float = 50.0
    connections: int = 4
    reuse: bool = True
    sni: str = ""
    timeout: float = 10.0
    address: str = ADDRESS
    port: int = 80


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one flow got. `failures`: when each began and ended (epoch seconds), and what it was."""

    requests: int
    statuses: dict[str, int]
    failed: int
    failures: list[Json]
    median_ms: float | None
    p99_ms: float | None
    slowest_ms: float
    pods: dict[str, int]


@dataclass(slots=True)
class Load:
    """A run of flows; `outcomes` is there once it has ended."""

    space: Space
    pod: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def end(self) -> None:
        """Lets requests under way finish, and reads what became of all."""
        if not self.outcomes:
            # Python as a container's first process handles SIGTERM; a deletion would take the logs with it.
            stop = "import os, signal; os.kill(1, signal.SIGTERM)"
            if self.space.phase(self.pod) == "Running":
                kubectl("-n", self.space.name, "exec", self.pod, "--", "python3", "-c", stop)
            told = json.loads(self.space.answer_of_job(self.pod, 90.0))
            self.outcomes.update({name: Outcome(**outcome) for name, outcome in told["flows"].items()})

    @property
    def failures(self) -> list[Json]:
        return [{**failure, "flow": name} for name, one in self.outcomes.items() for failure in one.failures]

    @property
    def failed(self) -> int:
        return sum(one.failed for one in self.outcomes.values())

    @property
    def requests(self) -> int:
        return sum(one.requests for one in self.outcomes.values())

    def told(self) -> str:
        """One line of figures."""
        flows = (
            f"{name}: {one.requests} requests, {one.failed} failed, median {one.median_ms} ms, p99 {one.p99_ms} ms, "
            f"slowest {one.slowest_ms:.0f} ms"
            for name, one in self.outcomes.items()
        )
        return "; ".join(flows)


@contextmanager
def load(space: Space, *flows: Flow, name: str = "load", seconds: float = LONGEST) -> Iterator[Load]:
    """Requests for as long as the block lasts, and at most `seconds`."""
    asked = {"seconds": seconds, "flows": [asdict(flow) for flow in flows]}
    space.create(workloads.job(name, space.image, "load.py", json.dumps(asked)))
    space.begins(name)
    running = Load(space, name)
    yield running
    running.end()


def usual_flows(host: str, path: str = "/", slow: str = "/slow?seconds=3") -> tuple[Flow, ...]:
    """Connections that stay, connections for one request each, and requests that take three seconds."""
    return (
        Flow("keep-alive", host, path, rate=100.0, connections=8),
        Flow("new connections", host, path, rate=40.0, connections=8, reuse=False),
        Flow("3 s", host, slow, rate=1.0, connections=4),
    )
