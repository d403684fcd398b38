"""The order of work for one watched folder: events come in, `pending` says when they count, `tree` says what there is,
`folder_files` reads, and a batch goes out.

One edit reads one file; only a change of directories or links looks at the whole tree. Must not parse.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator

from ambassador.model.config_snapshot import Objects, SourceState
from ambassador.sources.ahead import Ahead, Tell, worth_telling
from ambassador.sources.base import Batch
from ambassador.sources.faults import Refused
from ambassador.sources.folder_files import FolderFiles
from ambassador.sources.last_good import LastGood
from ambassador.sources.pending import Delays, Pending
from ambassador.sources.tree import Identity, Tree, identity, is_empty, is_manifest, look, read_bytes, shown
from ambassador.sources.watches import Event, Watches, What

_STRUCTURAL = frozenset({What.MADE, What.REMOVED, What.MOVED_AWAY, What.MOVED_HERE})


class FolderWatcher:
    """Everything but `stop` runs on the thread that calls `run`. `emit` is called there with each batch.

    `ahead`, if any, is called there with objects of a folder that is still being read for the first time.
    """

    def __init__(
        self,
        root: str,
        emit: Callable[[Batch], None],
        last_good: LastGood | None,
        delays: Delays,
        check_every: float,
        ahead: Tell | None = None,
    ) -> None:
        self._root = root
        self._emit = emit
        self._check_every = check_every
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._watches = Watches(self._events.put)
        self._files = FolderFiles(root, last_good)
        self._pending = Pending(delays)
        self._ahead = ahead
        self._tree = Tree(exists=False)
        self._root_identity: Identity | None = None
        self._targets: dict[str, tuple[str, ...]] = {}
        self._moved: dict[int, str] = {}
        self._stopped = threading.Event()
        self._next_check = 0.0
        self._next_poll = 0.0

    def stop(self) -> None:
        """Ends `run` soon; from any thread."""
        self._stopped.set()
        self._events.put(None)

    def run(self) -> None:
        """Reads everything once, then what changes, until `stop`."""
        self._watches.start()
        try:
            self._begin()
            while not self._stopped.is_set():
                self._cycle(self._wait())
        finally:
            self._watches.stop()

    def _begin(self) -> None:
        self._look()
        if self._tree.exists:
            self._read_all()
            if self._stopped.is_set():
                return
            self._files.forget_others()
        else:
            self._files.restore()
        self._next_poll = time.monotonic() + 4 * self._check_every
        self._send()

    def _read_all(self) -> None:
        contents = dict(self._contents()) if self._ahead else {}
        ahead = Ahead(self._tell) if worth_telling(filter(None, contents.values())) else None
        for path in sorted(self._tree.files):
            if self._stopped.is_set():
                return
            # Popped, so that no more texts are kept than pieces are.
            self._files.read(path, data=contents.pop(path, None), reader=ahead.read if ahead else None)
        if ahead:
            ahead.end()

    def _contents(self) -> Iterator[tuple[str, bytes | None]]:
        for path in sorted(self._tree.files):
            if self._stopped.is_set():
                return
            yield path, _bytes(path)

    def _tell(self, objects: Objects) -> None:
        if self._ahead and not self._stopped.is_set():
            self._ahead(objects)

    def _wait(self) -> list[Event]:
        """The events that are there, at least one unless something else is due first."""
        now = time.monotonic()
        due_at = self._pending.next_at()
        until = self._next_check if due_at is None else min(self._next_check, due_at)
        events: list[Event] = []
        try:
            item = self._events.get(timeout=max(0.0, until - now))
            while item is not None:
                events.append(item)
                item = self._events.get_nowait()
        except queue.Empty:
            return events
        return events

    def _cycle(self, events: list[Event]) -> None:
        now = time.monotonic()
        lost = any(event.what is What.LOST for event in events)
        changed = [self._note(event, now) for event in events if event.what is not What.LOST]
        if lost or any(changed) or self._root_changed(now):
            self._look_again(now, lost or bool(self._watches.failure))
        self._apply(now)
        self._send(now)

    def _root_changed(self, now: float) -> bool:
        """A look at the root alone: its own removal or exchange is no event in it. Polls where there are no events."""
        if now < self._next_check:
            return False
        self._next_check = now + self._check_every
        if (self._watches.failure or self._tree.unreadable) and now >= self._next_poll:
            self._next_poll = now + 4 * self._check_every
            return True
        return identity(self._root) != self._root_identity

    def _look(self) -> None:
        self._root_identity = identity(self._root)
        self._tree = look(self._root, self._watches.add)
        self._files.note_tree(self._tree)
        if self._tree.exists:
            extra = dict(self._outside())
            for directory in extra:
                if (who := identity(directory)) is not None:
                    self._watches.add(directory, who)
            self._targets = {target: paths for targets in extra.values() for target, paths in targets.items()}
            self._watches.keep(self._tree.directories.keys() | extra.keys())
        else:
            self._watches.keep(())

    def _outside(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Directories to watch that are not in the tree: of what links lead to, and of a root that is a file.

        With each: its files that matter, and the visible files that they stand for. Links to hidden places inside the
        folder (mounted ConfigMaps) are exchanged, never written through, and need none.
        """
        inside = os.path.realpath(self._root) + os.sep
        outside: dict[str, dict[str, tuple[str, ...]]] = {}
        for path, target in self._tree.links.items():
            if not target.startswith(inside):
                targets = outside.setdefault(os.path.dirname(target), {})
                targets[target] = (*targets.get(target, ()), path)
        if not self._tree.directories:
            directory, name = os.path.split(self._root)
            directory = directory or os.curdir
            outside.setdefault(directory, {})[os.path.join(directory, name)] = (self._root,)
        return outside

    def _look_again(self, now: float, everything: bool) -> None:
        old = self._tree
        self._look()
        tree = self._tree
        if not tree.exists:
            self._pending.stop_removals()
            return
        exchanged = any(old.directories.get(path, who) != who for path, who in tree.directories.items())
        everything = everything or exchanged or not old.exists
        known = self._files.paths
        for path in tree.files:
            if everything or path not in known or tree.links.get(path) != old.links.get(path):
                self._pending.written(path)
        # A folder that was just made again is given time to be filled.
        since = now if old.exists else now + self._pending.delays.unclosed
        for path in known - tree.files:
            if not tree.hides(path):
                self._pending.gone(path, since)

    def _note(self, event: Event, now: float) -> bool:
        """Takes one event; returns whether the tree has to be looked at."""
        path = os.path.join(event.directory, event.name)
        if event.directory not in self._tree.directories:
            visible = self._targets.get(path, ())
            return any([self._note_file(shown_path, event, now) for shown_path in visible]) or self._is_swap(event)
        if event.what is What.STRUCTURE:
            return not event.name.startswith(".") or self._is_swap(event)
        if event.name.startswith("."):
            return self._is_swap(event)
        if is_manifest(event.name) and not os.path.isdir(path):
            return self._note_file(path, event, now)
        return event.what in _STRUCTURAL and (os.path.isdir(path) or path in self._tree.directories)

    def _is_swap(self, event: Event) -> bool:
        """A hidden name was exchanged, and visible files may be links through it, as in a mounted ConfigMap."""
        structural = event.what in _STRUCTURAL or event.what is What.STRUCTURE
        return structural and (event.name.startswith("..") or bool(self._tree.links))

    def _note_file(self, path: str, event: Event, now: float) -> bool:
        match event.what:
            case What.CLOSED | What.MOVED_HERE:
                self._pending.written(path)
                source = self._moved.pop(event.cookie, None)
                if source is not None and source != path:
                    self._pending.renamed(source)
            case What.MADE if os.path.islink(path):
                # Nobody closes a link.
                self._pending.written(path)
            case What.MADE | What.CHANGED:
                self._pending.writing(path, now)
            case What.REMOVED | What.MOVED_AWAY:
                self._pending.gone(path, now)
                if event.what is What.MOVED_AWAY:
                    self._moved = {event.cookie: path}
            case What.TOUCHED if self._files.is_withheld(path):
                self._pending.written(path)
        return event.what in _STRUCTURAL and (path in self._tree.links or os.path.islink(path))

    def _apply(self, now: float) -> None:
        due = self._pending.due(now)
        for path in due.reads:
            if self._files.gives_objects(path) and is_empty(path):
                self._pending.emptied(path, now)
            else:
                self._files.read(path)
        for path in due.confirmed:
            self._files.read(path)
        for path in due.partial:
            self._files.read(path, partial=True)
        if identity(self._root) is None and not os.path.islink(self._root):
            return
        self._files.remove(path for path in due.removals if not os.path.lexists(path))
        for path in due.removals:
            # Gone and there again, or a link whose target went.
            self._files.read(path)

    def _send(self, since: float | None = None) -> None:
        failure = self._watches.failure
        message = f"no file watches ({failure}): looking every {4 * self._check_every:g} s" if failure else ""
        state = SourceState(shown(self._root), "folder", True, not self._tree.exists, message)
        batch = self._files.batch(state, since)
        if batch is not None:
            self._emit(batch)


def _bytes(path: str) -> bytes | None:
    """None for what cannot be read: who reads it for good finds out why."""
    try:
        return read_bytes(path)
    except Refused:
        return None
