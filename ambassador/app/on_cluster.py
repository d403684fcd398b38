"""The cluster of a watcher: its source, Secrets on demand, and statuses written back.

Apart from `cluster`, because a watcher of folders needs none of what this imports, and starts sooner without it.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable, Mapping, Sequence

from ambassador.kube.connect import connect
from ambassador.model.keys import ObjectKey
from ambassador.ops.metrics import Metrics
from ambassador.report.revision import Revision
from ambassador.settings import Settings
from ambassador.sources.base import Source
from ambassador.sources.cluster.scope import Scope
from ambassador.sources.cluster.source import ClusterSource
from ambassador.sources.last_good import LastGood
from ambassador.sources.remembered import RememberedSource
from ambassador.status.writer import StatusOptions, StatusWriter
from ambassador.watcher.waiting import SecretSource


class OnCluster:
    """The cluster that the environment names.

    Raises:
        StartError: no cluster is named, or the way to it can't be read. It need not answer yet.
    """

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self._api = connect(environ)
        self._settings = settings
        namespace = settings.namespace if settings.single_namespace else ""
        self._source = ClusterSource(self._api, Scope(namespace, settings.label_selector, settings.field_selector))
        self._writer: StatusWriter | None = None

    @property
    def secrets(self) -> SecretSource:
        return self._source

    def sources(self, last_good: LastGood) -> Sequence[Source]:
        return (RememberedSource(self._source, last_good, expected=self._source.secrets_expected),)

    def start_writing(self, current: Callable[[], Revision], metrics: Metrics) -> None:
        self._writer = StatusWriter(
            self._api, current, self._source.observed.snapshot, status_options(self._settings), metrics.status
        )
        self._writer.start()

    def notify(self) -> None:
        if self._writer is not None:
            self._writer.notify()

    def stop_writing(self) -> None:
        if self._writer is not None:
            self._writer.stop()


def status_options(settings: Settings) -> StatusOptions:
    """What of the settings the status writer needs; its identity is new with each process."""
    pod = settings.instance or socket.gethostname()
    name, _, namespace = settings.service.partition(".")
    return StatusOptions(
        namespace=settings.namespace,
        pod=pod,
        identity=f"{pod}_{uuid.uuid4()}",
        ambassador_id=settings.ambassador_id,
        addresses=settings.ingress_address,
        publish=ObjectKey("Service", namespace or settings.namespace, name),
    )
