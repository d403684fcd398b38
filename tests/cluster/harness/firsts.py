"""When routes begin, or cease, to be served: asked for from a pod, told in this machine's seconds since the epoch."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.cluster.harness import workloads
from tests.cluster.harness.product import ADDRESS
from tests.cluster.harness.space import Space, clock_ahead


def look_for(
    space: Space,
    name: str,
    targets: Sequence[tuple[str, str]],
    *,
    seconds: float,
    gone: bool = False,
    pause: float = 0.01,
    connections: int = 4,
) -> None:
    """Starts a pod that asks for each (host, path) until it is served, or with `gone` until it answers 404."""
    asked = {
        "address": ADDRESS,
        "port": 80,
        "seconds": seconds,
        "window": 40,
        "connections": connections,
        "pause": pause,
        "targets": [list(one) for one in targets],
        "gone": gone,
    }
    # By the ConfigMap: a thousand targets are too long for a command line.
    space.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"asked.json": json.dumps(asked)}}
    )
    space.create(workloads.job(name, space.image, "first.py", "/given/asked.json", given=name))
    space.begins(name)


def found(space: Space, name: str, seconds: float) -> list[float | None]:
    """When each was first served, by our clock; None: not in time."""
    answered: list[float | None] = json.loads(space.answer_of_job(name, seconds))
    ahead = clock_ahead(space, "client")
    return [None if at is None else at - ahead for at in answered]
