"""The table of contents: objects → specs → routes and clusters → virtual hosts → tables and listeners → bytes.

`Compiler` owns the memo; `compile` brings it up to date with what changed and returns the whole result, in which
everything that did not change is the same object as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ambassador.compile.certificates import referenced
from ambassador.compile.early import Early, Head, Told, clusters_ahead, clusters_first
from ambassador.compile.group import BY_CLUSTER, BY_ENDPOINTS, BY_HOST, BY_NAME, BY_REACH, BY_ROUTE, BY_SECRET
from ambassador.compile.index import IndexState, states
from ambassador.compile.inputs import KEYS, OBJECT
from ambassador.compile.memo import Input, Memo, Read, rule
from ambassador.compile.objects import module
from ambassador.compile.reports import ObjectReport, object_reports
from ambassador.compile.services import SLICES
from ambassador.compile.tables import assignments, clusters, listeners, route_tables, secrets
from ambassador.ir.gateway import Gateway
from ambassador.kinds.module import Diagnostics
from ambassador.model.config_snapshot import Changes, Objects
from ambassador.model.keys import ObjectKey
from ambassador.wire.resource import EnvoyResources

# In the order in which they depend on each other: slices decide what routes need.
_INDEXES = (SLICES, BY_HOST, BY_NAME, BY_ROUTE, BY_CLUSTER, BY_ENDPOINTS, BY_SECRET, BY_REACH)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Compiled:
    """Everything one compile gives. `recomputed` counts the rules that had to run.

    `secrets` are the Secrets that objects name, whether they exist or not. `shards`: by route table, the names of its
    route configurations in the order of the hash of `host_shards.py`; empty where tables are whole.
    """

    gateway: Gateway = Gateway()
    resources: EnvoyResources = field(default_factory=EnvoyResources)
    reports: Mapping[ObjectKey, ObjectReport] = field(default_factory=dict)
    diagnostics: Diagnostics = Diagnostics()
    recomputed: int = 0
    secrets: frozenset[ObjectKey] = frozenset()
    shards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@rule
def compiled(read: Read, _: None) -> Compiled:
    """The result as one value, put together from tables that know themselves whether they changed."""
    found_listeners, tables = read(listeners, None), read(route_tables, None)
    found_clusters, found_assignments = read(clusters, None), read(assignments, None)
    gateway = Gateway(
        tuple(pair.value for pair in found_listeners.values()),
        {name: table.value for name, table in tables.items()},
        found_clusters.values,
        found_assignments.values,
    )
    resources = EnvoyResources(
        clusters=found_clusters.resources,
        endpoints=found_assignments.resources,
        listeners={name: pair.encoded for name, pair in found_listeners.items()},
        routes={name: one for table in tables.values() for name, one in table.routes.items()},
        scopes={name: one for table in tables.values() for name, one in table.scopes.items()},
        secrets=read(secrets, None),
    )
    shards = {name: table.shards for name, table in tables.items() if table.shards}
    return Compiled(gateway, resources, read(object_reports, None), read(module, None).diagnostics, shards=shards)


class Compiler:
    """Keeps what earlier compiles found. One owner at a time; its results are immutable and can go anywhere."""

    def __init__(self) -> None:
        self._memo = Memo()
        self._indexes: tuple[IndexState[Any], ...] = states(_INDEXES, self._memo)
        for index in self._indexes:
            index.attach()
        self._keys: dict[str, frozenset[ObjectKey]] = {"": frozenset()}
        self._begun: dict[ObjectKey, None] = {}
        self._told = Told()

    def set(self, what: Input[Any, Any], changes: Mapping[Any, Any]) -> None:
        """Sets inputs other than objects: options, the time, ports that are taken, refusals."""
        self._memo.set(what, changes.items())

    def ahead(self, objects: Objects, early: Early) -> None:
        """Begins with some objects before the others are known, and tells of clusters that do not depend on these.

        What comes of it is remembered; only the next `compile` says which objects there are.

        Raises:
            CompileError: a bug in a rule.
        """
        self._begun.update(dict.fromkeys(objects))
        self._take(objects)
        self._told = clusters_ahead(self._head(), objects, early, self._told)

    def compile(self, changes: Changes, early: Early | None = None) -> Compiled:
        """Brings everything up to date with changed objects (None: gone).

        `early` is told of clusters in between, before anything is known that needs them.

        Raises:
            CompileError: a bug in a rule.
        """
        if self._begun:
            changes, self._begun = {**self._begun, **changes}, {}
        else:
            self._memo.recomputed.clear()
        self._take(changes)
        if early is not None:
            clusters_first(self._head(), changes, early, self._told)
        self._told = Told()
        for index in self._indexes:
            index.refresh(self._keys[""].__contains__)
        result = self._memo.get(compiled, None)
        self._memo.pin(compiled, None)
        self._memo.evict()
        return replace(result, recomputed=len(self._memo.recomputed), secrets=self._memo.keys(referenced))

    def __len__(self) -> int:
        """How many values are remembered."""
        return len(self._memo)

    @property
    def recomputed(self) -> tuple[str, ...]:
        """Names of the rules that ran in the last compile, for tests and profiles."""
        return tuple(node.name for node in self._memo.recomputed)

    def _head(self) -> Head:
        return Head(self._memo, self._indexes, self._keys[""])

    def _take(self, changes: Changes) -> None:
        self._memo.set(OBJECT, changes.items())
        known = self._keys[""]
        moved: dict[str, set[ObjectKey]] = defaultdict(set)
        for key, value in changes.items():
            if (value is not None) != (key in known):
                moved[key.kind].add(key)
        if not moved:
            return
        moved[""] = set().union(*moved.values())
        for kind, keys in moved.items():
            self._keys[kind] = _moved(self._keys.get(kind, frozenset()), keys)
        self._memo.set(KEYS, [(kind, self._keys[kind]) for kind in moved])
        for index in self._indexes:
            for key in (one for kind in index.kinds for one in moved.get(kind, ())):
                index.touch(key, key in self._keys[""])


def _moved(known: frozenset[ObjectKey], keys: set[ObjectKey]) -> frozenset[ObjectKey]:
    """With those of the keys that are new and without the others. `^` would look at every known key; these copy."""
    new, gone = keys - known, keys & known
    more = known | new if new else known
    return more - gone if gone else more
