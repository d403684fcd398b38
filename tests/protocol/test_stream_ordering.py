"""Whatever is published and whenever messages arrive: make before break, and in the end Envoy holds the newest."""

from ads_messages import plain, snapshot
from ads_model import BAD, CLUSTER, ENDPOINT, LISTENER, ROUTE, SCOPE, SECRET, ModelEnvoy, World
from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.xds.envelope import DeltaRequest
from ambassador.xds.events import Requested
from ambassador.xds.resource_snapshot import ResourceSnapshot

NAMES = "abcde"


@st.composite
def snapshots(draw: st.DrawFn, versions: str = "123", bad: bool = False) -> ResourceSnapshot:
    """A consistent snapshot; with `bad`, some resources are refused."""
    version = st.sampled_from([*versions, BAD] if bad else list(versions))
    names = draw(st.sets(st.sampled_from(NAMES), min_size=1))
    some = st.sets(st.sampled_from(sorted(names)))
    tables = draw(st.lists(st.sampled_from("xyz"), unique=True))
    # A watcher has scopes or it has none; it does not change its mind.
    sharded = draw(st.shared(st.booleans(), key="sharded"))
    parts = {one: draw(st.sampled_from([1, 2])) if sharded else 0 for one in tables}
    return snapshot(
        0,
        clusters=[plain(name, draw(version), endpoints=[name]) for name in sorted(names)],
        endpoints=[plain(name, draw(st.sampled_from(versions))) for name in sorted(names)],
        listeners=[
            plain(
                one,
                draw(version),
                routes=[] if parts[one] else [one],
                scopes=requested(one) if parts[one] else [],
                secrets=["s"],
                clusters=draw(some),
            )
            for one in draw_some(draw, tables)
        ],
        scopes=[plain(scope, to, routes=[to]) for one in tables for scope, to in scoped(one, parts[one])],
        routes=[plain(name, draw(version), clusters=draw(some)) for one in tables for name in named(one, parts[one])],
        secrets=[plain("s", draw(version))],
    )


def named(table: str, parts: int) -> list[str]:
    """A table's route configurations: itself, or its parts."""
    return [f"{table}/{parts}/{part}" for part in range(parts)] or [table]


def requested(table: str) -> list[str]:
    """The scopes that requests are found by."""
    return [f"{table}/{shard}" for shard in range(2)]


def scoped(table: str, parts: int) -> list[tuple[str, str]]:
    """Those scopes with their parts, and a scope of its own for each part."""
    found = named(table, parts)
    given = [(name, found[shard % parts]) for shard, name in enumerate(requested(table))] if parts else []
    return given + [(name, name) for name in found if parts]


def draw_some(draw: st.DrawFn, names: list[str]) -> list[str]:
    return [name for name in names if draw(st.booleans())]


def numbered(one: ResourceSnapshot, revision: int) -> ResourceSnapshot:
    """Versions differ whenever references do, as digests do."""
    resources = one.resources
    return ResourceSnapshot(
        revision,
        type(resources)(
            clusters=resources.clusters,
            endpoints=resources.endpoints,
            listeners={n: digested(r) for n, r in resources.listeners.items()},
            scopes=resources.scopes,
            routes={n: digested(r) for n, r in resources.routes.items()},
            secrets=resources.secrets,
        ),
    )


def digested(one):  # type: ignore[no-untyped-def]
    refers = one.references
    told = "".join([*sorted(refers.clusters), "|", *sorted(refers.scopes)])
    text = one.version if one.version == BAD else f"{one.version}:{told}"
    return plain(
        one.name, text, clusters=refers.clusters, routes=refers.routes, scopes=refers.scopes, secrets=refers.secrets
    )


def play(data: st.DataObject, world: World, bad: bool) -> int:
    revision = 0
    for _ in range(data.draw(st.integers(1, 25), label="steps")):
        action = data.draw(
            st.sampled_from(["publish", "envoy", "envoy", "server", "server", "activate", "time", "again"])
        )
        if action == "publish":
            revision += 1
            world.publish(numbered(data.draw(snapshots(bad=bad)), revision))
        elif action == "again" and data.draw(st.booleans()):
            world.reconnect()
        else:
            {"envoy": world.to_envoy, "server": world.to_server, "activate": world.activate}.get(
                action, world.time_passes
            )()
    return revision


def assert_holds(world: World, target: ResourceSnapshot) -> None:
    held = {kind: {n: r.version for n, r in table.items()} for kind, table in world.envoy.held.items()}
    wanted = {kind: {n: r.version for n, r in target.table(kind).items()} for kind in held}
    listeners = target.resources.listeners.values()
    used = {name for one in listeners for name in one.references.routes}
    if any(one.references.scopes for one in listeners):
        used |= {name for one in target.resources.scopes.values() for name in one.references.routes}
        assert held[SCOPE] == wanted[SCOPE]
    else:
        assert held[SCOPE] == {}
    assert held[CLUSTER] == wanted[CLUSTER]
    assert held[ENDPOINT] == wanted[ENDPOINT]
    assert held[LISTENER] == wanted[LISTENER]
    assert held[ROUTE] == {name: version for name, version in wanted[ROUTE].items() if name in used}
    assert held[SECRET] == (wanted[SECRET] if listeners else {})


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_given_any_interleaving_when_all_is_fine_then_envoy_ends_with_the_newest_snapshot(data: st.DataObject) -> None:
    world = World()
    revision = play(data, world, bad=False)
    last = numbered(data.draw(snapshots()), revision + 1)
    world.publish(last)
    world.settle()
    assert_holds(world, last)
    assert world.outcomes[-1].acknowledged
    assert world.outcomes[-1].revision == revision + 1
    assert not world.state.activation.waiting


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_given_refusals_when_a_good_snapshot_follows_then_envoy_recovers_to_it(data: st.DataObject) -> None:
    world = World(ModelEnvoy(partial=data.draw(st.booleans(), label="partial")))
    revision = play(data, world, bad=True)
    world.publish(numbered(data.draw(snapshots(bad=True)), revision + 1))
    world.settle()
    assert world.outcomes[-1].revision == revision + 1
    assert world.outcomes[-1].acknowledged or world.outcomes[-1].nacks
    last = numbered(data.draw(snapshots()), revision + 2)
    world.publish(last)
    world.settle()
    assert_holds(world, last)
    assert world.outcomes[-1].acknowledged


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_given_a_settled_envoy_when_it_reconnects_then_nothing_is_sent_again(data: st.DataObject) -> None:
    world = World()
    play(data, world, bad=False)
    last = numbered(data.draw(snapshots()), 100)
    world.publish(last)
    world.settle()
    before = len(world.sent)
    world.reconnect()
    world.settle()
    assert [response for response in world.sent[before:] if response.resources or response.removed] == []
    assert world.outcomes[-1].acknowledged


def test_given_a_type_that_is_not_served_when_asked_for_then_nothing_happens() -> None:
    world = World()
    world.publish(snapshot(1))
    world.feed(Requested(DeltaRequest(type_url="type.googleapis.com/envoy.service.runtime.v3.Runtime")))
    assert world.sent == []
