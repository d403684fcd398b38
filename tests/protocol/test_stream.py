"""One stream's state machine, exchange by exchange."""

from types import MappingProxyType

from ads_messages import plain, snapshot
from ads_model import BAD, CLUSTER, ENDPOINT, LISTENER, ROUTE, SECRET, World, request, settled

from ambassador.wire.resource import EncodedResource
from ambassador.xds.envelope import DeltaResponse, ErrorDetail
from ambassador.xds.events import Activated, Requested, TimeUp
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.rules import LATE
from ambassador.xds.stream_state import ledger_of
from ambassador.xds.types import ResourceType


def gateway(revision: int, cluster: str = "a", version: str = "1", ends: str = "1", **more: object) -> ResourceSnapshot:
    """A listener whose only route leads to one EDS cluster."""
    tables: dict[str, list[EncodedResource]] = {
        "clusters": [plain(cluster, version, endpoints=[cluster])],
        "endpoints": [plain(cluster, ends)],
        "listeners": [plain("l", routes=["r"])],
        "routes": [plain("r", cluster + version, clusters=[cluster])],
    }
    return snapshot(revision, **{**tables, **more})


def ask(world: World, kind: ResourceType, **fields: object) -> list[DeltaResponse]:
    """What the server answers to one request."""
    before = len(world.sent)
    world.feed(Requested(request(kind, **fields)))
    return world.sent[before:]


def said(responses: list[DeltaResponse]) -> list[tuple[str, list[str], list[str]]]:
    return [
        (one.type_url.rpartition(".")[2], [resource.name for resource in one.resources], [*one.removed])
        for one in responses
    ]


def test_given_no_snapshot_when_a_client_asks_then_nothing_is_sent_until_there_is_one() -> None:
    world = World()
    assert ask(world, CLUSTER) == []
    assert world.outcomes == []
    world.publish(gateway(1))
    assert said(world.sent) == [("Cluster", ["a"], [])]


def test_given_an_empty_snapshot_when_a_client_starts_then_it_gets_empty_answers() -> None:
    world = World()
    world.publish(snapshot(1))
    world.settle()
    assert said(world.sent) == [("Cluster", [], []), ("Listener", [], [])]
    assert world.outcomes[-1].acknowledged


def test_given_a_start_when_it_settles_then_each_resource_was_sent_once_in_order() -> None:
    world = World()
    world.publish(gateway(1))
    world.settle()
    assert said(world.sent) == [
        ("Cluster", ["a"], []),
        ("ClusterLoadAssignment", ["a"], []),
        ("Listener", ["l"], []),
        ("RouteConfiguration", ["r"], []),
    ]
    assert ledger_of(world.state).complete
    assert ledger_of(world.state).version(ROUTE, "r") == "a1"
    assert ledger_of(world.state).version(ROUTE, "none") is None


def test_given_a_flip_to_a_new_cluster_when_published_then_the_old_one_goes_last() -> None:
    world = settled(gateway(1))
    world.publish(gateway(2, "b"))
    assert said(world.sent) == [("Cluster", ["b"], []), ("ClusterLoadAssignment", ["b"], [])]
    world.settle()
    assert said(world.sent)[-2:] == [("RouteConfiguration", ["r"], []), ("Cluster", [], ["a"])]


def test_given_a_changed_eds_cluster_when_published_then_its_assignment_is_sent_again_at_once() -> None:
    world = settled(gateway(1))
    world.publish(gateway(2, version="2"))
    assert said(world.sent)[:2] == [("Cluster", ["a"], []), ("ClusterLoadAssignment", ["a"], [])]


def test_given_a_change_on_its_way_when_endpoints_change_then_they_do_not_wait() -> None:
    world = settled(gateway(1))
    world.publish(gateway(2, listeners=[plain("l", "2", routes=["r"])]))
    world.publish(gateway(3, ends="2", listeners=[plain("l", "2", routes=["r"])]))
    assert said(world.sent) == [("Listener", ["l"], []), ("ClusterLoadAssignment", ["a"], [])]


def test_given_a_new_listener_and_new_routes_when_published_then_routes_wait_for_the_listener() -> None:
    world = settled(gateway(1))
    world.publish(gateway(2, listeners=[plain("l", "2", routes=["r"])], routes=[plain("r", "2", clusters=["a"])]))
    assert said(world.sent) == [("Listener", ["l"], [])]
    world.settle()
    assert said(world.sent)[1:] == [("RouteConfiguration", ["r"], [])]


def test_given_a_secret_when_it_changes_then_it_is_pushed_at_once() -> None:
    tls = [plain("l", routes=["r"], secrets=["s"])]
    world = settled(gateway(1, listeners=tls, secrets=[plain("s")]))
    world.publish(gateway(2, "b", listeners=tls, secrets=[plain("s", "2")]))
    assert ("Secret", ["s"], []) in said(world.sent)


def test_given_an_unknown_name_when_subscribed_then_the_answer_is_that_it_is_not_there() -> None:
    world = settled(gateway(1))
    assert said(ask(world, ENDPOINT, subscribe=("later",))) == [("ClusterLoadAssignment", [], ["later"])]
    world.settle()
    later = [plain("a"), plain("later")]
    world.publish(gateway(2, endpoints=later))
    assert said(world.sent)[-1] == ("ClusterLoadAssignment", ["later"], [])


def test_given_a_subscribed_name_when_subscribed_again_then_it_is_sent_again() -> None:
    world = settled(gateway(1))
    assert said(ask(world, ROUTE, subscribe=("r",))) == [("RouteConfiguration", ["r"], [])]


def test_given_a_stale_nonce_when_a_request_subscribes_then_it_counts() -> None:
    world = settled(gateway(1))
    answers = ask(world, SECRET, subscribe=("s",), nonce="of another time")
    assert said(answers) == [("Secret", [], ["s"])]


def test_given_a_wildcard_client_when_it_reconnects_with_names_then_it_still_gets_everything() -> None:
    world = World()
    world.publish(snapshot(1, clusters=[plain("a"), plain("b")]))
    versions = MappingProxyType({"a": "1", "gone": "1"})
    assert said(ask(world, CLUSTER, subscribe=("a",), initial_versions=versions)) == [("Cluster", ["b"], [])]


def test_given_a_wildcard_when_star_comes_again_then_everything_is_sent_again_and_an_unsubscribe_is_answered() -> None:
    world = settled(gateway(1))
    assert said(ask(world, CLUSTER, subscribe=("*", "a")))[0] == ("Cluster", ["a"], [])
    world.settle()
    assert said(ask(world, CLUSTER, unsubscribe=("a",)))[0] == ("Cluster", ["a"], [])
    world.settle()
    ask(world, CLUSTER, unsubscribe=("*",))
    assert world.state.types[CLUSTER].held == {}


def test_given_two_requests_in_a_row_when_a_response_is_on_its_way_then_there_is_only_one() -> None:
    world = settled(gateway(1))
    ask(world, ROUTE, subscribe=("r",))
    assert ask(world, ROUTE, subscribe=("r",)) == []
    world.settle()
    assert said(world.sent) == [("RouteConfiguration", ["r"], [])] * 2


def test_given_a_reconnect_after_a_change_when_a_cluster_differs_then_its_assignment_comes_too() -> None:
    world = settled(gateway(1))
    world.state = type(world.state)("gone")
    world.publish(gateway(2, version="2"))
    world.reconnect()
    world.settle()
    assert said(world.sent)[:2] == [("Cluster", ["a"], []), ("ClusterLoadAssignment", ["a"], [])]
    assert world.outcomes[-1].acknowledged


def test_given_a_nack_when_the_same_is_published_then_it_is_not_sent_again_until_it_changes() -> None:
    world = settled(gateway(1))
    bad = gateway(2, routes=[plain("r", BAD, clusters=["a"])])
    for revision in range(2, 30):
        world.publish(ResourceSnapshot(revision, bad.resources))
        world.settle()
    assert said(world.sent) == [("RouteConfiguration", ["r"], [])]
    outcome = world.outcomes[-1]
    assert (outcome.revision, outcome.acknowledged) == (29, False)
    (nack,) = outcome.nacks
    assert (nack.kind, nack.names, nack.mentioned, nack.revision) == (ROUTE, {"r"}, {"r"}, 2)
    assert nack.message == "refused: r"
    world.publish(gateway(30, routes=[plain("r", "4", clusters=["a"])]))
    world.settle()
    assert world.outcomes[-1].acknowledged
    assert world.outcomes[-1].nacks == ()


def test_given_a_refused_new_cluster_when_other_routes_change_then_only_its_routes_wait() -> None:
    listeners = [plain("l", routes=["r"]), plain("m", routes=["q"])]
    world = settled(gateway(1, listeners=listeners, routes=[plain("r", clusters=["a"]), plain("q", clusters=["a"])]))
    world.publish(
        gateway(
            2,
            clusters=[plain("a", endpoints=["a"]), plain("b", BAD)],
            listeners=listeners,
            routes=[plain("r", "2", clusters=["b"]), plain("q", "2", clusters=["a"])],
        )
    )
    world.settle()
    assert said(world.sent) == [("Cluster", ["b"], []), ("RouteConfiguration", ["q"], [])]
    assert ledger_of(world.state).nacks[0].names == {"b"}
    assert not ledger_of(world.state).complete


def test_given_a_refusal_of_many_when_one_is_withdrawn_then_the_others_are_sent() -> None:
    world = settled(gateway(1))
    fine, bad = [plain("a", endpoints=["a"]), plain("b")], plain("c", BAD)
    world.publish(gateway(2, clusters=[*fine, bad]))
    world.settle()
    world.publish(gateway(3, clusters=fine))
    world.settle()
    world.publish(gateway(4, clusters=[*fine, bad]))
    world.settle()
    # The third publication takes back what of the refused response may have been applied.
    assert said(world.sent) == [("Cluster", ["b", "c"], []), ("Cluster", ["b"], []), ("Cluster", [], ["c"])]
    assert not world.outcomes[-1].acknowledged


def test_given_a_listener_refused_for_its_address_when_the_old_one_has_gone_then_it_is_tried_again() -> None:
    world = settled(gateway(1))
    world.publish(gateway(2, listeners=[plain("new", routes=["r"])]))
    refused = world.wire.popleft()
    world.feed(Requested(request(LISTENER, nonce=refused.nonce, error=ErrorDetail(13, "duplicate address"))))
    world.settle()
    listeners = [one for one in world.sent if one.type_url == LISTENER.type_url]
    assert said(listeners) == [("Listener", ["new"], []), ("Listener", [], ["l"]), ("Listener", ["new"], [])]
    assert world.outcomes[-1].acknowledged


def test_given_a_newer_snapshot_during_a_change_when_it_settles_then_what_was_between_is_skipped() -> None:
    world = settled(gateway(1))
    for revision, name in enumerate("bcd", start=2):
        world.publish(gateway(revision, name))
    world.settle()
    routes = [one for one in world.sent if one.type_url == ROUTE.type_url]
    assert said(routes) == [("RouteConfiguration", ["r"], [])]
    assert sorted(world.envoy.held[CLUSTER]) == ["d"]


def test_given_a_cluster_that_never_warms_when_time_is_up_then_its_routes_are_sent_and_it_is_named() -> None:
    world = settled(gateway(1))
    world.publish(gateway(2, "b", endpoints=[]))
    while world.to_envoy() or world.to_server():
        pass
    nonce = world.timers.popleft()
    assert world.timers.popleft() == nonce
    world.feed(TimeUp(nonce))
    ((ticket, names),) = world.tickets.items()
    assert names == {"b"}
    world.feed(Activated(0, names))
    assert ROUTE.type_url not in [one.type_url for one in world.wire]
    world.envoy.active.add("b")
    world.confirmed.add("b")
    world.feed(Activated(ticket, frozenset(), names))
    assert said(world.sent)[-1] == ("RouteConfiguration", ["r"], [])
    while world.to_envoy() or world.to_server():
        pass
    world.feed(TimeUp(nonce))
    while world.time_passes():
        pass
    assert (world.outcomes[-1].revision, world.outcomes[-1].acknowledged) == (2, False)
    assert world.outcomes[-1].inactive == {"b"}
    world.envoy.warming.clear()
    world.envoy.resume()
    world.settle()
    assert world.outcomes[-1].acknowledged
    assert world.outcomes[-1].inactive == frozenset()


def test_given_clusters_still_warming_when_another_is_added_then_it_waits_a_moment_only() -> None:
    world = settled(gateway(1))
    slow = [plain("a", endpoints=["a"]), plain("slow", endpoints=["slow"])]
    world.publish(gateway(2, clusters=slow))
    while world.to_envoy() or world.to_server():
        pass
    world.publish(gateway(3, clusters=[*slow, plain("b")]))
    assert said(world.sent)[-1] != ("Cluster", ["b"], [])
    world.feed(TimeUp(world.timers[0]))
    assert said(world.sent)[-1] == ("Cluster", ["b"], [])
    assert LATE <= 0.1


def test_given_a_listener_whose_routes_are_never_asked_for_when_time_is_up_then_the_revision_ends() -> None:
    world = settled(gateway(1))
    world.publish(gateway(2, listeners=[plain("l", "2", routes=["x"])], routes=[plain("x")]))
    world.to_envoy()
    world.envoy.outbox = type(world.envoy.outbox)(one for one in world.envoy.outbox if one.nonce)
    world.to_server()
    assert world.outcomes[-1].revision == 1
    world.feed(TimeUp("expected0"))
    assert world.outcomes[-1].revision == 1
    world.time_passes()
    world.settle()
    assert world.outcomes[-1].revision == 2
