"""Scopes, exchange by exchange: what waits for what, what Envoy forgets, and what a refusal of many tables leaves."""

from ads_messages import plain, snapshot
from ads_model import BAD, LISTENER, ROUTE, SCOPE, World, settled

from ambassador.wire.resource import EncodedResource
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.stream_state import ledger_of
from ambassador.xds.types import by_type_url


def gateway(revision: int, parts: int, *listeners: str, **versions: str) -> ResourceSnapshot:
    """Listeners whose tables have two shards in so many parts. `versions` are those of parts of the first."""
    scopes: list[EncodedResource] = []
    routes: list[EncodedResource] = []
    for one in listeners:
        names = [f"{one}/{parts}/{part}" for part in range(parts)]
        shards = [(f"{one}/{shard}", names[shard % parts]) for shard in range(2)]
        scopes += [plain(name, to, routes=[to]) for name, to in [*shards, *((name, name) for name in names)]]
        routes += [plain(name, versions.get(f"v{part}", "1")) for part, name in enumerate(names)]
    found = [plain(one, scopes=[f"{one}/0", f"{one}/1"]) for one in listeners]
    return snapshot(revision, listeners=found, scopes=scopes, routes=routes)


def log(world: World) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """What was sent: type, names, removed names."""
    kinds = ((by_type_url(one.type_url), one) for one in world.sent)
    return [(kind.name, tuple(one.name for one in sent.resources), sent.removed) for kind, sent in kinds if kind]


def test_given_an_edit_of_one_part_then_nothing_else_is_sent() -> None:
    world = settled(gateway(1, 2, "a"))
    world.publish(gateway(2, 2, "a", v1="2"))
    world.settle()
    assert log(world) == [("ROUTE", ("a/2/1",), ())]


def test_given_another_number_of_parts_then_scopes_move_when_envoy_has_the_new_ones() -> None:
    world = settled(gateway(1, 1, "a"))
    world.publish(gateway(2, 2, "a"))
    world.settle()
    assert log(world) == [
        ("SCOPE", ("a/2/0", "a/2/1"), ()),
        ("ROUTE", ("a/2/0", "a/2/1"), ()),
        ("SCOPE", ("a/0", "a/1"), ()),
        ("SCOPE", (), ("a/1/0",)),
    ]
    assert world.envoy.held[ROUTE].keys() == {"a/2/0", "a/2/1"}
    assert world.outcomes[-1].acknowledged


def test_given_a_second_listener_then_it_comes_behind_its_scopes_and_routes() -> None:
    world = settled(gateway(1, 1, "a"))
    world.publish(gateway(2, 1, "a", "b"))
    world.settle()
    assert [kind for kind, *_ in log(world)] == ["SCOPE", "ROUTE", "LISTENER"]


def test_given_a_listener_that_goes_then_its_scopes_go_after_it() -> None:
    world = settled(gateway(1, 1, "a", "b"))
    world.publish(gateway(2, 1, "a"))
    world.settle()
    assert log(world)[:2] == [("LISTENER", (), ("b",)), ("SCOPE", (), ("b/0", "b/1", "b/1/0"))]
    assert world.envoy.held[ROUTE].keys() == {"a/1/0"}


def test_given_the_last_listener_went_when_one_comes_again_then_scopes_are_sent_again_unasked() -> None:
    world = settled(gateway(1, 1, "a"), snapshot(2))
    world.publish(gateway(3, 1, "a"))
    world.settle()
    assert [kind for kind, *_ in log(world)] == ["LISTENER", "SCOPE", "ROUTE"]
    assert world.outcomes[-1].acknowledged
    assert world.envoy.held[SCOPE].keys() == {"a/0", "a/1", "a/1/0"}


def test_given_scopes_and_no_listener_for_them_then_the_revision_is_acknowledged_without() -> None:
    world = settled(gateway(1, 1, "a"))
    whole = gateway(2, 1, "a").resources
    world.publish(snapshot(2, scopes=whole.scopes.values(), routes=whole.routes.values()))
    world.settle()
    assert world.outcomes[-1].acknowledged
    assert not ledger_of(world.state).tables[LISTENER]


def test_given_a_reconnect_in_the_middle_of_a_move_then_it_goes_on_and_nothing_is_sent_twice() -> None:
    world = settled(gateway(1, 1, "a"))
    world.publish(gateway(2, 2, "a"))
    while not world.envoy.held[ROUTE].keys() >= {"a/2/0", "a/2/1"}:
        assert world.to_envoy() or world.to_server() or world.activate() or world.time_passes()
    world.reconnect()
    world.sent.clear()
    world.settle()
    assert ("SCOPE", ("a/0", "a/1"), ()) in log(world)
    assert [kind for kind, names, _ in log(world) if kind == "ROUTE" and names] == []
    assert world.outcomes[-1].acknowledged


def test_given_one_bad_part_among_many_when_it_is_mended_then_all_of_that_response_are_sent_again() -> None:
    world = settled(gateway(1, 2, "a"))
    world.publish(gateway(2, 2, "a", v0=BAD, v1="2"))
    world.settle()
    assert [nack.names for nack in world.outcomes[-1].nacks] == [{"a/2/0", "a/2/1"}]
    world.sent.clear()
    # The good part is as it was in the refused response: Envoy has not taken it, whatever its place there.
    world.publish(gateway(3, 2, "a", v0="3", v1="2"))
    world.settle()
    assert log(world) == [("ROUTE", ("a/2/0", "a/2/1"), ())]
    assert {name: one.version for name, one in world.envoy.held[ROUTE].items()} == {"a/2/0": "3", "a/2/1": "2"}


def test_given_a_bad_part_of_a_new_number_then_no_scope_moves_until_it_is_mended() -> None:
    world = settled(gateway(1, 1, "a"))
    world.publish(gateway(2, 2, "a", v0=BAD))
    world.settle()
    assert world.outcomes[-1].nacks
    assert {name: one.version for name, one in world.envoy.held[SCOPE].items() if name in ("a/0", "a/1")} == {
        "a/0": "a/1/0",
        "a/1": "a/1/0",
    }
    assert "a/1/0" in world.envoy.held[ROUTE]
    world.publish(gateway(3, 2, "a"))
    world.settle()
    assert world.outcomes[-1].acknowledged
    assert world.envoy.held[SCOPE]["a/1"].version == "a/2/1"
