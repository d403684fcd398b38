"""The files of one folder as they are served: reads them, keeps what broken ones gave, and says what changed.

Synchronous; the watching `files` and the offline `folder` both stand on it. Must not know events or time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ambassador.model.config_snapshot import Changes, SourceState
from ambassador.model.keys import ObjectKey, file_key
from ambassador.model.layers import LayeredTable
from ambassador.model.origins import Excerpt
from ambassador.model.problems import FieldPath, Problem, Reason, Severity
from ambassador.sources.base import Batch, Change
from ambassador.sources.documents import Before, Documents, Reader, Reading, read, restored, withheld
from ambassador.sources.faults import Refused
from ambassador.sources.file_lines import FileLines
from ambassador.sources.last_good import LastGood, Row
from ambassador.sources.tree import Tree, read_bytes, shown


@dataclass(frozen=True, slots=True)
class FolderPlaces:
    """Lines and texts of the files of one folder at one moment."""

    files: Mapping[str, FileLines]

    def line(self, place: str, key: ObjectKey, path: FieldPath = (), within: int | None = None) -> int | None:
        """1-based line of a field; None when the file has no such object."""
        lines = self.files.get(place)
        return None if lines is None else lines.line(key, path, within)

    def excerpt(self, place: str, key: ObjectKey) -> Excerpt | None:
        """The text that an object stands in; None when the file no longer gives it."""
        lines = self.files.get(place)
        return None if lines is None else lines.excerpt(key)


class FolderFiles:
    """The table of files. Belongs to one thread."""

    def __init__(self, root: str, last_good: LastGood | None = None) -> None:
        self._root = root
        self._last_good = last_good
        self._files: dict[str, Documents] = {}
        self._lines: LayeredTable[str, FileLines] = LayeredTable({})
        self._newer_lines: dict[str, FileLines | None] = {}
        self._problems: dict[str, tuple[Problem, ...]] = {}
        self._changes: list[Change] = []
        self._rows: list[Row] = []
        self._dirty = True

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(self._files)

    def is_withheld(self, path: str) -> bool:
        """Whether the file could not be read at all when it was last tried."""
        known = self._files.get(path)
        return known is not None and not known.raws and bool(known.problems)

    def gives_objects(self, path: str) -> bool:
        known = self._files.get(path)
        return known is not None and bool(known.objects)

    def read(self, path: str, partial: bool = False, data: bytes | None = None, reader: Reader | None = None) -> None:
        """Reads a file again (unless its bytes are given); one that vanished meanwhile is left as it was."""
        known = self._files.get(path)
        old = known or Documents(shown(path))
        try:
            content = read_bytes(path) if data is None else data
        except Refused as refused:
            before = self._before(old) if known is None else {}
            self._take(path, old, withheld(old, refused.fault.reason, refused.fault.message, before))
            return
        if content is None:
            return
        reading = read(old, content, partial, reader=reader)
        if known is None and reading.documents.broken and (before := self._before(old)):
            reading = read(old, content, partial, before)
        self._take(path, old, reading)

    def remove(self, paths: Iterable[str]) -> None:
        """Drops files with everything they gave."""
        for path in paths:
            old = self._files.pop(path, None)
            if old is not None:
                self._newer_lines[old.path] = None
                self._problems.pop(path, None)
                self._note(old, dict.fromkeys(old.objects))
                self._dirty = True

    def restore(self) -> None:
        """Takes all objects from the memory of the process before: the folder is gone at start."""
        if self._last_good is None:
            return
        for file, before in self._last_good.below(shown(self._root)).items():
            old = Documents(file)
            self._take(file, old, restored(old, before))

    def forget_others(self) -> None:
        """Files that went while nobody watched are gone from the memory too."""
        if self._last_good is not None:
            given = {documents.path: documents.objects for documents in self._files.values()}
            self._last_good.forget(shown(self._root), given)

    def note_tree(self, tree: Tree) -> None:
        """Takes over what is wrong with the root and its directories."""
        problems = tuple(_tree_problems(self._root, tree))
        if problems != self._problems.get("", ()):
            self._problems[""] = problems
            self._dirty = True

    def batch(self, state: SourceState, since: float | None = None) -> Batch | None:
        """What changed since the batch before; None when nothing did. `since`: when the first of it was seen."""
        if not self._dirty:
            return None
        changes, self._changes, self._dirty = tuple(self._changes), [], False
        if self._last_good is not None:
            # Together: its thread would take the processor from this one for each file. None at all, as of a file that
            # has just broken, has those written that wait.
            rows, self._rows = self._rows, []
            self._last_good.record(rows)
        problems = tuple(problem for path in sorted(self._problems) for problem in self._problems[path])
        self._lines, self._newer_lines = self._lines.changed(self._newer_lines), {}
        return Batch(state, changes, problems, FolderPlaces(self._lines), since=since)

    def _before(self, old: Documents) -> Before:
        return {} if self._last_good is None else self._last_good.of_file(old.path)

    def _take(self, path: str, old: Documents, reading: Reading) -> None:
        new = reading.documents
        if path in self._files and new.raws == old.raws and new.problems == old.problems and not reading.changes:
            self._files[path] = new
            return
        self._files[path] = new
        self._newer_lines[new.path] = new.lines
        self._note(new, reading.changes)
        if new.problems:
            self._problems[path] = new.problems
        else:
            self._problems.pop(path, None)
        self._dirty = True

    def _note(self, documents: Documents, changes: Changes) -> None:
        self._changes.extend(Change(documents.path, key, value) for key, value in changes.items())
        if self._last_good is not None:
            self._rows.extend(Row(documents.path, key, value, documents.lines) for key, value in changes.items())


def _tree_problems(root: str, tree: Tree) -> Iterator[Problem]:
    if not tree.exists:
        message = "the folder is gone; what it gave is still served: make it again, or take it out of --config"
        yield Problem(Severity.ERROR, Reason.SOURCE_GONE, message, file_key(shown(root)), line=1)
    for directory, why in sorted(tree.unreadable.items()):
        message = f"the folder cannot be read ({why}): make it readable for this user, or remove it"
        yield Problem(Severity.ERROR, Reason.UNREADABLE, message, file_key(shown(directory)), line=1)
