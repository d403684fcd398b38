"""Wrong objects among a thousand good ones: the good are served as fast as without, the wrong say why they are not."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ambassador.kube.errors import ApiError
from tests.cluster.harness import workloads
from tests.cluster.harness.asking import Ask, answers, ask
from tests.cluster.harness.figures import figure
from tests.cluster.harness.firsts import found, look_for
from tests.cluster.harness.objects import Json, host, mapping
from tests.cluster.harness.poison import large, poison
from tests.cluster.harness.product import Product
from tests.cluster.harness.space import Space
from tests.cluster.harness.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GOOD = 1000
FEWEST_POISONS = 60
AT_ONCE = 8
MARGIN = 1.5
"""How much longer the good may take among the bad, at the median; a machine is never twice the same."""
JITTER = 0.3


def good(letter: str) -> list[Json]:
    return [
        mapping(f"{letter}{number}", f"{letter}{number // 10}.good.test", f"/{number}/", "echo")
        for number in range(GOOD)
    ]


def among(objects: list[Json], poisons: list[Json]) -> list[Json]:
    """The poisons spread evenly."""
    every = len(objects) // len(poisons)
    mixed: list[Json] = []
    for number, one in enumerate(objects):
        mixed.append(one)
        if number % every == 0 and number // every < len(poisons):
            mixed.append(poisons[number // every])
    return mixed


def created(space: Space, objects: list[Json]) -> dict[str, float]:
    """When each was acknowledged, by name; those that the API server refuses are not there."""

    def create(one: Json) -> tuple[str, float]:
        try:
            space.create(one)
        except ApiError as error:
            assert error.status in (400, 422), error
            return one["metadata"]["name"], 0.0
        return one["metadata"]["name"], time.time()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: at for name, at in pool.map(create, objects) if at}


def median_wait(space: Space, name: str, objects: list[Json], poisons: list[Json]) -> tuple[float, float]:
    """Seconds from the API server's answer to the first answer through Envoy of the good ones: median and most."""
    targets = [(one["spec"]["hostname"], one["spec"]["prefix"]) for one in objects]
    look_for(space, name, targets, seconds=150.0)
    acknowledged = created(space, among(objects, poisons) if poisons else objects)
    served = found(space, name, 180.0)
    assert None not in served
    waits = sorted(
        at - acknowledged[one["metadata"]["name"]] for at, one in zip(served, objects, strict=True) if at is not None
    )
    return waits[len(waits) // 2], waits[-1]


def explanation(space: Space, one: Json, problems: dict[tuple[str, str], str]) -> str:
    """Why an object is not, or not wholly, used: its own words, and those of the page for what has none."""
    kind, name = one["kind"], one["metadata"]["name"]
    if kind in ("Ingress", "Secret"):
        events = [event["message"] for event in space.list("Event") if event["involvedObject"]["name"] == name]
        return " ".join(events) or problems.get((kind, name), "")
    return str(space.get(kind, name).get("status", {}).get("reason", ""))


def test_given_poison_among_a_thousand_good_mappings_then_these_are_served_as_fast_and_those_say_why(
    product: Product, here: Space
) -> None:
    here.create(workloads.client(here.image))
    here.backends("echo", replicas=2)
    here.create(host("*.good.test"), host("poison.test"))
    without = median_wait(here, "without", good("a"), [])
    for one in good("a"):
        here.delete("Mapping", one["metadata"]["name"])
    answers(here, Ask("a99.good.test", "/999/"), 404, 60.0)
    refused_before = nacks(product)
    poisons = poison()
    among_them = median_wait(here, "among", good("b"), poisons)
    told = [one for one in poisons if one["kind"] != "Secret" and exists(here, one)]
    figure("good Mappings served, seconds", f"without poison {without}, among {len(told)} poisons {among_them}")
    assert len(told) >= FEWEST_POISONS
    assert nacks(product) == refused_before, "Envoy was asked what could be known to be wrong"

    def unexplained() -> list[str]:
        with product.page(product.leader()) as page:
            problems = {
                (one["source"]["kind"], one["source"]["name"]): one["message"] for one in page.problems(here.name)
            }
        return [one["metadata"]["name"] for one in told if not explanation(here, one, problems)]

    until(lambda: not unexplained(), lambda: f"these do not say why: {unexplained()}", 60.0)
    assert among_them[0] <= without[0] * MARGIN + JITTER


def nacks(product: Product) -> dict[str, float]:
    """What Envoy refused up to now, by pod."""
    found = {}
    for pod in product.names():
        with product.page(pod) as page:
            found[pod] = page.metric("ambassador_nacks_total")
    return found


def exists(space: Space, one: Json) -> bool:
    try:
        space.get(one["kind"], one["metadata"]["name"])
    except ApiError as error:
        assert error.status == 404
        return False
    return True


def test_given_poison_alone_then_what_was_served_before_is_served_still(product: Product, here: Space) -> None:
    here.create(workloads.client(here.image))
    here.backends("echo")
    here.create(
        host("before.test"), host("after.test"), host("poison.test"), mapping("before", "before.test", "/", "echo")
    )
    answers(here, Ask("before.test"))
    created(here, [*poison(), large()])
    here.create(mapping("after", "after.test", "/", "echo"))
    answers(here, Ask("after.test"))
    here.becomes("Mapping", "large", "Ready")
    (still,) = ask(here, Ask("before.test"))
    assert still.status == 200
    for pod in product.names():
        with product.page(pod) as page:
            assert page.api("overview")["envoy"]["nacks"] == []
