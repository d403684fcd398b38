"""What `ambassador diff` stands on: two sets of manifests compiled offline, the second one as an edit of the first."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ambassador.app.compilers import compiler_for
from ambassador.model import config_snapshot
from ambassador.report.difference_view import Side, difference_view
from ambassador.report.revision import Revision
from ambassador.settings import Settings
from ambassador.sources.folder import load
from ambassador.sources.tree import shown


def diff(old: Path, new: Path, settings: Settings) -> dict[str, Any]:
    """What changes for requests between two files or folders, as JSON-able values.

    Raises:
        UsageError: a path can't be read.
    """
    with _uncollected():
        before, after = load([old]), load([new])
        compiler = compiler_for(replace(settings, kubernetes=False))
        was = compiler.compile(before.objects)
        # One compiler for both: what did not change is not compiled again, and is known to be the same.
        now = compiler.compile(config_snapshot.diff(before.objects, after.objects))
        return difference_view(Side(Revision(1, before, was), _root(old)), Side(Revision(2, after, now), _root(new)))


@contextmanager
def _uncollected() -> Iterator[None]:
    """All that a compile makes lives on: collecting it over and over takes as long as the compile itself."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _root(path: Path) -> str:
    """What the names of all files begin with; empty for a file of the working folder."""
    folder = path if path.is_dir() else path.parent
    return "" if folder != path and folder == Path() else f"{shown(str(folder))}/"
