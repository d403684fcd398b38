"""After any edits a compile gives what one from scratch gives, byte for byte; the order of input never matters."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.xds.consistency import missing_references
from tests.properties.manifests import objects

Edit = SourceObject | ObjectKey
_batches = st.lists(
    st.lists(objects | objects.map(lambda one: one.key), min_size=1, max_size=6), min_size=1, max_size=8
)
_relaxed = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def _bytes(compiled: Compiled) -> dict[str, dict[str, tuple[bytes, object]]]:
    tables = {
        "clusters": compiled.resources.clusters,
        "endpoints": compiled.resources.endpoints,
        "listeners": compiled.resources.listeners,
        "routes": compiled.resources.routes,
        "secrets": compiled.resources.secrets,
    }
    return {kind: {name: (one.body, one.references) for name, one in table.items()} for kind, table in tables.items()}


def _assert_same(incremental: Compiled, fresh: Compiled) -> None:
    assert _bytes(incremental) == _bytes(fresh)
    assert dict(incremental.reports) == dict(fresh.reports)
    assert incremental.gateway == fresh.gateway
    assert missing_references(incremental.resources) == ()


@_relaxed
@given(_batches)
def test_any_sequence_of_edits_gives_what_a_compile_from_scratch_gives(batches: list[list[Edit]]) -> None:
    compiler = Compiler()
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
        _assert_same(compiler.compile(changes), Compiler().compile(world))


@_relaxed
@given(st.lists(objects, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_objects_never_matters(found: list[SourceObject], shuffle: random.Random) -> None:
    world = {one.key: one for one in found}
    shuffled = list(world.items())
    shuffle.shuffle(shuffled)
    _assert_same(Compiler().compile(dict(shuffled)), Compiler().compile(world))


@_relaxed
@given(st.lists(objects, min_size=1, max_size=12))
def test_nothing_is_kept_of_objects_that_are_gone(found: list[SourceObject]) -> None:
    compiler = Compiler()
    sizes = []
    for _ in range(3):
        compiler.compile({one.key: one for one in found})
        _assert_same(compiler.compile({one.key: None for one in found}), Compiler().compile({}))
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
