"""The newest resource snapshot, and who has to hear of a newer one."""

from __future__ import annotations

from collections.abc import Callable

from ambassador.xds.resource_snapshot import ResourceSnapshot


class SnapshotCache:
    """Holds the current snapshot and wakes those who watch. Belongs to one event loop; a watcher must not block."""

    def __init__(self) -> None:
        self._current: ResourceSnapshot | None = None
        self._watchers: tuple[Callable[[], None], ...] = ()

    @property
    def current(self) -> ResourceSnapshot | None:
        """The newest snapshot; None before the first complete one."""
        return self._current

    def publish(self, snapshot: ResourceSnapshot) -> None:
        """Make a snapshot the current one and wake all watchers."""
        self._current = snapshot
        for wake in self._watchers:
            wake()

    def watch(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` on each publication until the returned function is called."""
        self._watchers = (*self._watchers, wake)

        def forget() -> None:
            self._watchers = tuple(other for other in self._watchers if other is not wake)

        return forget
