"""What the fake API server holds: collections of objects, each with its history, and the faults it was told to show."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]

# Sent as 1,200 mappings, one in another.
DEEP = "@deep@"
METADATA_ONLY = "PartialObjectMetadata"


@dataclass
class Collection:
    """One resource. `path` without namespace: `/api/v1/services`, `/apis/GROUP/VERSION/PLURAL`."""

    path: str
    kind: str
    namespaced: bool = True
    objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    history: list[tuple[int, Object]] = field(default_factory=list)
    oldest: int = 0
    streams: int = 0
    generation: int = 0

    @property
    def group_version_plural(self) -> tuple[str, str, str]:
        parts = self.path.strip("/").split("/")
        return ("", parts[1], parts[2]) if parts[0] == "api" else (parts[1], parts[2], parts[3])


@dataclass
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None

    @property
    def watch(self) -> bool:
        return self.query.get("watch") == "1"


@dataclass
class Fault:
    """Something wrong with the next `times` requests that match."""

    matches: Callable[[Asked], bool]
    act: Callable[[Any], None]
    times: int = 1


class State:
    """Thread-safe; `changed` is notified on every change."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.version = 100
        self.collections: dict[str, Collection] = {}
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.token: str | None = None
        self.stopping = False

    def serve(self, path: str, kind: str, namespaced: bool = True) -> None:
        """The resource exists from now on."""
        with self.changed:
            self.collections[path] = Collection(path, kind, namespaced)
            self.changed.notify_all()

    def abolish(self, path: str) -> None:
        """The resource is gone, as when its CRD is deleted while nobody watches."""
        with self.changed:
            del self.collections[path]
            self.changed.notify_all()

    def put(self, path: str, item: Object) -> Object:
        """Creates or replaces an object, as PUT and POST do."""
        with self.changed:
            collection = self.collections[path]
            key = key_of(item)
            known = collection.objects.get(key)
            self.version += 1
            metadata = {"uid": f"uid-{self.version}", "generation": 1, **((known or {}).get("metadata") or {})}
            metadata |= item.get("metadata") or {}
            metadata["resourceVersion"] = str(self.version)
            stored = {**item, "metadata": metadata}
            collection.objects[key] = stored
            self._record(collection, "MODIFIED" if known else "ADDED", stored)
            return stored

    def remove(self, path: str, namespace: str, name: str) -> None:
        with self.changed:
            collection = self.collections[path]
            gone = collection.objects.pop((namespace, name))
            self.version += 1
            metadata = {**gone["metadata"], "resourceVersion": str(self.version)}
            self._record(collection, "DELETED", {**gone, "metadata": metadata})

    def event(self, path: str, event: Object) -> None:
        """An event as given, also one that is wrong."""
        with self.changed:
            self.version += 1
            self.collections[path].history.append((self.version, event))
            self.changed.notify_all()

    def bookmark(self, path: str) -> None:
        with self.changed:
            self.version += 1
            metadata = {"resourceVersion": str(self.version), "creationTimestamp": None}
            event = {"type": "BOOKMARK", "object": {"kind": self.collections[path].kind, "metadata": metadata}}
            self.collections[path].history.append((self.version, event))
            self.changed.notify_all()

    def compact(self, path: str) -> None:
        """Every resourceVersion up to now is too old, and every watch ends."""
        with self.changed:
            self.version += 1
            self.collections[path].oldest = self.version
            self.collections[path].history.clear()
        self.end_watches(path)

    def end_watches(self, path: str) -> None:
        """Open watches end in good order, as after timeoutSeconds."""
        with self.changed:
            self.collections[path].generation += 1
            self.changed.notify_all()

    def fail(self, matches: Callable[[Asked], bool], act: Callable[[Any], None], times: int = 1) -> Fault:
        fault = Fault(matches, act, times)
        with self.changed:
            self.faults.append(fault)
        return fault

    def heal(self, fault: Fault) -> None:
        with self.changed:
            self.faults = [one for one in self.faults if one is not fault]

    def note(self, asked: Asked) -> Fault | None:
        """Writes the request down; the fault that it meets, if any."""
        with self.changed:
            self.asked.append(asked)
            self.changed.notify_all()
            for fault in self.faults:
                if fault.times > 0 and fault.matches(asked):
                    fault.times -= 1
                    return fault
        return None

    def wait(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        """Until `condition` holds."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds), "the condition never came true"

    def count(self, matches: Callable[[Asked], bool]) -> int:
        with self.changed:
            return sum(matches(one) for one in self.asked)

    def watching(self, path: str) -> bool:
        return self.collections[path].streams > 0

    def _record(self, collection: Collection, kind: str, item: Object) -> None:
        collection.history.append((self.version, {"type": kind, "object": item}))
        self.changed.notify_all()


def key_of(item: Any) -> tuple[str, str]:
    metadata = (item.get("metadata") or {}) if isinstance(item, dict) else {}
    return metadata.get("namespace", ""), metadata.get("name", "")
