"""The ADS server with the real Envoy: order under load, no stalls, reconnection, refusals."""

import asyncio
from collections.abc import Callable, Coroutine
from time import perf_counter

import pytest
from ads_envoy import Lab, backend, client, envoy, get, load, running_lab, silent_dns, until
from ads_messages import cluster, endpoints, listener, named_cluster, refused_cluster, refused_routes, routes, snapshot

from ambassador.wire.resource import EncodedResource, EnvoyResources
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.types import ResourceType
from tests.free_ports import free_port

Scenario = Callable[[Lab], Coroutine[None, None, None]]


def run(scenario: Scenario) -> None:
    async def main() -> None:
        async with running_lab() as lab:
            await scenario(lab)

    asyncio.run(main())


def gateway(lab: Lab, revision: int, name: str, port: int, **more: list[EncodedResource]) -> ResourceSnapshot:
    """Everything on the lab's port goes to one EDS cluster."""
    tables = {
        "clusters": [cluster(name)],
        "endpoints": [endpoints(name, port)],
        "listeners": [listener("in", lab.port, "table")],
        "routes": [routes("table", {"/": name})],
    }
    return snapshot(revision, **{**tables, **more})


def test_given_load_when_a_route_flips_between_new_clusters_then_no_request_fails() -> None:
    async def scenario(lab: Lab) -> None:
        async with backend("one") as one, backend("two") as two:
            assert (await lab.publish(gateway(lab, 1, "c1", one))).acknowledged
            async with load(lab.port, "/") as seen:
                for revision in range(2, 32):
                    port = (one, two)[revision % 2]
                    outcome = await lab.publish(gateway(lab, revision, f"c{revision}", port))
                    assert (outcome.acknowledged, outcome.inactive) == (True, frozenset())
                    before = seen.total()
                    await until(lambda before=before: seen.total() > before + 20)
            assert seen.keys() == {(200, "one"), (200, "two")}

    run(scenario)


def test_given_clusters_before_the_rest_then_envoy_has_them_and_serves_nothing_until_all_is_there() -> None:
    async def scenario(lab: Lab) -> None:
        async with backend("one") as one:
            whole = gateway(lab, 1, "c", one)
            early = EnvoyResources(clusters=whole.resources.clusters, endpoints=whole.resources.endpoints)
            lab.server.publish(ResourceSnapshot(0, early, whole=False))
            await until(lambda: "c" in lab.server.ledger.tables.get(ResourceType.ENDPOINT, {}))
            await until(lambda: "c" in lab.server.ledger.tables[ResourceType.CLUSTER])
            with pytest.raises(OSError, match="refused|Connect"):
                await get(lab.port, "/")
            assert (lab.outcomes, lab.server.ledger.published) == ([], 0)
            assert (await lab.publish(whole)).acknowledged
            assert await get(lab.port, "/") == (200, "one")

    run(scenario)


def test_given_an_eds_cluster_when_it_or_its_endpoints_change_then_envoy_takes_them_at_once() -> None:
    async def scenario(lab: Lab) -> None:
        async with backend("one") as one, backend("two") as two:
            await lab.publish(gateway(lab, 1, "c", one))
            start = perf_counter()
            assert (await lab.publish(gateway(lab, 2, "c", one, clusters=[cluster("c", connect_ms=700)]))).acknowledged
            assert perf_counter() - start < 3  # 5 ms; Envoy would wait 15 s for the assignment
            changed = [cluster("c", connect_ms=700)]
            assert (await lab.publish(gateway(lab, 3, "c", two, clusters=changed))).acknowledged
            assert await get(lab.port, "/") == (200, "two")

    run(scenario)


def test_given_a_restarted_server_when_envoy_reconnects_then_nothing_is_sent_again_and_changes_arrive() -> None:
    async def scenario(lab: Lab) -> None:
        async with backend("one") as one, backend("two") as two:
            await lab.publish(gateway(lab, 1, "c", one))
            await lab.server.stop()
            assert await get(lab.port, "/") == (200, "one")
            lab.outcomes.clear()
            lab.server = lab.new_server()
            await lab.server.start()
            assert not lab.server.connected
            await until(lambda: lab.server.connected)
            before = await stat(lab, "update_success")
            assert (await lab.publish(gateway(lab, 1, "c", one))).acknowledged
            assert await stat(lab, "update_success") == before
            assert (await lab.publish(gateway(lab, 2, "d", two))).acknowledged
            assert await get(lab.port, "/") == (200, "two")
            assert lab.server.ledger.node == "test-node"

    run(scenario)


async def stat(lab: Lab, name: str) -> str:
    """All counters with a name, as text."""
    async with client(lab.admin) as ask:
        return (await ask(f"/stats?format=text&filter={name}"))[1]


@pytest.mark.parametrize("kind", [ResourceType.ROUTE, ResourceType.CLUSTER])
def test_given_a_refused_resource_when_it_is_mended_then_envoy_recovers(kind: ResourceType) -> None:
    async def scenario(lab: Lab) -> None:
        async with backend("one") as one, backend("two") as two:
            await lab.publish(gateway(lab, 1, "c", one))
            bad = (
                gateway(lab, 2, "c", two, routes=[refused_routes("table")])
                if kind is ResourceType.ROUTE
                else gateway(lab, 2, "c", two, clusters=[cluster("c"), refused_cluster("bad")])
            )
            outcome = await lab.publish(bad)
            assert not outcome.acknowledged
            assert [nack.kind for nack in outcome.nacks] == [kind]
            assert outcome.nacks[0].message
            assert await get(lab.port, "/") == (200, "two")
            assert (await lab.publish(gateway(lab, 3, "d", one))).acknowledged
            assert await get(lab.port, "/") == (200, "one")
            assert lab.server.ledger.complete

    run(scenario)


def test_given_a_cluster_that_does_not_warm_when_others_change_then_they_do_not_wait_for_it() -> None:
    async def scenario(lab: Lab) -> None:
        async with backend("one") as one, backend("two") as two, silent_dns() as resolver:
            await lab.publish(gateway(lab, 1, "c", one))
            slow = named_cluster("slow", "name.test", one, resolver)
            start = perf_counter()
            lab.server.publish(
                gateway(
                    lab,
                    2,
                    "d",
                    two,
                    clusters=[cluster("d"), slow],
                    listeners=[listener("in", lab.port, "table"), listener("other", lab.other_port, "slow")],
                    routes=[routes("table", {"/": "d"}), routes("slow", {"/": "slow"})],
                )
            )
            async with client(lab.port) as ask:
                while (await ask("/"))[1] != "two":
                    assert perf_counter() - start < 1.5
            outcome = await lab.outcome(lambda one: one.revision == 2)
            assert (outcome.acknowledged, outcome.inactive) == (False, {"slow"})
            assert perf_counter() - start < 5

    run(scenario)


def test_given_two_envoys_when_one_leaves_then_the_other_is_still_served() -> None:
    async def scenario(lab: Lab) -> None:
        async with backend("one") as one, backend("two") as two:
            await lab.publish(gateway(lab, 1, "c", one))
            lab.admin, first = free_port(), lab.admin
            async with envoy(lab) as second:
                await until(lambda: lab.server.streams == 2)
                assert (await lab.publish(gateway(lab, 2, "d", two))).acknowledged
                second.kill()
                await until(lambda: lab.server.streams == 1)
            lab.admin = first
            assert (await lab.publish(gateway(lab, 3, "e", one))).acknowledged
            assert await get(lab.port, "/") == (200, "one")

    run(scenario)
