"""All objects of the golden cases, for tests that want many different ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ambassador.model.objects import SourceObject
from ambassador.sources.folder import load
from tests.golden.certificates import filled_in

HERE = Path(__file__).parent


@cache
def golden_objects() -> tuple[tuple[str, SourceObject], ...]:
    """Each object with the name of its case; the base's come first."""
    found = [("base", source) for source in load([HERE / "base.yaml"]).objects.values()]
    with TemporaryDirectory() as folder:
        for case in sorted((HERE / "cases").rglob("*.in.yaml")):
            file = Path(folder, "manifest.yaml")
            file.write_text(filled_in(case.read_text()))
            found += [(case.name, source) for source in load([file]).objects.values()]
    return tuple(found)
