"""Memoised rules with recorded reads: O(change) work without hand-written invalidation.

A `Rule` is a pure function `f(read, key) -> frozen value`; `read(other, key)` is its only door to other data, and the
memo records what it read, absent things included. A changed input makes its readers *suspect*; a suspect entry is
recomputed only when something it read has really changed, and when its new value equals the old one, the old object
is kept (early cut-off), so that `is` means "unchanged" for everything above it.

A rule over a large collection may have a `patch`: it gets its old value and what changed, and must return what
`compute` would. Both ways are held equal by a property test.

This module knows nothing about gateways. What one entry remembers is in `entry.py`, tables over objects of one kind
are in `index.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from ambassador.compile.entry import Entry, Reads, compact
from ambassador.errors import CompileError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Entries = set[Entry]


class Read(Protocol):
    """The door through which a rule sees other data."""

    def __call__(self, what: Node[K, V], key: K, /) -> V: ...


@dataclass(frozen=True, eq=False, slots=True)
class Node(Generic[K, V]):
    """Something that can be read: an input, or a rule. Compared by identity."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Input(Node[K, V]):
    """Data from outside; `absent` is read where nothing was set."""

    absent: V


@dataclass(frozen=True, eq=False, slots=True)
class Rule(Node[K, V]):
    """A memoised pure function."""

    compute: Callable[[Read, K], V]
    patch: Callable[[Read, K, Patch[V]], V] | None = None


@dataclass(frozen=True, slots=True)
class Patch(Generic[V]):
    """What a patching rule gets: its old value, the keys it read that changed, and a way to stop reading one."""

    old: V
    changed: tuple[tuple[Node[Any, Any], Any], ...]
    forget: Callable[[Node[Any, Any], Any], None]


def rule(compute: Callable[[Read, K], V]) -> Rule[K, V]:
    """Makes a function a rule."""
    return Rule(compute.__qualname__, compute)


def patched(patch: Callable[[Read, K, Patch[V]], V]) -> Callable[[Callable[[Read, K], V]], Rule[K, V]]:
    """Makes a function a rule that can also bring its old value up to date."""

    def wrap(compute: Callable[[Read, K], V]) -> Rule[K, V]:
        return Rule(compute.__qualname__, compute, patch)

    return wrap


class Memo:
    """Values of rules and inputs. Not thread-safe: one owner at a time.

    Entries are found by node and key, and name each other directly: a place as a value of its own would cost more
    memory than most entries.
    """

    def __init__(self) -> None:
        self._tables: defaultdict[Node[Any, Any], dict[Any, Entry]] = defaultdict(dict)
        self._clock = 0
        self._unread: Entries = set()
        self._running: set[tuple[Node[Any, Any], Hashable]] = set()
        self._pinned: defaultdict[Node[Any, Any], set[Any]] = defaultdict(set)
        self._watchers: dict[Node[Any, Any], list[Callable[[Any], None]]] = {}
        self.recomputed: list[Node[Any, Any]] = []

    def watch(self, node: Node[K, Any], on_suspect: Callable[[K], None]) -> None:
        """Tells `on_suspect` the key of every entry of `node` that becomes suspect; used by indexes."""
        self._watchers.setdefault(node, []).append(on_suspect)

    def keys(self, node: Node[K, Any]) -> frozenset[K]:
        """Keys that a node is read with, as of the last `evict`."""
        return frozenset(self._tables[node])

    def set(self, what: Input[K, V], changes: Iterable[tuple[K, V]]) -> None:
        """Sets inputs; those equal to what was there change nothing."""
        self._clock += 1
        table = self._tables[what]
        for key, value in changes:
            entry = table.get(key)
            if entry is None:
                entry = table[key] = Entry(what, key, what.absent)
            if entry.value is value or entry.value == value:
                continue
            entry.value = value
            entry.changed = self._clock
            self._unread.add(entry)
            self._suspect_readers(entry)

    def get(self, what: Node[K, V], key: K) -> V:
        """The value of a rule or input, up to date.

        Raises:
            CompileError: a rule depends on itself.
        """
        return cast("V", self._current(what, key).value)

    def pin(self, what: Node[K, Any], key: K) -> None:
        """Keeps an entry although no rule reads it: the roots, and what indexes file by."""
        self._pinned[what].add(key)

    def unpin(self, what: Node[K, Any], key: K) -> None:
        """The inverse of `pin`."""
        self._pinned[what].discard(key)
        entry = self._tables[what].get(key)
        if entry is not None:
            self._unread.add(entry)

    def evict(self) -> None:
        """Forgets entries that nothing reads any more."""
        work = list(self._unread)
        self._unread = set()
        while work:
            entry = work.pop()
            node, key, reads = entry.node, entry.key, entry.reads
            table = self._tables[node]
            if entry.is_read or key in self._pinned[node] or _holds_data(entry) or table.get(key) is not entry:
                continue
            del table[key]
            # Some of what it read may know its name for a while yet.
            entry.value, entry.key, entry.reads = None, None, ()
            for read in reads:
                read.drop_reader(entry)
                work.append(read)

    def __len__(self) -> int:
        return sum(map(len, self._tables.values()))

    def _current(self, what: Node[Any, Any], key: Any) -> Entry:
        """The entry of a rule or input, up to date."""
        entry = self._tables[what].get(key)
        if entry is None:
            if isinstance(what, Input):
                entry = self._tables[what][key] = Entry(what, key, what.absent)
                return entry
            return self._compute(what, key, None)
        if entry.suspects is None:
            return entry
        changed = self._really_changed(entry)
        if not changed:
            entry.suspects = None
            return entry
        return self._compute(what, key, entry, changed)

    def _suspect_readers(self, changed: Entry) -> None:
        work = [changed]
        while work:
            source = work.pop()
            for reader in source.readers:
                if reader.suspects is not None:
                    reader.suspects.add(source)
                    continue
                reader.suspects = {source}
                work.append(reader)
                for watcher in self._watchers.get(reader.node, ()):
                    watcher(reader.key)

    def _really_changed(self, entry: Entry) -> tuple[Entry, ...]:
        for suspect in tuple(entry.suspects or ()):
            self._current(suspect.node, suspect.key)
        return tuple(suspect for suspect in entry.suspects or () if suspect.changed > entry.computed)

    def _compute(self, what: Node[Any, Any], key: Any, old: Entry | None, changed: tuple[Entry, ...] = ()) -> Entry:
        place = what, key
        if place in self._running:
            raise CompileError(f"{what.name} of {key} depends on itself")
        self._running.add(place)
        self.recomputed.append(what)
        seen: Entries = set()
        read = self._door(seen)
        try:
            if old is None or cast("Rule[Any, Any]", what).patch is None:
                value = cast("Rule[Any, Any]", what).compute(read, key)
                return self._store(old or Entry(what, key, _NOTHING), value, seen)
            return self._patch(read, old, changed, seen)
        except BaseException:
            # What only a rule that failed has read is read by nobody.
            self._unread |= seen
            raise
        finally:
            self._running.discard(place)

    def _door(self, seen: Entries) -> Read:
        tables, current = self._tables, self._current

        def read(what: Node[Any, Any], key: Any) -> Any:
            entry = tables[what].get(key)
            if entry is None or entry.suspects is not None:
                entry = current(what, key)
            seen.add(entry)
            return entry.value

        return read

    def _patch(self, read: Read, entry: Entry, changed: tuple[Entry, ...], seen: Entries) -> Entry:
        forgotten: Entries = set()

        def forget(what: Node[Any, Any], key: Any) -> None:
            known = self._tables[what].get(key)
            if known is not None:
                forgotten.add(known)

        places = tuple([(one.node, one.key) for one in changed])
        value = entry.node.patch(read, entry.key, Patch(entry.value, places, forget))
        return self._store(entry, value, seen, forgotten - seen)

    def _store(self, entry: Entry, value: Any, seen: Entries, gone: Entries | None = None) -> Entry:
        """Takes a value over. `gone` is what the rule reads no more; None: whatever it has not read now."""
        if entry.value is not value and (entry.value is _NOTHING or entry.value != value):
            entry.value = value
            entry.changed = self._clock
        entry.computed = self._clock
        entry.suspects = None
        self._tables[entry.node][entry.key] = entry
        before = entry.reads
        fresh = [one for one in seen if one not in before] if before else seen
        if gone is None:
            lost = [one for one in before if one not in seen]
            # A copy has no room for more, which a large set has four times over.
            entry.reads = compact(seen if len(seen) < _LARGE else set(seen))
        else:
            lost = [one for one in gone if one in before]
            entry.reads = _moved(before, fresh, lost)
        for one in fresh:
            one.add_reader(entry)
        for one in lost:
            one.drop_reader(entry)
            if not one.is_read:
                self._unread.add(one)
        return entry


_NOTHING = object()
_LARGE = 1000


def _moved(before: Reads, fresh: Iterable[Entry], lost: Iterable[Entry]) -> Reads:
    """What is read now; a large set is changed in place, since it may have an element for each route."""
    reads = before if isinstance(before, set) else set(before)
    reads.difference_update(lost)
    reads.update(fresh)
    return compact(reads)


def _holds_data(entry: Entry) -> bool:
    return isinstance(entry.node, Input) and entry.value != entry.node.absent
