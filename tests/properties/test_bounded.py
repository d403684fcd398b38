"""What is remembered is bounded by what is there, however much was edited before."""

from __future__ import annotations

import functools
import gc
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.explain.asking.question import Question, Understood
from ambassador.explain.evaluate import prepare
from ambassador.model.config_snapshot import ConfigSnapshot
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.report import lists
from ambassador.report.explain_view import explain_view
from ambassador.report.revision import Revision
from tests.properties.manifests import source

ROOT = Path(__file__).parents[2]
MAPPINGS = 40
EDITS = 300
SLACK = 10
"""Equal values may be shared or not, depending on what was there when they were made. Each form of an edit is made 27
times."""
OTHERS = 100
"""Objects of the interpreter and of the test's own that may come and go."""

Objects = dict[ObjectKey, SourceObject]
_ENTRY = "ambassador.compile.entry.Entry"


def mapping(name: str, spec: Mapping[str, object]) -> SourceObject:
    """A Mapping with defaults for what `spec` does not say."""
    return source("Mapping", name, {"spec": {"hostname": "*", "prefix": "/", "service": "127.0.0.1:9000", **spec}})


def kept() -> Objects:
    """What is there before and after all edits."""
    numbers = range(MAPPINGS)
    found = [mapping(f"m{one}", {"prefix": f"/{one}/", "hostname": f"h{one % 4}.test"}) for one in numbers]
    return {one.key: one for one in found}


def edited(number: int) -> SourceObject:
    """An object as no edit before has written it: a new one, or another form of one that is there."""
    name = f"m{number % MAPPINGS}"
    forms: tuple[SourceObject, ...] = (
        mapping(name, {"prefix": f"/edited/{number}/"}),
        mapping(name, {"service": f"10.0.{number // 200}.{number % 200}:80"}),
        mapping(name, {"service": f"name-{number}.test:8080", "weight": number % 50}),
        mapping(name, {"hostname": f"new{number}.test", "timeout_ms": number + 1}),
        mapping(name, {"prefix": f"/[a-z]+/{number}", "prefix_regex": True, "precedence": number}),
        mapping(name, {"headers": {f"x-{number}": "a"}, "rewrite": f"/{number}/"}),
        mapping(name, {"prefix": number}),
        mapping(f"added-{number}", {"prefix": f"/added/{number}/"}),
        source("Host", f"host-{number}", {"spec": {"hostname": f"h{number % 4}.test"}}),
        source("Listener", f"listener-{number}", {"spec": {"port": 10_000 + number, "protocol": "HTTP"}}),
        source("Module", f"module-{number}", {"spec": {"config": {"diagnostics": {"enabled": True}}}}),
    )
    return forms[number % len(forms)]


class World:
    """A compiler with its objects, and whoever asks it."""

    def __init__(self) -> None:
        self.compiler = Compiler()
        self.objects: Objects = {}

    def set(self, objects: Objects) -> Compiled:
        """Makes these all that there is."""
        gone = dict.fromkeys(self.objects.keys() - objects.keys())
        changed = {key: one for key, one in objects.items() if self.objects.get(key) != one}
        self.objects = dict(objects)
        return self.compiler.compile({**changed, **gone})

    def edit(self, number: int) -> None:
        """One edit; now and then the one before is taken back first, and somebody asks."""
        base = kept() if number % 3 == 0 else self.objects
        one = edited(number)
        compiled = self.set({**base, one.key: one})
        if number % 10 == 0:
            revision = Revision(number, ConfigSnapshot(self.objects), compiled)
            question = Understood(Question(f"http://h1.test/{number % MAPPINGS}/"))
            assert explain_view(revision, prepare(compiled.gateway), question)["outcome"]
            assert list(lists.problems(revision).items) is not None


def ours() -> Counter[str]:
    """How many values of each type of this program there are, and of all other types together.

    Caches of a bounded size are emptied first: that they fill is what they are for.
    """
    caches = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    for cache in caches:
        if cache.cache_parameters()["maxsize"] is not None:
            cache.cache_clear()
    gc.collect()
    found: Counter[str] = Counter()
    for one in gc.get_objects():
        module = str(type(one).__module__)
        found[f"{module}.{type(one).__name__}" if module.startswith("ambassador.") else "other"] += 1
    return found


def test_given_hundreds_of_edits_that_are_taken_back_then_nothing_of_them_is_left() -> None:
    # A process of its own: what other tests hold, and when they let go of it, is none of this one's business.
    program = f"from {__name__} import nothing_is_left; nothing_is_left()"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr


def nothing_is_left() -> None:
    """Raises an AssertionError that says what is."""
    world = World()
    for number in range(EDITS):
        world.edit(number)
    world.set(kept())
    entries, before = len(world.compiler), ours()
    for number in range(EDITS, 2 * EDITS):
        world.edit(number)
    world.set(kept())
    after = ours()
    assert len(world.compiler) == entries
    # Names of readers that are gone are taken from a crowd when they are a quarter of it.
    assert max(before.pop(_ENTRY), after.pop(_ENTRY)) < 1.4 * entries
    assert after.pop("other") <= before.pop("other") + OTHERS
    assert {name: (before[name], count) for name, count in after.items() if count > before[name] + SLACK} == {}


def test_given_edits_that_were_taken_back_then_as_much_is_remembered_as_by_a_new_compiler() -> None:
    world = World()
    for number in range(EDITS):
        world.edit(number)
    world.set(kept())
    fresh = World()
    fresh.set(kept())
    assert len(world.compiler) == len(fresh.compiler)
