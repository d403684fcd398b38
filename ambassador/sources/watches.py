"""inotify watches on single directories, by watchdog's reader of inotify events.

Its observers are not used: they hold back every event for 500 ms after a file was moved away. The only module that
imports watchdog. Must not know what the events mean.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import Enum

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from ambassador.sources.tree import Identity

_MASK = Mask(
    InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
)


class What(Enum):
    """The kinds of event. STRUCTURE: a directory was made, moved or removed. LOST: some events were dropped."""

    MADE = InotifyConstants.IN_CREATE
    CHANGED = InotifyConstants.IN_MODIFY
    TOUCHED = InotifyConstants.IN_ATTRIB
    CLOSED = InotifyConstants.IN_CLOSE_WRITE
    REMOVED = InotifyConstants.IN_DELETE
    MOVED_AWAY = InotifyConstants.IN_MOVED_FROM
    MOVED_HERE = InotifyConstants.IN_MOVED_TO
    STRUCTURE = InotifyConstants.IN_ISDIR
    LOST = InotifyConstants.IN_Q_OVERFLOW


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to `name` in `directory` (to the directory itself when the name is empty).

    `cookie` joins the two halves of one move.
    """

    directory: str
    what: What
    name: str = ""
    cookie: int = 0


class _Callback:
    """Binds a watch to the path under which its directory is known."""

    def __init__(self, directory: str, report: Callable[[Event], None]) -> None:
        self._directory = directory
        self._report = report

    def on_event(self, event: InotifyEvent) -> None:
        name = event.name.decode(errors="surrogateescape")
        what = _what(event)
        if what is not None:
            self._report(Event(self._directory, what, name, event.cookie))

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """IN_DELETE_SELF came before; nothing is left to say."""

    def on_queue_overflow(self) -> None:
        self._report(Event(self._directory, What.LOST))


class Watches:
    """Watched directories. `report` is called on watchdog's thread; everything else belongs to one thread."""

    def __init__(self, report: Callable[[Event], None]) -> None:
        self._report = report
        self._reader: InotifyFD | None = None
        self._ids = itertools.count(1)
        self._watched: dict[str, tuple[Identity, WatchDescriptor, CallbackId]] = {}
        self.failure: str = ""

    def start(self) -> None:
        """Opens inotify. When the system has none left, `failure` says so and nothing is ever reported."""
        try:
            self._reader = InotifyFD()
        except OSError as error:
            self.failure = error.strerror or str(error)
            return
        self._reader.start()

    def add(self, directory: str, who: Identity) -> None:
        """Watches a directory, unless the very same one is watched under that path already."""
        known = self._watched.get(directory)
        if self._reader is None or (known is not None and known[0] == who):
            return
        self.remove(directory)
        number = CallbackId(next(self._ids))
        try:
            callback = _Callback(directory, self._report)
            descriptor = self._reader.add_callback(directory.encode(errors="surrogateescape"), _MASK, callback, number)
        except FileNotFoundError:
            return
        except OSError as error:
            self.failure = error.strerror or str(error)
            return
        self._watched[directory] = (who, descriptor, number)

    def keep(self, directories: Container[str]) -> None:
        """Ends the watches on all others."""
        for directory in [path for path in self._watched if path not in directories]:
            self.remove(directory)

    def remove(self, directory: str) -> None:
        known = self._watched.pop(directory, None)
        if known is not None and self._reader is not None:
            self._reader.remove_callbacks([(known[1], known[2])])

    def stop(self) -> None:
        """Closes inotify and ends its thread."""
        if self._reader is not None:
            self._reader.stop()
            self._reader.join()
            self._reader = None


def _what(event: InotifyEvent) -> What | None:
    if event.is_delete_self or event.is_move_self:
        return What.STRUCTURE
    if event.mask & InotifyConstants.IN_ISDIR:
        # Permissions and times of a directory are no news.
        return None if event.is_attrib else What.STRUCTURE
    return next((what for what in What if event.mask & what.value), None)
