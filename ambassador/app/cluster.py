"""What a cluster adds to the watcher, and what stands there without one. The cluster itself is in `on_cluster`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ambassador.ops.metrics import Metrics
from ambassador.report.revision import Revision
from ambassador.sources.base import Source
from ambassador.sources.last_good import LastGood
from ambassador.watcher.waiting import AllSecrets, SecretSource


class Cluster(Protocol):
    """A cluster, or none."""

    @property
    def secrets(self) -> SecretSource:
        """Who gives the Secrets that are named."""

    def sources(self, last_good: LastGood) -> Sequence[Source]:
        """Where objects come from."""

    def start_writing(self, current: Callable[[], Revision], metrics: Metrics) -> None:
        """Begins to write statuses of what `current` gives."""

    def notify(self) -> None:
        """There is something new to write."""

    def stop_writing(self) -> None:
        """Ends writing, so that another replica takes over at once. Takes up to some seconds."""


class NoCluster:
    """Folders of manifests alone."""

    secrets: SecretSource = AllSecrets()

    def sources(self, last_good: LastGood) -> Sequence[Source]:
        return ()

    def start_writing(self, current: Callable[[], Revision], metrics: Metrics) -> None:
        pass

    def notify(self) -> None:
        pass

    def stop_writing(self) -> None:
        pass


NO_CLUSTER = NoCluster()
