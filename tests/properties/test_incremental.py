"""After any edits a compile gives what one from scratch gives, byte for byte; the order of input never matters."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ambassador.compile.early import Early
from ambassador.compile.inputs import OPTIONS, Options
from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.wire.resource import EnvoyResources
from ambassador.xds.consistency import missing_references
from tests.agreement.draw_crowds import crowds
from tests.agreement.world import SAME_PORTS, World
from tests.properties.manifests import objects

Edit = SourceObject | ObjectKey
_batches = st.lists(
    st.lists(objects | objects.map(lambda one: one.key), min_size=1, max_size=6), min_size=1, max_size=8
)
_sizes = st.sampled_from((0, 1, 2, 64))
_shards = st.sampled_from((0, 2, 8))
_relaxed = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def _compiler(bucket_size: int, host_shards: int = 0) -> Compiler:
    compiler = Compiler()
    compiler.set(OPTIONS, {None: Options(bucket_size=bucket_size, host_shards=host_shards)})
    return compiler


def _bytes(compiled: Compiled) -> dict[str, dict[str, tuple[bytes, object]]]:
    tables = {
        "clusters": compiled.resources.clusters,
        "endpoints": compiled.resources.endpoints,
        "listeners": compiled.resources.listeners,
        "scopes": compiled.resources.scopes,
        "routes": compiled.resources.routes,
        "secrets": compiled.resources.secrets,
    }
    return {kind: {name: (one.body, one.references) for name, one in table.items()} for kind, table in tables.items()}


def _assert_same(incremental: Compiled, fresh: Compiled) -> None:
    assert _bytes(incremental) == _bytes(fresh)
    assert dict(incremental.reports) == dict(fresh.reports)
    assert incremental.gateway == fresh.gateway
    assert incremental.shards == fresh.shards
    assert missing_references(incremental.resources) == ()


@_relaxed
@given(_batches, _sizes, _shards)
def test_any_sequence_of_edits_gives_what_a_compile_from_scratch_gives(
    batches: list[list[Edit]], size: int, shards: int
) -> None:
    compiler = _compiler(size, shards)
    world: dict[ObjectKey, SourceObject] = {}
    for batch in batches:
        changes: dict[ObjectKey, SourceObject | None] = {}
        for edit in batch:
            if isinstance(edit, SourceObject):
                changes[edit.key] = edit
            elif edit in world or edit in changes:
                changes[edit] = None
        for key, value in changes.items():
            if value is None:
                world.pop(key, None)
            else:
                world[key] = value
        _assert_same(compiler.compile(changes), _compiler(size, shards).compile(world))


@_relaxed
@given(st.lists(objects, max_size=25), _sizes, st.randoms(use_true_random=False))
def test_the_order_of_objects_never_matters(found: list[SourceObject], size: int, shuffle: random.Random) -> None:
    world = {one.key: one for one in found}
    shuffled = list(world.items())
    shuffle.shuffle(shuffled)
    _assert_same(_compiler(size).compile(dict(shuffled)), _compiler(size).compile(world))


@_relaxed
@given(st.lists(objects, max_size=25))
def test_clusters_that_are_told_early_are_those_of_the_whole(found: list[SourceObject]) -> None:
    world = {one.key: one for one in found}
    told: list[EnvoyResources] = []
    compiler = Compiler()
    whole = compiler.compile(world, Early(told.append, part=1))
    _assert_same(whole, Compiler().compile(world))
    assert len(compiler.recomputed) == whole.recomputed
    for early in told:
        assert not (early.listeners or early.routes or early.secrets)
        assert early.clusters.items() <= whole.resources.clusters.items()
        assert early.endpoints.items() <= whole.resources.endpoints.items()
        needed = {name for one in early.clusters.values() for name in one.references.endpoints}
        assert early.endpoints.keys() == needed
    if told:
        without_secrets = {name for name, one in whole.resources.clusters.items() if not one.references.secrets}
        assert told[-1].clusters.keys() == without_secrets
    _assert_same(compiler.compile(dict.fromkeys(world)), Compiler().compile({}))


@_relaxed
@given(st.lists(objects, min_size=1, max_size=12), _shards)
def test_nothing_is_kept_of_objects_that_are_gone(found: list[SourceObject], shards: int) -> None:
    compiler = _compiler(64, shards)
    sizes = []
    for _ in range(3):
        compiler.compile({one.key: one for one in found})
        _assert_same(compiler.compile({one.key: None for one in found}), _compiler(64, shards).compile({}))
        sizes.append(len(compiler))
    # What is asked for in any case may be remembered, but nothing may be added by coming and going again.
    assert sizes[1] == sizes[2]
    renamed = [_renamed(one, f"{one.key.name}-again") for one in found]
    compiler.compile({one.key: one for one in renamed})
    compiler.compile({one.key: None for one in renamed})
    assert len(compiler) <= sizes[2]


def _renamed(one: SourceObject, name: str) -> SourceObject:
    metadata = {**one.metadata, "name": name}
    return SourceObject(one.key._replace(name=name), f"{one.digest}-{name}", {**one.content, "metadata": metadata})


@settings(_relaxed, max_examples=50)
@given(crowds(), crowds(), st.integers(1, 3), st.data())
def test_any_edits_of_a_crowd_of_routes_give_what_a_compile_from_scratch_gives(
    first: World, second: World, size: int, data: st.DataObject
) -> None:
    before, after = (one.objects(SAME_PORTS) for one in (first, second))
    names = sorted(before.keys() | after.keys())
    compiler = _compiler(size)
    compiler.compile(before)
    world = dict(before)
    for _ in range(3):
        moved = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=8, unique=True))
        changes: dict[ObjectKey, SourceObject | None] = {}
        for key in moved:
            one = data.draw(st.sampled_from((before.get(key), after.get(key), None)))
            renamed = world.get(key) if one is None and data.draw(st.booleans()) else None
            changes[key] = one
            world.pop(key, None)
            if renamed is not None:
                one = _renamed(renamed, f"{key.name}-again")
            if one is not None:
                changes[one.key] = world[one.key] = one
        _assert_same(compiler.compile(changes), _compiler(size).compile(world))
