"""Makes the floor's bytes: what the product compiles for the same manifests, and the fastest encoding of its routes.

Everything here happens before the clock runs.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ambassador import app
from ambassador.compile.inputs import NOW, OPTIONS
from ambassador.compile.pipeline import Compiler
from ambassador.settings import Settings
from ambassador.sources.folder import load
from ambassador.wire.resource import EnvoyResources
from ambassador.xds.envelope import DeltaResponse, encode_response
from ambassador.xds.resource_snapshot import ResourceSnapshot, diff
from ambassador.xds.types import ResourceType
from tests.bench import buckets

Edit = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Encoding:
    """A way to write down the same routes. `bucketed`: as a prefix map of short lists where the product has a list."""

    name: str
    bucketed: bool


AS_PRODUCT = Encoding("the product's own bytes", False)
BUCKETS = Encoding("prefix map of short lists", True)


class Maker:
    """Compiles manifests once, then each edit, for several floors that differ in ports and encoding."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._folder = folder
        self._scratch = scratch / "edited.yaml"
        self._compiler = Compiler()
        self._now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    def make(self, floors: Mapping[Encoding, Settings], edits: Iterable[str]) -> dict[Encoding, bytes]:
        """The data file of each floor; `edits` are texts of manifests that are changed one after the other."""
        self._compiler.set(NOW, {None: self._now})
        self._compiler.compile(load([self._folder]).objects)
        before = {encoding: self._for(settings) for encoding, settings in floors.items()}
        steps: dict[Encoding, list[Edit]] = {encoding: [] for encoding in floors}
        current = before
        for number, text in enumerate(edits):
            self._scratch.write_text(text)
            self._compiler.compile(load([self._scratch]).objects)
            after = {encoding: self._for(settings) for encoding, settings in floors.items()}
            for encoding in floors:
                steps[encoding].append(_steps(current[encoding], after[encoding], encoding, number))
            current = after
        return {
            encoding: pickle.dumps((_initial(resources, encoding), steps[encoding]))
            for encoding, resources in before.items()
        }

    def _for(self, settings: Settings) -> EnvoyResources:
        self._compiler.set(OPTIONS, {None: app.options(settings)})
        return self._compiler.compile({}).resources


def _initial(resources: EnvoyResources, encoding: Encoding) -> dict[bytes, dict[bytes, bytes]]:
    return {
        kind.type_url.encode(): {
            name.encode(): _only_resources(kind, one.name, one.version, _body(kind, one.body, encoding))
            for name, one in ResourceSnapshot(1, resources).table(kind).items()
        }
        for kind in ResourceType
    }


def _steps(old: EnvoyResources, new: EnvoyResources, encoding: Encoding, number: int) -> Edit:
    """One response for each type that differs, in the order in which types are pushed."""
    snapshot = ResourceSnapshot(2, new)
    steps = []
    for kind, changes in diff(ResourceSnapshot(1, old), snapshot).items():
        if changes.removed:
            raise NotImplementedError("the floor's edits only change resources")
        if changes:
            frames = [
                _only_resources(kind, name, one.version, _body(kind, one.body, encoding))
                for name in changes.upserts
                for one in [snapshot.table(kind)[name]]
            ]
            tail = encode_response(DeltaResponse(kind.type_url, f"e{number}", ()))
            steps.append((kind.type_url.encode(), b"".join([*frames, tail])))
    return steps


def _only_resources(kind: ResourceType, name: str, version: str, body: bytes) -> bytes:
    """One framed entry of a response."""
    return buckets.resource_frame(kind.type_url, name, version, body)


def _body(kind: ResourceType, body: bytes, encoding: Encoding) -> bytes:
    return buckets.bucketed(body) if encoding.bucketed and kind is ResourceType.ROUTE else body
