"""The status writer: two threads of its own, one that holds the Lease and one that writes while it is held.

It only reads revisions; whatever happens here, traffic and the event loop never wait for it. A follower does nothing
but look at the Lease; a new leader compares everything with what the cluster holds and writes the differences.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from ambassador.kube.errors import ApiError, KubeError
from ambassador.model.keys import ObjectKey
from ambassador.ops import bugs
from ambassador.ops.metrics import StatusMetrics
from ambassador.report.revision import Revision
from ambassador.sources.cluster.observed import Observed
from ambassador.status.lease import Lease, LeaseName, LeaseTimes
from ambassador.status.pace import Rate
from ambassador.status.port import Api
from ambassador.status.reign import Reign, Target
from ambassador.status.statuses import Manager

_log = structlog.get_logger()

_HOLD_OFF = 0.1
"""Seconds after a revision in which nothing is done: traffic comes first, and what follows at once is joined."""

_SLICE = 0.25
"""Seconds of work after which newer revisions are looked at."""

_CHECK = 60.0
"""Seconds after which statuses that others changed are set right."""

_LOOK = 2.0
"""Seconds after which the gateway's Service is looked at: its address is in no revision."""

_UNPUBLISHED = 0.25
"""Seconds between two looks at whether there is a first revision."""

_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """Plain settings. `pod` names this replica and its Envoy; `identity` is unique for this process.

    `addresses` are told on Ingresses; without them those of the Service `publish`.
    """

    namespace: str
    pod: str
    identity: str
    ambassador_id: str = "default"
    addresses: tuple[str, ...] = ()
    publish: ObjectKey | None = None
    writes: Rate = Rate(50.0, 100)
    events: Rate = Rate(10.0, 50)
    lease: LeaseTimes = LeaseTimes()

    @property
    def _suffix(self) -> str:
        return "" if self.ambassador_id == "default" else f"-{self.ambassador_id}"

    @property
    def lease_name(self) -> LeaseName:
        return LeaseName(self.namespace, f"ambassador-status{self._suffix}", self.identity)

    @property
    def manager(self) -> Manager:
        """Instances with ids of their own do not take each other's fields."""
        return Manager(f"ambassador{self._suffix}", f"Envoy of {self.pod}")


class StatusWriter:
    """`start` and `stop` once; `notify` and `leading` from any thread.

    `current` gives the newest revision with what Envoy says now; `observed` what the cluster holds, by object, as a
    table that does not change any more.
    """

    def __init__(
        self,
        api: Api,
        current: Callable[[], Revision],
        observed: Callable[[], Mapping[ObjectKey, Observed]],
        options: StatusOptions,
        metrics: StatusMetrics,
    ) -> None:
        self._current = current
        self._observed = observed
        self._metrics = metrics
        self._lease = Lease(api, options.lease_name, options.lease, time.monotonic)
        self._retry = options.lease.retry
        self._target = Target(api, options.manager, options.addresses, options.publish, options.writes, options.events)
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._leading = False
        self._election = threading.Thread(target=self._elect, name="status-lease", daemon=True)
        self._writing = threading.Thread(target=self._write, name="status-writer", daemon=True)

    @property
    def leading(self) -> bool:
        """Whether this replica writes statuses."""
        return self._lease.held

    def start(self) -> None:
        """Begins to try for the Lease."""
        self._election.start()
        self._writing.start()

    def notify(self) -> None:
        """There is a new revision, or Envoy said something. Costs a few microseconds."""
        if self._leading:
            self._wake.set()

    def stop(self) -> None:
        """Ends writing, then gives up the Lease so that another replica takes over at once. Waits some seconds."""
        self._stopping.set()
        self._wake.set()
        end = time.monotonic() + _STOP_SECONDS
        for thread in (self._writing, self._election):
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))

    def _elect(self) -> None:
        refused = ""
        while not self._stopping.is_set():
            try:
                pause, refused = self._stand(), ""
            except KubeError as error:
                pause, refused = self._retry, _told_refusal(error, refused)
            except Exception as error:  # noqa: BLE001 - statuses may stop for a while; the gateway must not
                pause = self._retry
                _log.error("a bug: the election of the status writer", traceback=bugs.stack(error))
            self._tell_leading()
            self._stopping.wait(pause)
        self._give_up()

    def _stand(self) -> float:
        """Takes part in the election, once there is something to tell: who has nothing must not keep others from it."""
        return self._lease.tick() if self._current().number else _UNPUBLISHED

    def _tell_leading(self) -> None:
        held = self._lease.held
        self._metrics.leader.set(float(held))
        if held != self._leading:
            self._leading = held
            _log.info("this replica writes statuses" if held else "this replica writes no statuses any more")
            self._wake.set()

    def _give_up(self) -> None:
        self._writing.join(_STOP_SECONDS)
        self._leading = False
        self._metrics.leader.set(0.0)
        try:
            self._lease.release()
        except KubeError as error:
            _log.info("the Lease of the status writer runs out by itself", why=str(error))

    def _write(self) -> None:
        while not self._stopping.is_set():
            try:
                self._reign()
            except Exception as error:  # noqa: BLE001 - statuses may stop for a while; the gateway must not
                _log.error("a bug: the status writer begins anew", traceback=bugs.stack(error))
                self._stopping.wait(self._retry)

    def _reign(self) -> None:
        """From becoming the leader until losing it."""
        while not self._lease.held:
            self._wake.wait(_LOOK)
            self._wake.clear()
            if self._stopping.is_set():
                return
        reign = Reign(self._target, self._metrics, time.monotonic, lambda: datetime.now(UTC))
        checked = time.monotonic()
        while self._may_go_on():
            self._wake.clear()
            revision = self._current()
            if revision.number:
                reign.look(revision, self._observed())
            if time.monotonic() - checked > _CHECK:
                reign.check()
                checked = time.monotonic()
            wait = self._work(reign)
            if self._wake.wait(min(wait, _LOOK)):
                self._stopping.wait(_HOLD_OFF)

    def _work(self, reign: Reign) -> float:
        """Does what is due for a while; returns the seconds after which there may be more."""
        until = time.monotonic() + _SLICE
        while self._may_go_on():
            wait = reign.step()
            if wait > 0.0 or time.monotonic() > until:
                return wait
        return 0.0

    def _may_go_on(self) -> bool:
        return self._lease.held and not self._stopping.is_set()


def _told_refusal(error: KubeError, before: str) -> str:
    """Tells once why the API server refuses the Lease; that it is away is told by those who read from it."""
    if not isinstance(error, ApiError) or error.status >= 500 or error.status == 429:
        return before
    if error.reason != before:
        _log.warning("no status is written: get, create and update on the Lease are needed", why=str(error))
    return error.reason
