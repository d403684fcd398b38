"""Counts what is written to objects, by watching them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ambassador.kube.api import Api
from ambassador.kube.errors import Unreachable
from ambassador.kube.watch import Watch
from tests.cluster.harness.objects import Json, path


class Writes:
    """By (kind, name): how often an object's status was written."""

    def __init__(self) -> None:
        self.statuses: Counter[tuple[str, str]] = Counter()
        self._known: dict[tuple[str, str], tuple[int, object]] = {}
        self._lock = threading.Lock()

    def see(self, kind: str, event: str, item: Json) -> None:
        key = (kind, str(item["metadata"]["name"]))
        with self._lock:
            before = self._known.get(key)
            self._known[key] = (item["metadata"].get("generation", 0), item.get("status"))
            if event == "MODIFIED" and before is not None and before[1] != item.get("status"):
                self.statuses[key] += 1

    @property
    def most(self) -> int:
        """The most that any object got."""
        with self._lock:
            return max(self.statuses.values(), default=0)

    @property
    def total(self) -> int:
        with self._lock:
            return sum(self.statuses.values())


@contextmanager
def counted(api: Api, namespace: str, kinds: Sequence[str]) -> Iterator[Writes]:
    """While the block lasts. The watches begin before it does."""
    writes = Writes()
    watches = [(kind, api.watch(path(kind, namespace), {"resourceVersion": "0"})) for kind in kinds]
    threads = [threading.Thread(target=_follow, args=(writes, kind, watch)) for kind, watch in watches]
    for thread in threads:
        thread.start()
    try:
        yield writes
    finally:
        for _, watch in watches:
            watch.close()
        for thread in threads:
            thread.join()


def _follow(writes: Writes, kind: str, watch: Watch) -> None:
    try:
        for event in watch:
            if event["type"] in ("ADDED", "MODIFIED"):
                writes.see(kind, event["type"], event["object"])
    except Unreachable:
        # Closed at the end of the block. Whoever counts compares the total with what is expected.
        return
