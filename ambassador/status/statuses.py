"""Writes one object's status: decides what it shall be, and applies it where the cluster says something else.

Server-side apply with our own fields only, so that others' stay. Rates, retries and threads are the writer's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ambassador.ir.verdict import State
from ambassador.kinds.contract import OUR_GROUP
from ambassador.kube.api import APPLY, MERGE_PATCH
from ambassador.kube.errors import ApiError
from ambassador.model.keys import ObjectKey
from ambassador.sources.cluster.observed import Observed
from ambassador.status.addresses import Addresses, addresses_in
from ambassador.status.answers import Answers
from ambassador.status.desired import IngressStatus, Wanted, Withdrawn, own_status
from ambassador.status.events import rfc3339
from ambassador.status.facts import INGRESS, Facts, Json, Progress
from ambassador.status.port import Api

_ANSWER_SECONDS = 10.0
_UNTYPED = "failed to create typed live object"


@dataclass(frozen=True, slots=True)
class Manager:
    """In whose name fields are owned, and which Envoy it is that acknowledges."""

    field_manager: str
    envoy: str


@dataclass(frozen=True, slots=True)
class Write:
    """A status that has to be written over what was observed."""

    key: ObjectKey
    observed: Observed
    wanted: Wanted


class Statuses:
    """Statuses of all objects, as far as they are ours. One thread's."""

    def __init__(self, api: Api, manager: Manager, wall: Callable[[], datetime]) -> None:
        self._api = api
        self._manager = manager
        self._wall = wall
        self._answers = Answers()
        self._ours: set[ObjectKey] = set()

    def present(self, key: ObjectKey, observed: Observed | None) -> Mapping[str, Any]:
        """The object's status now."""
        return self._answers.present(key, observed)

    def write_for(
        self, facts: Facts, observed: Observed, progress: Progress, addresses: Addresses | None
    ) -> Write | None:
        """What there is to write; None when the cluster holds it already, or when the object is not ours.

        `addresses` of Ingresses; None while they are not known, which changes none.
        """
        key = facts.source.key
        if key.kind != INGRESS and observed.resource.group != OUR_GROUP:
            return None
        wanted = self._wanted(facts, observed, progress, addresses)
        if wanted is None or self._answers.is_done(key, wanted, observed):
            return None
        return Write(key, observed, wanted)

    def apply(self, write: Write) -> None:
        """Writes it.

        Raises:
            ApiError, Unreachable: it was not written.
        """
        key, observed = write.key, write.observed
        metadata = {"name": key.name, "namespace": key.namespace}
        body: Json = {
            "apiVersion": observed.resource.api_version,
            "kind": key.kind,
            "metadata": {name: value for name, value in metadata.items() if value},
        }
        status = write.wanted.as_json(self.present(key, observed), rfc3339(self._wall()))
        if status is not None:
            body["status"] = status
        query = {"fieldManager": self._manager.field_manager, "force": "true"}
        path = f"{observed.path(key)}/status"
        try:
            answer = self._api.patch(path, body, content_type=APPLY, query=query, timeout=_ANSWER_SECONDS)
        except ApiError as error:
            if status is None or _UNTYPED not in error.message:
                raise
            # An object that is older than its CRD's schema and contradicts it; a merge asks only for what it changes.
            answer = self._api.patch(path, {"status": status}, content_type=MERGE_PATCH, timeout=_ANSWER_SECONDS)
        became = answer.get("status")
        self._answers.remember(key, observed, write.wanted, became if isinstance(became, dict) else {})

    def give_up(self, write: Write) -> None:
        """The API server will not take it: it is not tried again before something changes."""
        self._answers.remember(write.key, write.observed, write.wanted, dict(self.present(write.key, write.observed)))

    def forget(self, key: ObjectKey) -> None:
        """The object is gone."""
        self._answers.forget(key)
        self._ours.discard(key)

    def _wanted(
        self, facts: Facts, observed: Observed, progress: Progress, addresses: Addresses | None
    ) -> Wanted | None:
        key = facts.source.key
        present = self._answers.present(key, observed)
        if facts.report.state is State.IGNORED:
            return Withdrawn() if self._was_ours(key, present, addresses) else None
        self._ours.add(key)
        if key.kind == INGRESS:
            return _ingress(facts, progress, addresses)
        return own_status(facts, facts.generation(observed), progress, self._manager.envoy, present)

    def _was_ours(self, key: ObjectKey, present: Mapping[str, Any], addresses: Addresses | None) -> bool:
        """Whether there may be something of ours on an object that is not ours.

        Applying nothing takes away only what we own, so an Ingress that happens to say our address is safe.
        """
        return key in self._ours or (key.kind == INGRESS and bool(addresses) and addresses_in(present) == addresses)


def _ingress(facts: Facts, progress: Progress, addresses: Addresses | None) -> Wanted | None:
    if facts.report.state is State.REJECTED:
        return IngressStatus()
    if addresses is None or progress is Progress.OPEN:
        return None
    return IngressStatus(addresses)
