"""The last good form of each object, kept over a restart of the watcher in one sqlite file (mode 0600).

Asked only when a file is broken, unreadable or gone at start; written behind everybody's back, changed rows only.
Of Secrets only the certificates are stored and a digest of the key, never the key. A disk that fails costs one warning
and this memory, nothing else.
"""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Container, Iterable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, TypeVar

import orjson

from ambassador.kinds.secret import sealed
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.sources.file_lines import FileLines, Kept

_LOG = logging.getLogger(__name__)
_T = TypeVar("_T")
_QUIET = 0.25
_SCHEMA = """CREATE TABLE IF NOT EXISTS object (
    file TEXT, kind TEXT, namespace TEXT, name TEXT, line INTEGER, digest TEXT, content BLOB,
    PRIMARY KEY (file, kind, namespace, name)) WITHOUT ROWID"""
_WRITE = "REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?, ?)"
_DROP = "DELETE FROM object WHERE file = ? AND kind = ? AND namespace = ? AND name = ?"


class Row(NamedTuple):
    """What file `file` now says of a key; `object` is None: nothing any more. `lines` are asked when it is written."""

    file: str
    key: ObjectKey
    object: SourceObject | None
    lines: FileLines | None = None


class LastGood:
    """The memory. Every method may be called from any thread; all work is done on its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._todo: queue.SimpleQueue[list[Row] | Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._database: sqlite3.Connection | None = None
        self._digests: dict[tuple[str, ObjectKey], str] = {}
        self._released = threading.Event()

    def release(self) -> None:
        """From now on rows are written. Before, they wait: the first compile has better use for the processor."""
        self._released.set()

    def start(self) -> None:
        """Starts the thread that opens and owns the file."""
        self._thread = threading.Thread(target=self._run, name="last-good", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes what waits, then closes the file."""
        if self._thread is not None:
            self._todo.put(None)
            self._thread.join()
            self._thread = None

    def record(self, rows: Iterable[Row]) -> None:
        """Remembers changed objects; returns at once. None at all: those that wait for more are written now."""
        if self._thread is not None:
            self._todo.put([_without_secrets(row) for row in rows])

    def of_file(self, file: str) -> dict[ObjectKey, Kept]:
        """What a file gave when it was last good; empty when nothing is known."""
        return self._ask(lambda: self._load("file = ?", file)).get(file, {})

    def below(self, root: str) -> dict[str, dict[ObjectKey, Kept]]:
        """What the files of a folder (or the one file `root`) gave when they were last good."""
        folder = root.rstrip("/") + "/"
        return self._ask(lambda: self._load("file = ? OR substr(file, 1, ?) = ?", root, len(folder), folder))

    def forget(self, root: str, given: Mapping[str, Container[ObjectKey]]) -> None:
        """Drops what files of a folder gave to a process before and do not give now; returns at once."""
        if self._thread is not None:
            self._todo.put(lambda: self._guarded(lambda: self._forget(root, given), None))

    def _ask(self, question: Callable[[], dict[str, dict[ObjectKey, Kept]]]) -> dict[str, dict[ObjectKey, Kept]]:
        answer: Future[dict[str, dict[ObjectKey, Kept]]] = Future()
        if self._thread is None:
            return {}
        self._todo.put(lambda: answer.set_result(self._guarded(question, {})))
        return answer.result()

    def _run(self) -> None:
        self._guarded(self._open, None)
        waiting: dict[tuple[str, ObjectKey], Row] = {}
        while True:
            try:
                item = self._todo.get(timeout=_QUIET if waiting else None)
            except queue.Empty:
                item = []
            if isinstance(item, list) and item:
                waiting.update(((row.file, row.key), row) for row in item)
                continue
            if self._released.is_set() or item is None:
                rows = list(waiting.values())
                waiting.clear()
                self._guarded(lambda rows=rows: self._write(rows), None)  # type: ignore[misc]
            if item is None:
                break
            if callable(item):
                item()
        if self._database is not None:
            self._database.close()

    def _guarded(self, work: Callable[[], _T], otherwise: _T) -> _T:
        """After the first failure the file is left alone for the rest of this process."""
        try:
            return work()
        except (sqlite3.Error, OSError, orjson.JSONDecodeError) as error:
            _LOG.warning(
                "cannot keep last good objects in %s (%s): a restart while a manifest is broken loses its objects",
                self._path,
                error,
            )
            if self._database is not None:
                self._database.close()
                self._database = None
            return otherwise

    def _open(self) -> None:
        try:
            self._database = self._connect()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            # Not a database any more: what it held is lost, what comes need not be.
            self._path.unlink()
            self._database = self._connect()
            _LOG.warning("%s was damaged and has been made anew", self._path)

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        os.chmod(self._path, 0o600)
        database = sqlite3.connect(self._path, timeout=1.0)
        database.execute(_SCHEMA)
        stored = database.execute("SELECT file, kind, namespace, name, digest FROM object")
        self._digests = {(file, ObjectKey(*key)): digest for file, *key, digest in stored}
        return database

    def _write(self, rows: list[Row]) -> None:
        if self._database is None or not rows:
            return
        changed = [row for row in rows if self._digests.get((row.file, row.key)) != _digest(row)]
        with self._database as transaction:
            transaction.executemany(_WRITE, (_stored(row, row.object) for row in changed if row.object is not None))
            transaction.executemany(_DROP, ((row.file, *row.key) for row in changed if row.object is None))
        for row in changed:
            self._digests.pop((row.file, row.key), None)
        self._digests.update(((row.file, row.key), row.object.digest) for row in changed if row.object is not None)

    def _forget(self, root: str, given: Mapping[str, Container[ObjectKey]]) -> None:
        folder = root.rstrip("/") + "/"
        below = (item for item in self._digests if item[0] == root or item[0].startswith(folder))
        self._write([Row(file, key, None) for file, key in below if key not in given.get(file, ())])

    def _load(self, where: str, *values: object) -> dict[str, dict[ObjectKey, Kept]]:
        if self._database is None:
            return {}
        found: dict[str, dict[ObjectKey, Kept]] = {}
        query = f"SELECT file, kind, namespace, name, line, digest, content FROM object WHERE {where}"
        for file, kind, namespace, name, line, digest, content in self._database.execute(query, values):
            key = ObjectKey(kind, namespace, name)
            found.setdefault(file, {})[key] = Kept(SourceObject(key, digest, orjson.loads(content)), line)
        return found


def _without_secrets(row: Row) -> Row:
    return row._replace(object=sealed(row.object)) if row.object and row.key.kind == "Secret" else row


def _digest(row: Row) -> str | None:
    return None if row.object is None else row.object.digest


def _stored(row: Row, value: SourceObject) -> tuple[str, str, str, str, int, str, bytes]:
    line = row.lines.line(row.key) if row.lines is not None else None
    return row.file, *row.key, line or 1, value.digest, orjson.dumps(dict(value.content))
