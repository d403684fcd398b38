"""The API server is away: what is served goes on, whatever of ours dies meanwhile, and afterwards all is caught up."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from tests.cluster.harness import workloads
from tests.cluster.harness.asking import Ask, answers
from tests.cluster.harness.certificates import tls_secret
from tests.cluster.harness.environment import Hooks
from tests.cluster.harness.figures import figure
from tests.cluster.harness.firsts import found, look_for
from tests.cluster.harness.objects import host, ingress, ingress_path, mapping
from tests.cluster.harness.outage import MARGIN, Kill, Sight, api_stopped, seen, wait_until, witness
from tests.cluster.harness.product import Product
from tests.cluster.harness.space import Space
from tests.cluster.harness.traffic import Flow, Load, load
from tests.cluster.harness.usage import ENVOY, WATCHER, signal_script
from tests.cluster.harness.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

OUTAGE, FULL_OUTAGE = 20.0, 60.0
KILLED_AFTER = 6.0
BACK_WITHIN = 8.0
"""Seconds until a killed Envoy serves again."""
NOTICED_WITHIN = 15.0
CAUGHT_UP_WITHIN = 3.0

PLAIN, MAPPED, SECURE = "outage.test", "outage-mapped.test", "outage-tls.test"
CLEARTEXT = ("keep-alive", "new", "mapping")


@dataclass(frozen=True, slots=True)
class Outage:
    """What happened: the load, the moments (epoch seconds), and by pod what it saw and what was killed in it."""

    load: Load
    stopped: float
    back: float
    caught_up: float
    sights: dict[str, list[Sight]]
    killed: float

    def failures(self, flow: str) -> list[float]:
        """When the failed requests of a flow began."""
        return [failure["began"] for failure in self.load.outcomes[flow].failures]


def flows() -> tuple[Flow, ...]:
    return (
        Flow("keep-alive", PLAIN, rate=50.0),
        Flow("new", PLAIN, rate=20.0, reuse=False),
        Flow("mapping", MAPPED, "/mapped/", rate=20.0),
        Flow("https", SECURE, rate=20.0, reuse=False, sni=SECURE, port=443),
        Flow("https, keep-alive", SECURE, rate=20.0, sni=SECURE, port=443),
    )


def prepared(space: Space) -> None:
    """Cleartext and HTTPS by Ingress, and a Mapping, all of them served."""
    secret, _ = tls_secret("secure", SECURE)
    space.create(workloads.client(space.image), secret)
    space.backends("echo", replicas=2)
    space.create(
        ingress("plain", [(PLAIN, [ingress_path("/", "echo")])]),
        ingress("secure", [(SECURE, [ingress_path("/", "echo")])], tls=[{"hosts": [SECURE], "secretName": "secure"}]),
        host(MAPPED),
        mapping("mapped", MAPPED, "/mapped/", "echo"),
    )
    answers(space, Ask(PLAIN))
    answers(space, Ask(MAPPED, "/mapped/"))
    answers(space, Ask(SECURE, scheme="https"))


def outage(product: Product, cluster: Hooks, space: Space, kills: tuple[str, ...], way: str = "stop") -> Outage:
    """An outage under load in which programs are killed, and a change as soon as it is over."""
    cluster.needs(f"{way}_api", {"stop": "start_api", "pause": "resume_api"}[way])
    prepared(space)
    lasts = cluster.seconds(OUTAGE, FULL_OUTAGE)
    pods = product.names()
    plan: list[Kill] = [(KILLED_AFTER + 3, part) for part in kills]
    with load(space, *flows()) as running:
        look_for(space, "next", [("next.test", "/")], seconds=lasts + 90, pause=0.03, connections=1)
        for pod in pods:
            witness(product, pod, space.name, lasts + MARGIN, plan)
        with api_stopped(cluster, way):
            stopped = time.time()
            wait_until(stopped + lasts)
        back = time.time()
        space.create(ingress("next", [("next.test", [ingress_path("/", "echo")])]))
        acknowledged = time.time()
        served = found(space, "next", 100.0)[0]
        assert served is not None, "what was made after the outage is not served"
        watched = {pod: seen(product, pod, space.name) for pod in pods}
    moments = [one["time"] for _, killed in watched.values() for one in killed]
    assert len(moments) == len(kills) * len(pods), watched
    sights = {pod: found_there for pod, (found_there, _) in watched.items()}
    return Outage(running, stopped, back, served - acknowledged, sights, max(moments, default=0.0))


def judged(what: str, after: Outage) -> None:
    """What holds in every case: staleness was said and is over, and changes are caught up with."""
    figure(f"API server away, {what}", f"caught up in {after.caught_up:.2f} s; {after.load.told()}")
    assert after.caught_up <= CAUGHT_UP_WITHIN
    for pod, sights in after.sights.items():
        told = [sight for sight in sights if sight.overview is not None and sight.overview["revision"]]
        during = [sight for sight in told if after.stopped + NOTICED_WITHIN <= sight.time <= after.back - 5]
        assert during and all(sight.stale for sight in during), f"{pod} does not say that what it shows is stale"
        assert not told[-1].stale, f"{pod} still says that what it shows is stale"


def restarts(product: Product) -> int:
    return sum(one["restartCount"] for pod in product.pods() for one in pod["status"]["containerStatuses"])


@pytest.mark.parametrize("way", ["stop", "pause"])
def test_given_no_api_server_then_no_request_fails(product: Product, here: Space, cluster: Hooks, way: str) -> None:
    after = outage(product, cluster, here, (), way)
    judged({"stop": "process ended", "pause": "process frozen"}[way], after)
    assert after.load.failed == 0, after.load.failures


def test_given_no_api_server_when_envoy_is_killed_then_it_is_back_in_seconds(
    product: Product, here: Space, cluster: Hooks
) -> None:
    before = restarts(product)
    after = outage(product, cluster, here, (ENVOY,))
    judged("Envoy killed", after)
    began = [failure["began"] for failure in after.load.failures]
    figure("back after Envoy was killed", f"{max(began) - after.killed:.1f} s")
    assert all(after.killed - 1 <= moment <= after.killed + BACK_WITHIN for moment in began), after.load.failures
    assert restarts(product) == before


def test_given_no_api_server_when_the_watcher_is_killed_then_no_request_fails(
    product: Product, here: Space, cluster: Hooks
) -> None:
    after = outage(product, cluster, here, (WATCHER,))
    judged("watcher killed", after)
    assert after.load.failed == 0, after.load.failures


def test_given_no_api_server_when_both_are_killed_then_cleartext_is_served_and_https_waits_for_the_keys(
    product: Product, here: Space, cluster: Hooks
) -> None:
    after = outage(product, cluster, here, (ENVOY, WATCHER))
    judged("Envoy and watcher killed", after)
    last = max(moment for flow in CLEARTEXT for moment in after.failures(flow))
    figure("cleartext back after Envoy and watcher were killed", f"{last - after.killed:.1f} s")
    for flow in CLEARTEXT:
        began = after.failures(flow)
        assert all(after.killed - 1 <= moment <= after.killed + BACK_WITHIN for moment in began), flow
    closed = after.failures("https")
    assert closed and max(closed) >= after.back - 5, "without keys HTTPS stays closed until the API server is back"
    assert max(closed) <= after.back + CAUGHT_UP_WITHIN, "with the API server HTTPS is back"
    for pod, sights in after.sights.items():
        during = [one for one in sights if after.killed + BACK_WITHIN <= one.time <= after.back - 2]
        problems = [one["message"] for sight in during if sight.problems for one in sight.problems["problems"]]
        assert any("secure" in message and "key" in message for message in problems), f"{pod} does not say why"


def pushes(product: Product) -> dict[str, float]:
    """How many updates each Envoy took: by pod, and by what was updated."""
    counted: dict[str, float] = {}
    for pod in product.names():
        with product.page(pod) as page:
            _, text = page.text("/metrics")
        lines = [line for line in text.splitlines() if "update_success" in line and not line.startswith("#")]
        assert lines, "no metric of Envoy's counts updates"
        counted |= {f"{pod} {line.rpartition(' ')[0]}": float(line.rpartition(" ")[2]) for line in lines}
    return counted


def test_given_an_outage_in_which_nothing_changed_then_nothing_is_pushed(
    product: Product, here: Space, cluster: Hooks
) -> None:
    cluster.needs("stop_api", "start_api", "compact")
    # What earlier tests leave behind would be pushed, too, on its way out.
    until(lambda: not ending(product), lambda: f"namespaces end: {ending(product)}", 240.0, 1.0)
    prepared(here)
    here.becomes("Mapping", "mapped", "Ready")
    before = settled_pushes(product)
    with api_stopped(cluster):
        wait_until(time.time() + 5)
    cluster.run("compact")
    here.patch("Mapping", "mapped", {"metadata": {"labels": {"seen": "again"}}})
    until(lambda: all(not one for one in stale(product)), "every pod reads the cluster again")
    after = pushes(product)
    assert {what: count for what, count in after.items() if count != before.get(what)} == {}


def settled_pushes(product: Product) -> dict[str, float]:
    """The same, once endpoints and statuses of what was just made have come to rest."""
    known: list[dict[str, float]] = [{}]

    def same() -> bool:
        known.append(pushes(product))
        return known[-1] == known[-2]

    until(same, lambda: f"pushes go on: {known}", 30.0, 2.0)
    return known[-1]


def ending(product: Product) -> list[str]:
    """Namespaces that are on their way out."""
    items = product.api.get("/api/v1/namespaces")["items"]
    return [item["metadata"]["name"] for item in items if item["status"]["phase"] == "Terminating"]


def stale(product: Product) -> list[bool]:
    found = []
    for pod in product.names():
        with product.page(pod) as page:
            found += [one["stale"] for one in page.api("overview")["sources"]]
    return found


def test_given_changes_that_etcd_has_forgotten_then_a_new_list_finds_them(
    product: Product, here: Space, cluster: Hooks
) -> None:
    cluster.needs("stop_api", "start_api", "compact")
    prepared(here)
    for pod in product.names():
        product.exec(pod, "python3", "-c", signal_script(WATCHER, "STOP"))
    try:
        here.delete("Ingress", "plain")
        here.create(ingress("fresh", [("fresh.test", [ingress_path("/", "echo")])]))
        with api_stopped(cluster):
            pass
        cluster.run("compact")
    finally:
        for pod in product.names():
            product.exec(pod, "python3", "-c", signal_script(WATCHER, "CONT"))
    started = time.monotonic()
    answers(here, Ask("fresh.test"))
    answers(here, Ask(PLAIN, "/x"), 404)
    figure("changes found by a new list after a compaction", f"{time.monotonic() - started:.1f} s")
    assert answers(here, Ask(MAPPED, "/mapped/")).service == "echo"
