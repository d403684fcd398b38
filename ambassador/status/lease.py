"""One writer among replicas: a Lease of coordination.k8s.io/v1, held as client-go's leader election does. No threads.

Another holder is judged by when *we* saw its record change, on our own monotonic clock, never by the times written in
it, so that clocks may differ and jump. A holder that can't renew stops by itself well before others take over. The
`kubernetes` package's election can't be used: it judges by the wall clock, never releases, ends when it loses, and
loads all models of the API.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ambassador.kube.errors import ApiError
from ambassador.status.facts import Json
from ambassador.status.port import Api

_MICRO_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_ANSWER_SECONDS = 4.0
"""With the time to connect this is less than a holder's deadline."""


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """Seconds. A holder renews every `renew`, gives up when nothing was renewed for `deadline`, and may be replaced
    when others saw no change for `duration`; who fails or waits looks again after `retry`.
    """

    duration: float = 15.0
    deadline: float = 10.0
    renew: float = 5.0
    retry: float = 2.0


@dataclass(frozen=True, slots=True)
class LeaseName:
    """Which Lease, and as whom."""

    namespace: str
    name: str
    identity: str

    @property
    def collection(self) -> str:
        return f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"

    @property
    def path(self) -> str:
        return f"{self.collection}/{self.name}"


class Lease:
    """A candidate. `tick` and `release` belong to one thread; `held` may be asked from any."""

    def __init__(
        self,
        api: Api,
        name: LeaseName,
        times: LeaseTimes,
        clock: Callable[[], float],
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api = api
        self._name = name
        self._times = times
        self._clock = clock
        self._wall = wall
        self._lock = threading.Lock()
        self._record: Json | None = None
        self._seen_version = ""
        self._rival_until = -math.inf
        self._held_until: float | None = None

    @property
    def held(self) -> bool:
        """Whether we hold it: true only as long as no one else can have taken it."""
        with self._lock:
            return self._held_until is not None and self._clock() < self._held_until

    @property
    def holder(self) -> str:
        """Who holds it as far as we saw; empty when nobody does."""
        record = self._record
        return "" if record is None else str(_spec(record).get("holderIdentity") or "")

    def tick(self) -> float:
        """Renews, takes, or looks. Returns the seconds after which to call it again.

        Raises:
            ApiError, Unreachable: what the API server said, or that it said nothing; call again after `retry`.
        """
        started = self._clock()
        if not self._is_mine():
            self._look(started)
        if not self._may_take(started):
            return min(self._times.retry, max(self._rival_until - self._clock(), 0.05))
        try:
            self._write(self._record, self._name.identity, self._times.duration)
        except ApiError as error:
            self._record = None
            if error.status not in (404, 409):
                raise
            # Somebody else was quicker, or the Lease was deleted: look at what there is now.
            return 0.0 if self.held else self._times.retry
        with self._lock:
            self._held_until = started + self._times.deadline
        return self._times.renew

    def release(self) -> None:
        """Gives it up at once, so that the next one needs not wait. Does nothing unless it is ours.

        Raises:
            ApiError, Unreachable: then it runs out by itself.
        """
        held = self.held
        with self._lock:
            self._held_until = None
        if held and self._record is not None and self._is_mine():
            self._write(self._record, "", 1.0)

    def _is_mine(self) -> bool:
        return self.holder == self._name.identity

    def _look(self, now: float) -> None:
        try:
            record = self._api.get(self._name.path, timeout=_ANSWER_SECONDS)
        except ApiError as error:
            if error.status != 404:
                raise
            self._record = None
            return
        version = str(record.get("metadata", {}).get("resourceVersion", ""))
        self._record = record
        if version != self._seen_version:
            self._seen_version = version
            taken = self.holder and not self._is_mine()
            self._rival_until = now + self._duration_of_holder() if taken else -math.inf

    def _may_take(self, now: float) -> bool:
        """Whether it is ours, free, or its holder's time is over: also that of one whose Lease was deleted."""
        return now >= self._rival_until

    def _duration_of_holder(self) -> float:
        seconds = {} if self._record is None else _spec(self._record)
        said = seconds.get("leaseDurationSeconds")
        return float(said) if isinstance(said, int) and said > 0 else self._times.duration

    def _write(self, record: Json | None, holder: str, duration: float) -> None:
        now = self._wall().strftime(_MICRO_TIME)
        before = {} if record is None else _spec(record)
        renewal = before.get("holderIdentity") == holder
        transitions = int(before.get("leaseTransitions") or 0)
        spec = {
            "holderIdentity": holder,
            "leaseDurationSeconds": int(duration),
            "acquireTime": before.get("acquireTime") if renewal else now,
            "renewTime": now,
            "leaseTransitions": transitions if renewal or record is None or not holder else transitions + 1,
        }
        metadata = {"name": self._name.name, "namespace": self._name.namespace}
        if record is not None:
            metadata["resourceVersion"] = str(record.get("metadata", {}).get("resourceVersion", ""))
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
        if record is None:
            self._record = self._api.create(self._name.collection, body, timeout=_ANSWER_SECONDS)
        else:
            self._record = self._api.put(self._name.path, body, timeout=_ANSWER_SECONDS)


def _spec(record: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = record.get("spec")
    return spec if isinstance(spec, Mapping) else {}
