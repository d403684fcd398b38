"""The hash of hosts is Envoy's pattern as well as Python's sum; tables in shards hold what the whole one holds."""

from __future__ import annotations

import re2
from hypothesis import given
from hypothesis import strategies as st

from ambassador.compile.host_shards import HEADER, MOST_SHARDS, key_of, scope_key, shard_of
from ambassador.compile.inputs import OPTIONS, Options
from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.model.objects import SourceObject
from ambassador.xds.consistency import missing_references
from tests.properties.manifests import source

_LETTERS = "abcxyzABCXYZ0189-._~[]%"
_hosts = st.text(_LETTERS, min_size=1, max_size=40)
_shards = st.sampled_from([2**bits for bits in range(1, 9)])
_LONGEST_PATTERN = 100
"""Instructions of RE2 that Envoy's expressions allow."""


def patterns(shards: int) -> list[str]:
    return scope_key("t", shards).split("matches('")[1:]


def compiled(shards: int, *hosts: str, routes: int = 1) -> Compiled:
    compiler = Compiler()
    compiler.set(OPTIONS, {None: Options(host_shards=shards)})
    return compiler.compile({one.key: one for host in hosts for one in mappings(host, routes)})


def mappings(host: str, routes: int = 1, edited: str = "") -> list[SourceObject]:
    specs = [{"hostname": host, "prefix": f"/{edited}{one}/", "service": "127.0.0.1:9000"} for one in range(routes)]
    name = host.replace("*", "any")
    return [source("Mapping", f"{name}-{number}", {"spec": spec}) for number, spec in enumerate(specs)]


@given(_hosts, st.sampled_from(["", ":80", ":"]), _shards)
def test_given_any_host_then_the_shard_is_what_envoys_patterns_say(host: str, port: str, shards: int) -> None:
    found = [re2.compile(one.partition("')")[0]) for one in patterns(shards)]
    assert all(one.programsize <= _LONGEST_PATTERN for one in found)
    assert shard_of(host + port, shards) == sum(2**bit for bit, one in enumerate(found) if one.search(host + port))


@given(_hosts, _shards)
def test_given_another_spelling_or_fewer_shards_then_the_hash_agrees(host: str, shards: int) -> None:
    assert shard_of(host.upper(), shards) == shard_of(host, shards) == shard_of(f"{host}:8080", shards)
    assert shard_of(host, shards) == shard_of(host, MOST_SHARDS) % shards


def test_given_numbered_names_then_an_edit_meets_less_than_twice_the_average_shard() -> None:
    shards = [shard_of(f"tenant{number}.example.com", MOST_SHARDS) for number in range(10_000)]
    counts = [shards.count(one) for one in set(shards)]
    assert sum(one * one for one in counts) / len(shards) < 2 * len(shards) / MOST_SHARDS


def test_given_no_shards_then_there_is_one_table_and_no_scope() -> None:
    found = compiled(0, "a.test", "b.test")
    assert list(found.resources.routes) == ["ambassador-default"]
    assert (found.resources.scopes, found.shards) == ({}, {})
    assert HEADER.encode() not in b"".join(one.body for one in found.resources.listeners.values())


def test_given_shards_then_each_host_is_in_its_own_and_wildcards_are_in_all() -> None:
    names = [f"h{number}.test" for number in range(64)]
    found = compiled(8, *names, "*.wild.test")
    [shards] = found.shards.values()
    assert len(set(shards)) == 8
    for name in names:
        holding = {
            table for table, one in found.resources.routes.items() if f"\x12{chr(len(name))}{name}".encode() in one.body
        }
        assert holding == {shards[shard_of(name, 8)]}
    assert all(b"*.wild.test" in one.body and HEADER.encode() in one.body for one in found.resources.routes.values())
    assert missing_references(found.resources) == ()
    keys = b"".join(one.body for one in found.resources.scopes.values())
    assert all(key_of("ambassador-default", shard).encode() in keys for shard in range(8))


def test_given_much_that_all_parts_hold_then_there_are_so_few_that_copies_stay_below_twice_the_table() -> None:
    names = [f"h{number}.test" for number in range(300)]
    for routes, parts in ((1, 256), (100, 4), (1000, 2)):
        compiler = Compiler()
        compiler.set(OPTIONS, {None: Options(host_shards=256)})
        world = {one.key: one for name in names for one in mappings(name)}
        found = compiler.compile({**world, **{one.key: one for one in mappings("*.wild.test", routes)}})
        [shards] = found.shards.values()
        assert len(set(shards)) == parts
        assert len(names) + parts * routes <= 2 * (len(names) + routes) + 64
        # Fewer again when all is gone but one host (and "*", which is always there).
        left = compiler.compile(
            dict.fromkeys([*list(world)[1:], *[one.key for one in mappings("*.wild.test", routes)]])
        )
        assert len(set(*left.shards.values())) <= 2


def test_given_many_hosts_when_one_is_edited_then_one_part_and_few_rules_change() -> None:
    compiler = Compiler()
    compiler.set(OPTIONS, {None: Options(host_shards=256)})
    names = [f"h{number}.test" for number in range(1000)]
    before = compiler.compile({one.key: one for name in names for one in mappings(name)})
    after = compiler.compile({one.key: one for one in mappings("h7.test", edited="new")})
    routes, earlier = after.resources.routes, before.resources.routes
    assert [name for name, one in routes.items() if one is not earlier[name]] == [
        after.shards["ambassador-default"][shard_of("h7.test", 256)]
    ]
    assert after.resources.scopes == before.resources.scopes
    assert after.resources.listeners == before.resources.listeners
    assert after.recomputed <= 15, compiler.recomputed
