"""The time without an API server: what is done to the product meanwhile, and what its pods saw."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.cluster.harness.environment import Hooks
from tests.cluster.harness.objects import Json
from tests.cluster.harness.product import Product
from tests.cluster.harness.workloads import SCRIPTS

SEEN = "/run/ambassador/seen"
MARGIN = 40.0

Kill = tuple[float, str]
"""Seconds after the start of the witness, and a part of the command line of what is killed (SIGKILL)."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a pod said of itself at one moment (epoch seconds); None: nobody answered."""

    time: float
    overview: Json | None
    problems: Json | None

    @property
    def stale(self) -> bool:
        """Whether the cluster is marked as out of reach."""
        sources = [] if self.overview is None else self.overview["sources"]
        return bool(sources) and all(one["stale"] for one in sources)


def witness(product: Product, pod: str, name: str, seconds: float, kills: Sequence[Kill]) -> None:
    """Begins to watch a pod from the inside, and to end programs in it when their time has come.

    `name` tells this witness's notes from those of an earlier one, which may still be at it.
    """
    asked = {"file": f"{SEEN}-{name}", "seconds": seconds, "kills": [[after, part, "SIGKILL"] for after, part in kills]}
    script = (SCRIPTS / "witness.py").read_text()
    product.exec(pod, "python3", "-c", script, json.dumps(asked))


def seen(product: Product, pod: str, name: str) -> tuple[list[Sight], list[Json]]:
    """What the witness saw, and what it killed."""
    lines = [json.loads(line) for line in product.exec(pod, "cat", f"{SEEN}-{name}").splitlines()]
    sights = [Sight(line["time"], line["overview"], line["problems"]) for line in lines if "overview" in line]
    return sights, [line for line in lines if "killed" in line]


@contextmanager
def api_stopped(cluster: Hooks, way: str = "stop") -> Iterator[None]:
    """No API server while the block lasts; it answers again afterwards. `way`: `stop` or `pause`."""
    back = {"stop": "start_api", "pause": "resume_api"}[way]
    cluster.run(f"{way}_api")
    try:
        yield
    finally:
        cluster.run(back, 120.0)


def wait_until(moment: float) -> None:
    """A measured time, not a wait for something: the outage lasts as long as it should."""
    time.sleep(max(0.0, moment - time.time()))
