"""Whatever a compile began with before it knew all objects, it gives what one from scratch gives."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ambassador.compile.early import Early
from ambassador.compile.pipeline import Compiler
from ambassador.ir.cluster import Address
from ambassador.model.objects import SourceObject
from ambassador.wire.resource import EnvoyResources
from tests.properties.manifests import objects, source
from tests.properties.test_incremental import _assert_same, _relaxed

_lists = st.lists(objects, max_size=20)


@_relaxed
@given(_lists, _lists, st.integers(1, 6), st.randoms(use_true_random=False))
def test_given_objects_ahead_when_some_of_them_change_or_go_then_nothing_of_them_is_left(
    found: list[SourceObject], others: list[SourceObject], size: int, random_: random.Random
) -> None:
    """`others` are told of too; where the whole has the key, it has another object, else it has none."""
    world = {one.key: one for one in found}
    ahead = [*found, *others]
    random_.shuffle(ahead)
    told: list[EnvoyResources] = []
    compiler = Compiler()
    for start in range(0, len(ahead), size):
        compiler.ahead({one.key: one for one in ahead[start : start + size]}, Early(told.append, part=1))
    whole = compiler.compile(world, Early(told.append, part=1))
    _assert_same(whole, Compiler().compile(world))
    assert len(compiler.recomputed) == whole.recomputed
    _assert_same(compiler.compile(dict.fromkeys(world)), Compiler().compile({}))


@_relaxed
@given(_lists, st.integers(1, 6))
def test_objects_ahead_tell_of_addresses_only_and_with_their_endpoints(found: list[SourceObject], size: int) -> None:
    world = {one.key: one for one in found}
    keys = list(world)
    told: list[EnvoyResources] = []
    compiler = Compiler()
    for start in range(0, len(keys), size):
        compiler.ahead({key: world[key] for key in keys[start : start + size]}, Early(told.append))
    for early in told:
        assert not (early.listeners or early.routes or early.secrets or early.scopes)
        needed = {name for one in early.clusters.values() for name in one.references.endpoints}
        assert early.endpoints.keys() == needed
    clusters = compiler.compile(world).gateway.clusters
    last = told[-1].clusters.keys() if told else set()
    assert all(isinstance(clusters[name].backend, Address) for name in last & clusters.keys())


def test_given_all_objects_ahead_when_the_whole_comes_then_no_part_of_it_is_told_again() -> None:
    spec = {"hostname": "*", "service": "127.0.0.1:9000"}
    made = [source("Mapping", f"m{number}", {"spec": {**spec, "prefix": f"/{number}/"}}) for number in range(40)]
    world = {one.key: one for one in made}
    told: list[EnvoyResources] = []
    compiler = Compiler()
    compiler.ahead(world, Early(told.append, part=1))
    assert [len(one.clusters) for one in told] == [1]
    compiler.compile(world, Early(told.append, part=1))
    assert len(told) == 1
