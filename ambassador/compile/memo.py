"""Memoised rules with recorded reads: O(change) work without hand-written invalidation.

A `Rule` is a pure function `f(read, key) -> frozen value`; `read(other, key)` is its only door to other data, and the
memo records what it read, absent things included. A changed input makes its readers *suspect*; a suspect entry is
recomputed only when something it read has really changed, and when its new value equals the old one, the old object
is kept (early cut-off), so that `is` means "unchanged" for everything above it.

A rule over a large collection may have a `patch`: it gets its old value and what changed, and must return what
`compute` would. Both ways are held equal by a property test.

This module knows nothing about gateways. Tables over objects of one kind are in `index.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast

from ambassador.errors import CompileError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


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


Place = tuple[Node[Any, Any], Hashable]


@dataclass(slots=True)
class _Entry:
    """One memoised value. `suspects` are the reads that may have changed since `computed`; None when clean."""

    value: Any
    reads: set[Place] = field(default_factory=set)
    readers: set[Place] = field(default_factory=set)
    computed: int = 0
    changed: int = 0
    suspects: set[Place] | None = None


@dataclass(frozen=True, slots=True)
class _Reads:
    """What a run read in all, what of it is to be registered, and what it reads no more."""

    all: set[Place]
    fresh: set[Place]
    gone: Iterable[Place]


class Memo:
    """Values of rules and inputs. Not thread-safe: one owner at a time."""

    def __init__(self) -> None:
        self._entries: dict[Place, _Entry] = {}
        self._clock = 0
        self._unread: set[Place] = set()
        self._running: set[Place] = set()
        self._pinned: set[Place] = set()
        self._watchers: dict[Node[Any, Any], list[Callable[[Any], None]]] = {}
        self._keys: dict[Node[Any, Any], set[Any]] = {}
        self.recomputed: list[Place] = []

    def watch(self, node: Node[K, Any], on_suspect: Callable[[K], None]) -> None:
        """Tells `on_suspect` the key of every entry of `node` that becomes suspect; used by indexes."""
        self._watchers.setdefault(node, []).append(on_suspect)

    def track(self, node: Node[Any, Any]) -> None:
        """From now on `keys` knows which entries of `node` there are."""
        self._keys[node] = set()

    def keys(self, node: Node[K, Any]) -> frozenset[K]:
        """Keys that a tracked node is read with, as of the last `evict`."""
        return frozenset(self._keys[node])

    def set(self, what: Input[K, V], changes: Iterable[tuple[K, V]]) -> None:
        """Sets inputs; those equal to what was there change nothing."""
        self._clock += 1
        for key, value in changes:
            entry = self._entries.setdefault((what, key), _Entry(what.absent))
            if entry.value is value or entry.value == value:
                continue
            entry.value = value
            entry.changed = self._clock
            self._unread.add((what, key))
            self._suspect_readers((what, key), entry)

    def get(self, what: Node[K, V], key: K) -> V:
        """The value of a rule or input, up to date.

        Raises:
            CompileError: a rule depends on itself.
        """
        place = (what, key)
        entry = self._entries.get(place)
        if entry is not None and entry.suspects is None:
            return cast("V", entry.value)
        if entry is None:
            if isinstance(what, Input):
                entry = self._entries[place] = _Entry(what.absent)
                return cast("V", entry.value)
            return cast("V", self._compute(place, None))
        changed = self._really_changed(entry)
        if not changed:
            entry.suspects = None
            return cast("V", entry.value)
        return cast("V", self._compute(place, entry, changed))

    def pin(self, what: Node[K, Any], key: K) -> None:
        """Keeps an entry although no rule reads it: the roots, and what indexes file by."""
        self._pinned.add((what, key))

    def unpin(self, what: Node[K, Any], key: K) -> None:
        """The inverse of `pin`."""
        self._pinned.discard((what, key))
        self._unread.add((what, key))

    def evict(self) -> None:
        """Forgets entries that nothing reads any more."""
        work = list(self._unread)
        self._unread = set()
        while work:
            place = work.pop()
            entry = self._entries.get(place)
            if entry is None or entry.readers or place in self._pinned or _holds_data(place, entry):
                continue
            del self._entries[place]
            if place[0] in self._keys:
                self._keys[place[0]].discard(place[1])
            for read in entry.reads:
                self._entries[read].readers.discard(place)
                work.append(read)

    def __len__(self) -> int:
        return len(self._entries)

    def _suspect_readers(self, place: Place, entry: _Entry) -> None:
        work = [(place, entry)]
        while work:
            source, source_entry = work.pop()
            for reader in source_entry.readers:
                reading = self._entries[reader]
                if reading.suspects is not None:
                    reading.suspects.add(source)
                    continue
                reading.suspects = {source}
                work.append((reader, reading))
                for watcher in self._watchers.get(reader[0], ()):
                    watcher(reader[1])

    def _really_changed(self, entry: _Entry) -> tuple[Place, ...]:
        for node, key in tuple(entry.suspects or ()):
            self.get(node, key)
        return tuple(place for place in entry.suspects or () if self._entries[place].changed > entry.computed)

    def _compute(self, place: Place, old: _Entry | None, changed: tuple[Place, ...] = ()) -> Any:
        if place in self._running:
            raise CompileError(f"{place[0].name} of {place[1]} depends on itself")
        self._running.add(place)
        self.recomputed.append(place)
        try:
            return self._run(place, old, changed)
        finally:
            self._running.discard(place)

    def _run(self, place: Place, old: _Entry | None, changed: tuple[Place, ...]) -> Any:
        what, key = cast("tuple[Rule[Any, Any], Any]", place)
        reads: set[Place] = set()

        entries = self._entries

        def read(other: Node[Any, Any], other_key: Any) -> Any:
            place = (other, other_key)
            reads.add(place)
            entry = entries.get(place)
            return entry.value if entry is not None and entry.suspects is None else self.get(other, other_key)

        if old is None or what.patch is None:
            value = what.compute(read, key)
            gone = old.reads - reads if old is not None else ()
            fresh = reads - old.reads if old is not None else reads
            return self._store(place, value, _Reads(reads, fresh, gone))

        forgotten: set[Place] = set()
        value = what.patch(read, key, Patch(old.value, changed, lambda *other: forgotten.add(other)))
        gone = forgotten - reads
        old.reads -= gone
        old.reads |= reads
        return self._store(place, value, _Reads(old.reads, reads, gone))

    def _store(self, place: Place, value: Any, reads: _Reads) -> Any:
        for lost in reads.gone:
            self._drop_reader(lost, place)
        for seen in reads.fresh:
            self._entries[seen].readers.add(place)
        entry = self._entries.get(place)
        if entry is None:
            entry = self._entries[place] = _Entry(value, changed=self._clock)
            if place[0] in self._keys:
                self._keys[place[0]].add(place[1])
        elif entry.value is not value and entry.value != value:
            entry.value = value
            entry.changed = self._clock
        entry.reads = reads.all
        entry.computed = self._clock
        entry.suspects = None
        return entry.value

    def _drop_reader(self, place: Place, reader: Place) -> None:
        entry = self._entries[place]
        entry.readers.discard(reader)
        if not entry.readers:
            self._unread.add(place)


def _holds_data(place: Place, entry: _Entry) -> bool:
    return isinstance(place[0], Input) and entry.value != place[0].absent
