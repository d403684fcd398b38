"""Before the first whole snapshot Envoy gets clusters and endpoints only, and afterwards what it gets in any case."""

import pytest
from ads_messages import plain, snapshot
from ads_model import CLUSTER, ENDPOINT, LISTENER, ROUTE, SECRET, World
from hypothesis import given, settings
from hypothesis import strategies as st
from test_stream_ordering import assert_holds, numbered, snapshots

from ambassador.wire.resource import EnvoyResources
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.stream_state import StreamState
from ambassador.xds.types import ResourceType

EARLY = {CLUSTER.type_url, ENDPOINT.type_url}


def early(of: ResourceSnapshot, names: set[str]) -> ResourceSnapshot:
    """What is known of a snapshot before it is whole."""
    resources = of.resources
    clusters = {name: one for name, one in resources.clusters.items() if name in names}
    endpoints = {name: one for name, one in resources.endpoints.items() if name in names}
    return ResourceSnapshot(0, EnvoyResources(clusters=clusters, endpoints=endpoints), whole=False)


def restarted(world: World) -> None:
    """Another watcher in the place of the one that served; it knows nothing yet."""
    world.state = StreamState("0")
    world.reconnect()


def test_given_early_clusters_when_envoy_wants_listeners_then_it_waits_for_the_whole() -> None:
    world = World()
    whole = snapshot(
        1,
        clusters=[plain("a", endpoints=["a"]), plain("b", endpoints=["b"])],
        endpoints=[plain("a"), plain("b")],
        listeners=[plain("x", routes=["x"])],
        routes=[plain("x", clusters=["a", "b"])],
    )
    world.publish(early(whole, {"a"}))
    world.settle()
    assert world.envoy.wants_listeners
    assert [response.type_url for response in world.sent] == [CLUSTER.type_url, ENDPOINT.type_url]
    assert world.outcomes == []
    world.publish(early(whole, {"a", "b"}))
    world.settle()
    assert [tuple(one.name for one in response.resources) for response in world.sent[2:]] == [("b",), ("b",)]
    world.publish(whole)
    world.settle()
    assert {response.type_url for response in world.sent[4:]} == {LISTENER.type_url, ROUTE.type_url}
    assert_holds(world, whole)
    assert world.outcomes[-1].acknowledged


def test_given_an_envoy_that_holds_more_when_something_is_early_then_nothing_is_taken_from_it() -> None:
    world = World()
    whole = snapshot(
        1,
        clusters=[plain("a", endpoints=["a"]), plain("b", endpoints=["b"])],
        endpoints=[plain("a"), plain("b")],
        listeners=[plain("x", routes=["x"], secrets=["s"])],
        routes=[plain("x", clusters=["a", "b"])],
        secrets=[plain("s")],
    )
    world.publish(whole)
    world.settle()
    sent = len(world.sent)
    restarted(world)
    world.publish(early(whole, {"a"}))
    world.settle()
    assert world.sent[sent:] == []
    assert {*world.envoy.held[CLUSTER]} == {"a", "b"}
    world.publish(ResourceSnapshot(2, whole.resources))
    world.settle()
    assert [response for response in world.sent[sent:] if response.resources or response.removed] == []
    assert world.outcomes[-1].acknowledged


def test_given_early_clusters_when_the_whole_comes_without_one_then_envoy_has_to_give_it_up() -> None:
    world = World()
    clusters = [plain("a", endpoints=["a"]), plain("b", endpoints=["b"])]
    more = snapshot(1, clusters=clusters, endpoints=[plain("a"), plain("b")])
    whole = snapshot(
        1,
        clusters=clusters[:1],
        endpoints=[plain("a")],
        listeners=[plain("x", routes=["x"])],
        routes=[plain("x", clusters=["a"])],
    )
    world.publish(early(more, {"a", "b"}))
    world.settle()
    assert {*world.envoy.held[CLUSTER]} == {"a", "b"}
    world.publish(whole)
    world.settle()
    assert_holds(world, whole)
    assert {*world.envoy.held[CLUSTER]} == {"a"}
    assert world.outcomes[-1].acknowledged


@pytest.mark.parametrize("kind", [LISTENER, ROUTE, SECRET])
def test_given_nothing_whole_when_a_type_is_asked_for_then_there_is_no_answer(kind: ResourceType) -> None:
    world = World()
    world.envoy.outbox.clear()
    world.envoy.subscribed[kind].add("x")
    world.publish(early(snapshot(1, clusters=[plain("a")]), {"a"}))
    world.envoy.reconnect()
    world.settle()
    assert {response.type_url for response in world.sent} <= EARLY


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_given_any_interleaving_when_parts_come_early_then_envoy_ends_with_the_whole(data: st.DataObject) -> None:
    world = World()
    if data.draw(st.booleans(), label="runs already"):
        world.publish(numbered(data.draw(snapshots()), 1))
        world.settle()
        restarted(world)
    sent = len(world.sent)
    whole = numbered(data.draw(snapshots()), 2)
    names: set[str] = set()
    for _ in range(data.draw(st.integers(1, 4), label="parts")):
        names |= data.draw(st.sets(st.sampled_from("abcde")))
        world.publish(early(whole, names))
        for action in data.draw(st.lists(st.sampled_from(["envoy", "server", "time"]), max_size=6)):
            {"envoy": world.to_envoy, "server": world.to_server, "time": world.time_passes}[action]()
    assert {response.type_url for response in world.sent[sent:]} <= EARLY
    assert not any(response.removed for response in world.sent[sent:])
    world.publish(whole)
    world.settle()
    assert_holds(world, whole)
    assert world.outcomes[-1].acknowledged
