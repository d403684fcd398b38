"""What is in a folder of manifests: its directories and files, links followed once, and the bytes of one file.

The only module besides `watches` and `last_good` that touches the disk. Must not know YAML, objects or time.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ambassador.model.problems import Reason
from ambassador.sources.faults import Fault, Refused

MAX_BYTES = 5 * 1024 * 1024
SUFFIXES = (".yaml", ".yml", ".json")

Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tree:
    """One look at a root. Paths begin with the root as it was given.

    `links`: visible files that are symbolic links, with what they lead to. `unreadable`: directories with the reason.
    `exists` is False when there is no root.
    """

    exists: bool = True
    directories: dict[str, Identity] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    links: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def hides(self, path: str) -> bool:
        """Whether the path is in a directory that could not be listed: it may be there all the same."""
        return any(path.startswith(directory + os.sep) for directory in self.unreadable)


def is_manifest(name: str) -> bool:
    """Whether a file of that name or path is read."""
    return not os.path.basename(name).startswith(".") and name.lower().endswith(SUFFIXES)


def shown(path: str) -> str:
    """The path for people and JSON: bytes that are no UTF-8 are written as escapes."""
    return os.fsencode(path).decode(errors="backslashreplace")


def identity(path: str) -> Identity | None:
    """Device and inode of what the path leads to; None when there is nothing."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_empty(path: str) -> bool:
    """Whether the file has no bytes at all."""
    try:
        return os.stat(path).st_size == 0
    except OSError:
        return False


def look(root: str, enter: Callable[[str, Identity], None]) -> Tree:
    """Everything below `root`, which may also be one file.

    `enter` is called with each directory before it is listed, so that a watch set there misses nothing. Each real
    directory is taken once, by a way without links if there is one: loops end, and no file is seen twice.
    """
    start = identity(root)
    if start is None and not os.path.islink(root):
        return Tree(exists=False)
    if not os.path.isdir(root):
        links = {root: os.path.realpath(root)} if os.path.islink(root) else {}
        return Tree(files=frozenset({root}), links=links)
    return _walk(root, enter)


def _walk(root: str, enter: Callable[[str, Identity], None]) -> Tree:
    tree = Tree()
    files: list[str] = []
    plain, linked = deque([root]), deque[str]()
    taken: set[Identity] = set()
    while plain or linked:
        directory = plain.popleft() if plain else linked.popleft()
        who = identity(directory)
        if who is None or who in taken:
            continue
        taken.add(who)
        tree.directories[directory] = who
        enter(directory, who)
        try:
            entries = sorted(_entries(directory))
        except OSError as error:
            tree.unreadable[directory] = error.strerror or str(error)
            continue
        plain.extend(path for path, is_dir, is_link in entries if is_dir and not is_link)
        linked.extend(path for path, is_dir, is_link in entries if is_dir and is_link)
        manifests = [(path, is_link) for path, is_dir, is_link in entries if not is_dir and is_manifest(path)]
        files.extend(path for path, _ in manifests)
        tree.links.update((path, os.path.realpath(path)) for path, is_link in manifests if is_link)
    return Tree(True, tree.directories, frozenset(files), tree.links, tree.unreadable)


def _entries(directory: str) -> Iterator[tuple[str, bool, bool]]:
    with os.scandir(directory) as listing:
        for entry in listing:
            if not entry.name.startswith("."):
                yield entry.path, _is_directory(entry), entry.is_symlink()


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads in a circle: reading it as a file says what is wrong with it.
        return False


def read_bytes(path: str) -> bytes | None:
    """The bytes of a manifest; None when it is gone.

    Raises:
        Refused: it cannot be read, is no regular file, or is larger than MAX_BYTES.
    """
    try:
        # Without O_NONBLOCK a named pipe would hold the reader until somebody writes.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except FileNotFoundError as error:
        if os.path.islink(path):
            message = "the symbolic link leads nowhere: repair or remove it"
            raise Refused(Fault(Reason.UNREADABLE, message)) from error
        return None
    except OSError as error:
        raise _unreadable(error) from error
    try:
        return _read(descriptor)
    except OSError as error:
        raise _unreadable(error) from error
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise Refused(Fault(Reason.UNREADABLE, "this is no regular file: remove it from the folder"))
    parts: list[bytes] = []
    size = 0
    # One byte more than it should have: a file that grows meanwhile is read to its new end.
    while size <= MAX_BYTES and (part := os.read(descriptor, max(4096, min(status.st_size, MAX_BYTES) + 1 - size))):
        parts.append(part)
        size += len(part)
    if size > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB: split it into several files"
        raise Refused(Fault(Reason.TOO_LARGE, message))
    return b"".join(parts)


def _unreadable(error: OSError) -> Refused:
    message = f"the file cannot be read ({error.strerror or error}): make it readable for this user, or remove it"
    return Refused(Fault(Reason.UNREADABLE, message))
