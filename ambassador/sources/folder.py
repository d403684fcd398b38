"""Folders and files read once, without watching: for `check`, `dump`, `diff`, `explain` and tests.

Must start no thread and need no event loop.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ambassador.errors import UsageError
from ambassador.model.config_snapshot import ConfigSnapshot, SourceState
from ambassador.sources.folder_files import FolderFiles
from ambassador.sources.merge import Merge
from ambassador.sources.tree import Tree, look, shown


def load(paths: Iterable[Path]) -> ConfigSnapshot:
    """Everything in the given folders and files as one snapshot, the same as the watching source gives.

    What is wrong inside a file or below a folder is a problem of the snapshot.

    Raises:
        UsageError: one of the paths itself does not exist or cannot be read.
    """
    roots = list(paths)
    merge = Merge(len(roots))
    for number, path in enumerate(roots):
        root = str(path)
        tree = _look(root)
        files = FolderFiles(root)
        for file in sorted(tree.files):
            files.read(file)
        files.note_tree(tree)
        batch = files.batch(SourceState(shown(root), "folder", complete=True))
        if batch is not None:
            merge.apply(number, batch)
    return merge.snapshot()


def _look(root: str) -> Tree:
    tree = look(root, lambda path, who: None)
    if not tree.exists:
        raise UsageError(f"{shown(root)} does not exist")
    if root in tree.unreadable:
        raise UsageError(f"{shown(root)} cannot be read: {tree.unreadable[root]}")
    if not tree.directories and not os.access(root, os.R_OK):
        raise UsageError(f"{shown(root)} cannot be read")
    return tree
