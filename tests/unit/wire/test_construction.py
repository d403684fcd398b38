"""Messages built without validation have the bytes of validated ones: the watcher's way against that of `check`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ambassador.compile.pipeline import Compiler
from ambassador.errors import CompileError
from ambassador.sources.folder import load
from ambassador.wire.construction import trust_own_messages

CASES = sorted((Path(__file__).parents[2] / "golden" / "cases").rglob("*.in.yaml"))
TRUSTING = """
import importlib, json, sys
from ambassador.wire.construction import trust_own_messages
trust_own_messages()
from tests.unit.wire.test_construction import versions
print(json.dumps(versions(sys.argv[1:])))
"""


def versions(paths: list[str]) -> dict[str, list[str]]:
    """Digests of everything that each file compiles to."""
    found = {}
    for path in paths:
        resources = Compiler().compile(load([Path(path)]).objects).resources
        tables = (resources.clusters, resources.endpoints, resources.listeners, resources.routes, resources.secrets)
        found[path] = [f"{name} {one.version}" for table in tables for name, one in sorted(table.items())]
    return found


def test_every_golden_case_has_the_same_bytes_with_and_without_validation() -> None:
    paths = [str(path) for path in CASES]
    assert len(paths) > 20
    command = [sys.executable, "-c", TRUSTING, *paths]
    trusted = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=100, cwd=Path(__file__).parents[3]
    )
    assert json.loads(trusted.stdout) == versions(paths)


def test_it_is_refused_once_message_classes_are_imported() -> None:
    with pytest.raises(CompileError, match="before their classes are imported"):
        trust_own_messages()


LENDING = """
import importlib
from ambassador.wire.construction import give_pydantic_back, trust_own_messages
trust_own_messages()
core = importlib.import_module("envoy_data_plane.envoy.config.core.v3")
give_pydantic_back()
pydantic = importlib.import_module("pydantic")
assert importlib.import_module("dateutil.parser").isoparse("2026-01-01").year == 2026
print(pydantic.BaseModel.__name__, core.Address(pipe=core.Pipe(path="/a")).pipe.path)
"""


def test_given_a_library_that_needs_pydantic_then_it_gets_it_after_the_messages_were_declared() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LENDING],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[3],
    )
    assert told.stdout.split() == ["BaseModel", "/a"]
