"""A thousand Mappings and two hundred Ingresses at once: how soon they serve, what is written, what memory remains."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cluster.harness import workloads
from tests.cluster.harness.asking import Ask, answers
from tests.cluster.harness.figures import figure
from tests.cluster.harness.firsts import found, look_for
from tests.cluster.harness.objects import Json, host, ingress, ingress_path, mapping
from tests.cluster.harness.product import Product
from tests.cluster.harness.space import Space
from tests.cluster.harness.usage import WATCHER, program
from tests.cluster.harness.waiting import until
from tests.cluster.harness.writes import Writes, counted

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MAPPINGS, INGRESSES = 1000, 200
AT_ONCE = 8
SERVED_WITHIN = 2.0
MEMORY_MARGIN = 1.10


def many() -> list[tuple[Json, tuple[str, str]]]:
    """The objects, Ingresses spread among the Mappings, and what each serves; ten a host."""
    made: list[tuple[Json, tuple[str, str]]] = []
    for number in range(MAPPINGS):
        name, path = f"m{number // 10}.scale.test", f"/m{number}"
        made.append((mapping(f"m{number}", name, f"{path}/", "echo"), (name, f"{path}/")))
        if number % (MAPPINGS // INGRESSES) == 0:
            name = f"i{number}.scale.test"
            made.append((ingress(f"i{number}", [(name, [ingress_path(path, "echo")])]), (name, path)))
    return made


def created(space: Space, objects: list[Json]) -> list[float]:
    """Creates all, some at a time, in order; when each was acknowledged (epoch seconds)."""

    def create(one: Json) -> float:
        space.create(one)
        return time.time()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(create, objects))


def deleted(space: Space, objects: list[Json]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda one: space.delete(one["kind"], one["metadata"]["name"]), objects))


def settled(writes: Writes, count: int) -> bool:
    """Every object has a status."""
    return len(writes.statuses) >= count


def test_given_a_thousand_mappings_at_once_then_each_serves_in_two_seconds_and_leaves_nothing(
    product: Product, here: Space
) -> None:
    here.create(workloads.client(here.image))
    here.backends("echo", replicas=2)
    here.create(host("*.scale.test"))
    first_round(here)
    before = {pod: program(product, pod, WATCHER).memory for pod in product.names()}
    objects, targets = zip(*many(), strict=True)
    with counted(here.api, here.name, ("Mapping", "Ingress")) as writes:
        look_for(here, "first", targets, seconds=120.0)
        started = time.time()
        acknowledged = created(here, list(objects))
        served = found(here, "first", 150.0)
        took = acknowledged[-1] - started
        until(lambda: settled(writes, len(objects)), lambda: f"statuses: {len(writes.statuses)}", 120.0)
        statuses_after = time.time() - acknowledged[-1]
        peak = {pod: program(product, pod, WATCHER).memory for pod in product.names()}
        deleted(here, list(objects))
    missing = [target for target, at in zip(targets, served, strict=True) if at is None]
    assert missing == []
    waits = sorted(at - told for at, told in zip(served, acknowledged, strict=True) if at is not None)
    figure(
        f"{len(objects)} objects created in {took:.1f} s, served after the API server's answer",
        f"median {waits[len(waits) // 2]:.3f} s, p99 {waits[len(waits) * 99 // 100]:.3f} s, most {waits[-1]:.3f} s",
    )
    figure(
        "status writes", f"{writes.total}, at most {writes.most} an object; all {statuses_after:.1f} s after the last"
    )
    after = remaining(product, before)
    figure("watcher's memory before, at the peak and after, kB", f"{before} {peak} {after}")
    assert waits[-1] <= SERVED_WITHIN
    assert writes.most <= 2
    assert all(after[pod] <= before[pod] * MEMORY_MARGIN for pod in before), (before, after)


def first_round(space: Space) -> None:
    """Python keeps from the operating system what it once had; what a second round adds to that is growth."""
    objects = [one for one, _ in many()]
    created(space, objects)
    answers(space, Ask("m99.scale.test", "/m999/"), seconds=60.0)
    deleted(space, objects)
    answers(space, Ask("m99.scale.test", "/m999/"), 404, seconds=60.0)


def remaining(product: Product, before: dict[str, int]) -> dict[str, int]:
    """The memory once it has fallen to what it was, or has not in a minute."""
    found: dict[str, int] = {}

    def low() -> bool:
        found.update({pod: program(product, pod, WATCHER).memory for pod in before})
        return all(found[pod] <= before[pod] * MEMORY_MARGIN for pod in before)

    end = time.monotonic() + 60
    while not low() and time.monotonic() < end:
        time.sleep(3)
    return found
