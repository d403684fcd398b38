"""How much work one change is, as exact counts that no machine changes. More is a fault; less is to be written down.

Rules that run again, routes encoded, bodies digested, and bytes of resources sent to Envoy. The first three must not
grow with the number of Mappings at all; the bytes do, since Envoy takes a table of routes only as a whole.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from functools import wraps
from typing import Any

import pytest

from ambassador.compile.pipeline import Compiler
from ambassador.compile.routes import encode_route
from ambassador.model.objects import SourceObject
from ambassador.wire.encode import digest
from ambassador.xds.ledger import Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot
from tests.properties.manifests import source
from tests.properties.test_budget import Client, by_key

HOSTS = 1_000
EDITED, FLIPPED, ADDED = "prefix edited", "service flipped", "Mapping added"
ONE_HOST, MANY_HOSTS = "one host", "1,000 hosts"


@dataclass(frozen=True, slots=True)
class Work:
    """What one change makes the watcher do."""

    rules: int
    encodes: int
    digests: int
    sent: int


# Update a line when a change does less; the failing test prints it.
EXPECTED: dict[tuple[str, str, int], Work] = {
    (ONE_HOST, EDITED, 10): Work(11, 1, 1, 832),
    (ONE_HOST, EDITED, 1_000): Work(11, 1, 1, 87963),
    (ONE_HOST, EDITED, 10_000): Work(11, 1, 1, 887793),
    (ONE_HOST, FLIPPED, 10): Work(10, 1, 1, 831),
    (ONE_HOST, FLIPPED, 1_000): Work(10, 1, 1, 87962),
    (ONE_HOST, FLIPPED, 10_000): Work(10, 1, 1, 887792),
    (ONE_HOST, ADDED, 10): Work(11, 1, 1, 911),
    (ONE_HOST, ADDED, 1_000): Work(11, 1, 1, 88044),
    (ONE_HOST, ADDED, 10_000): Work(11, 1, 1, 887875),
    (MANY_HOSTS, EDITED, 10): Work(11, 1, 1, 1091),
    (MANY_HOSTS, EDITED, 1_000): Work(11, 1, 1, 107921),
    (MANY_HOSTS, EDITED, 10_000): Work(11, 1, 1, 855921),
    (MANY_HOSTS, FLIPPED, 10): Work(10, 1, 1, 1090),
    (MANY_HOSTS, FLIPPED, 1_000): Work(10, 1, 1, 107920),
    (MANY_HOSTS, FLIPPED, 10_000): Work(10, 1, 1, 855920),
    (MANY_HOSTS, ADDED, 10): Work(11, 1, 1, 1171),
    (MANY_HOSTS, ADDED, 1_000): Work(11, 1, 1, 108003),
    (MANY_HOSTS, ADDED, 10_000): Work(11, 1, 1, 856003),
}


@dataclass(frozen=True, slots=True)
class World:
    """Mappings, compiled and acknowledged by a client."""

    count: int
    hosts: str
    compiler: Compiler
    client: Client

    def mapping(self, number: int, edited: bool = False, flipped: bool = False, name: str = "m") -> SourceObject:
        host = f"h{number % HOSTS:04d}.test" if self.hosts == MANY_HOSTS else "*"
        prefix = f"/r{number:05d}/{'edited' if edited else 'first'}/{name}/"
        service = f"127.0.0.1:{9000 + (number + flipped) % 4}"
        return source("Mapping", f"{name}{number}", {"spec": {"hostname": host, "prefix": prefix, "service": service}})

    def publish(self, changed: SourceObject) -> None:
        self._publish({changed.key: changed})

    def remove(self, gone: SourceObject) -> None:
        self._publish({gone.key: None})

    def _publish(self, changes: dict[Any, SourceObject | None]) -> None:
        compiled = self.compiler.compile(changes)
        target = self.client.state.target
        revision = target.revision + 1 if target else 1
        self.client.publish(ResourceSnapshot(revision, compiled.resources))
        assert self.client.outcomes[-1] == Outcome(revision, acknowledged=True)


@pytest.fixture(scope="module", params=[ONE_HOST, MANY_HOSTS])
def hosts(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=[10, 1_000, 10_000])
def world(request: pytest.FixtureRequest, hosts: str) -> World:
    found = World(request.param, hosts, Compiler(), Client())
    compiled = found.compiler.compile(by_key(*[found.mapping(number) for number in range(found.count)]))
    found.client.publish(ResourceSnapshot(1, compiled.resources))
    return found


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often routes were encoded and bodies digested, wherever that is called from."""
    found: Counter[str] = Counter()
    for function in (encode_route, digest):
        counting = counted(function, found)
        for module in [one for name, one in sys.modules.items() if name.startswith("ambassador.")]:
            for name in [name for name, value in vars(module).items() if value is function]:
                monkeypatch.setattr(module, name, counting)
    yield found


def counted(function: Callable[..., Any], into: Counter[str]) -> Callable[..., Any]:
    @wraps(function)
    def counting(*arguments: Any, **named: Any) -> Any:
        into[function.__name__] += 1
        return function(*arguments, **named)

    return counting


@pytest.mark.parametrize("kind", [EDITED, FLIPPED, ADDED])
def test_given_any_number_of_mappings_when_one_changes_then_the_work_is_what_it_was(
    world: World, kind: str, calls: Counter[str]
) -> None:
    number = world.count // 2
    after = world.mapping(number, kind == EDITED, kind == FLIPPED, "a" if kind == ADDED else "m")
    calls.clear()
    before = len(world.client.sent)
    world.publish(after)
    # Without the frame, whose nonce is longer the more was sent before.
    sent = sum(len(one.body) for response in world.client.sent[before:] for one in response.resources)
    work = Work(len(world.compiler.recomputed), calls["encode_route"], calls["digest"], sent)
    # As it was, for the next test.
    if kind == ADDED:
        world.remove(after)
    else:
        world.publish(world.mapping(number))
    expected = EXPECTED.get((world.hosts, kind, world.count))
    assert work == expected, compared(world, kind, work, expected)


def compared(world: World, kind: str, work: Work, expected: Work | None) -> str:
    """What to do about a difference."""
    line = f"({world.hosts!r}, {kind!r}, {world.count}): Work{astuple(work)},"
    if expected is None:
        return f"no line in EXPECTED: {line}"
    grown = any(new > old for new, old in zip(astuple(work), astuple(expected), strict=True))
    verdict = "more work than before" if grown else "less work than before: write it down"
    return f"{verdict}; was {expected}; the line would be {line}"


@pytest.mark.parametrize("kind", [EDITED, FLIPPED, ADDED])
@pytest.mark.parametrize("hosts_of", [ONE_HOST, MANY_HOSTS])
def test_given_the_table_of_work_then_nothing_but_the_bytes_grows_with_the_number_of_mappings(
    hosts_of: str, kind: str
) -> None:
    lines = [work for (where, what, _), work in EXPECTED.items() if (where, what) == (hosts_of, kind)]
    assert len({(one.rules, one.encodes, one.digests) for one in lines}) == 1, lines
