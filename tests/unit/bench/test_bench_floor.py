"""The floor that `make bench` compares with: hand-written bytes that stand for just the product's routes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from envoy_data_plane.envoy.config.listener.v3 import Listener
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpConnectionManager

from ambassador.app import compilers
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.pipeline import Compiler
from ambassador.settings import Settings
from ambassador.sources.folder import load
from ambassador.xds.types import ResourceType
from tests.bench.buckets import FEW, as_list, as_prefix_map, resource_frame
from tests.bench.changes import ADDED, EDITED, FLIPPED, changes
from tests.bench.layouts import Layout, ManyFiles
from tests.bench.plain import BUCKETS, LIST, FloorBytes, sample
from tests.bench.shards import ShardedBytes

SERVICES = ("127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003")
ROUTES = ResourceType.ROUTE


def compiled(layout: Layout, settings: Settings, folder: Path) -> bytes:
    """The product's route table, framed as a resource."""
    compiler = Compiler()
    compiler.set(OPTIONS, {None: compilers.options(settings)})
    [(name, one)] = compiler.compile(load([folder]).objects).resources.routes.items()
    return resource_frame(ROUTES.type_url, name, "0", one.body)


@pytest.mark.parametrize("redirect", [False, True])
@pytest.mark.parametrize("hosts", [0, 1, 4])
def test_given_few_mappings_when_the_floor_writes_them_down_then_the_bytes_are_the_products(
    hosts: int, redirect: bool, tmp_path: Path
) -> None:
    layout = Layout(12, hosts, SERVICES, redirect=redirect)
    store = ManyFiles(tmp_path)
    store.fill(layout.texts())
    steps = changes(layout, 2)
    assert {one.kind for one in steps} == {EDITED, FLIPPED, ADDED}
    with_sample = FloorBytes(sample(layout, Settings(), tmp_path.parent / f"{tmp_path.name}-sample"), LIST)
    initial, responses = pickle.loads(with_sample.data(steps))
    [table] = initial[ROUTES.type_url.encode()].values()
    assert table == compiled(layout, Settings(), tmp_path)
    for number, (step, [(_, response)]) in enumerate(zip(steps, responses, strict=True), 1):
        store.fill({step.state.file: layout.manifest(step.state)})
        wanted = compiled(layout, Settings(), tmp_path)
        # All but the version, which is the number of the step.
        assert response.startswith(wanted.replace(b"\x0a\x010", b"\x0a\x01%d" % number, 1))


def test_given_many_prefixes_when_they_become_a_map_then_each_leaf_is_short_and_holds_its_routes_in_order() -> None:
    routes = [(f"/r{number:05d}/".encode(), f"<{number}>".encode()) for number in reversed(range(1000))]
    found = as_prefix_map(routes)
    assert found != as_list(routes)
    assert all(found.count(route) == 1 for _, route in routes)
    assert [found.index(b"<%d>" % number) for number in (199, 142, 100)] == sorted(
        found.index(b"<%d>" % number) for number in (199, 142, 100)
    )
    assert found.count(b"RouteList") == 1000 // FEW


@pytest.mark.parametrize("count", [FEW, FEW + 1])
def test_given_a_prefix_that_takes_paths_of_all_buckets_when_there_would_be_a_map_then_it_stays_a_list(
    count: int,
) -> None:
    routes = [(f"/r{number:05d}/".encode(), b"route") for number in range(count)]
    assert as_prefix_map([*routes, (b"/", b"all")]) == as_list([*routes, (b"/", b"all")])


def test_given_any_change_when_it_is_made_then_all_prefixes_stay_equally_long_and_different() -> None:
    layout = Layout(7, 0, SERVICES)
    steps = changes(layout, 120)
    assert {len(one.state.prefix) for one in steps} == {len(layout.prefix(0, 0))}
    now = {one.name: one.prefix for one in map(layout.first, range(7))}
    for step in steps:
        now[step.state.name] = step.state.prefix
        assert len(set(now.values())) == len(now)


def test_given_many_mappings_when_both_encodings_are_made_then_they_hold_the_same_routes(tmp_path: Path) -> None:
    layout = Layout(300, 0, SERVICES)
    found = sample(layout, Settings(), tmp_path / "sample")
    for encoding in (LIST, BUCKETS):
        initial, _ = pickle.loads(FloorBytes(found, encoding).data())
        [table] = initial[ROUTES.type_url.encode()].values()
        assert all(table.count(layout.first(number).name.encode()) == 1 for number in range(300)), encoding.name


def test_given_many_hosts_when_they_are_spread_over_tables_then_each_is_in_one_and_a_change_sends_only_that(
    tmp_path: Path,
) -> None:
    layout = Layout(400, 400, SERVICES)
    floor = ShardedBytes(sample(layout, Settings(), tmp_path / "sample"), LIST)
    steps = changes(layout, 3)
    initial, responses = pickle.loads(floor.data(steps))
    tables = initial[ROUTES.type_url.encode()]
    assert len(tables) == 256
    whole = b"".join(tables.values())
    assert all(whole.count(layout.first(number).name.encode()) == 1 for number in range(400))
    assert max(table.count(b"mapping/default/") for table in tables.values()) < 40
    for step, [(_, response)] in zip(steps, responses, strict=True):
        [before] = [table for table in tables.values() if f"m{step.state.number:05d}".encode() in table]
        assert step.state.prefix.encode() in response
        assert len(response) < len(before) + 200


def test_given_the_sharded_floor_when_its_listener_is_made_then_scopes_stand_where_the_table_was_named(
    tmp_path: Path,
) -> None:
    floor = ShardedBytes(sample(Layout(2, 2, SERVICES), Settings(), tmp_path / "sample"), LIST)
    [body] = [body for url, _, body in floor.others() if url == ResourceType.LISTENER.type_url]
    config = Listener.parse(body).filter_chains[0].filters[0].typed_config
    assert config is not None
    manager = HttpConnectionManager.parse(config.value)
    assert manager.rds is None
    assert manager.scoped_routes is not None and manager.scoped_routes.name == "scopes"
    assert [one.name for one in manager.early_header_mutation_extensions] == ["scope"]
