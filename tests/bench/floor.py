"""Makes the bytes of a floor that sends just what the product compiles for the same manifests.

Everything here happens before the clock runs.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ambassador.app import compilers
from ambassador.compile.inputs import NOW, OPTIONS
from ambassador.compile.pipeline import Compiler
from ambassador.settings import Settings
from ambassador.sources.folder import load
from ambassador.wire.resource import EnvoyResources
from ambassador.xds.envelope import DeltaResponse, encode_response
from ambassador.xds.resource_snapshot import ResourceSnapshot, diff
from ambassador.xds.types import ResourceType
from tests.bench.buckets import resource_frame

Edit = list[tuple[bytes, bytes]]


class Maker:
    """Compiles manifests once, then each edit, for a floor with its own ports."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._folder = folder
        self._scratch = scratch / "edited.yaml"
        self._compiler = Compiler()
        self._now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    def make(self, settings: Settings, edits: Iterable[str]) -> bytes:
        """The floor's data file; `edits` are texts of manifests that are changed one after the other."""
        self._compiler.set(NOW, {None: self._now})
        self._compiler.set(OPTIONS, {None: compilers.options(settings)})
        current = before = self._compiler.compile(load([self._folder]).objects).resources
        steps: list[Edit] = []
        for number, text in enumerate(edits):
            self._scratch.write_text(text)
            after = self._compiler.compile(load([self._scratch]).objects).resources
            steps.append(_steps(current, after, number))
            current = after
        return pickle.dumps((_initial(before), steps))


def _initial(resources: EnvoyResources) -> dict[bytes, dict[bytes, bytes]]:
    return {
        kind.type_url.encode(): {
            name.encode(): resource_frame(kind.type_url, one.name, one.version, one.body)
            for name, one in ResourceSnapshot(1, resources).table(kind).items()
        }
        for kind in ResourceType
    }


def _steps(old: EnvoyResources, new: EnvoyResources, number: int) -> Edit:
    """One response for each type that differs, in the order in which types are pushed."""
    snapshot = ResourceSnapshot(2, new)
    steps = []
    for kind, changes in diff(ResourceSnapshot(1, old), snapshot).items():
        if changes.removed:
            raise NotImplementedError("the floor's edits only change resources")
        if changes:
            frames = [
                resource_frame(kind.type_url, name, one.version, one.body)
                for name in changes.upserts
                for one in [snapshot.table(kind)[name]]
            ]
            tail = encode_response(DeltaResponse(kind.type_url, f"e{number}", ()))
            steps.append((kind.type_url.encode(), b"".join([*frames, tail])))
    return steps
