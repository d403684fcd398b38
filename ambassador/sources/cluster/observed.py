"""What the API server knows of an object besides its content: a side table for who writes status.

Kept out of the objects, because a status that we wrote ourselves must not look like a change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ambassador.kinds.contract import OUR_GROUP
from ambassador.model.keys import ObjectKey
from ambassador.sources.cluster.resources import Resource

_FOREIGN = frozenset({"Ingress", "Service"})


@dataclass(frozen=True, slots=True)
class Observed:
    """The newest that was seen of an object. `status` is its JSON, `{}` when it has none."""

    uid: str
    generation: int
    status: bytes = field(repr=False)
    resource: Resource

    def path(self, key: ObjectKey) -> str:
        """Where the object is written."""
        return self.resource.path(key.namespace, key.name)


def is_observed(resource: Resource) -> bool:
    """Whether status of the kind is of interest: ours, Ingresses', and Services' for the addresses we answer on."""
    return resource.group == OUR_GROUP or resource.kind in _FOREIGN


class ObservedTable(Mapping[ObjectKey, Observed]):
    """Filled by the source's threads, read by any; iteration sees one moment."""

    def __init__(self) -> None:
        self._table: dict[ObjectKey, Observed] = {}

    def __getitem__(self, key: ObjectKey) -> Observed:
        return self._table[key]

    def __iter__(self) -> Iterator[ObjectKey]:
        return iter(list(self._table))

    def __len__(self) -> int:
        return len(self._table)

    def snapshot(self) -> Mapping[ObjectKey, Observed]:
        """All of it as it is now; later changes do not show."""
        return dict(self._table)

    def put(self, key: ObjectKey, seen: Observed | None) -> None:
        """Notes what is known now; None: the object is gone."""
        if self._table.get(key) == seen:
            return
        if seen is None:
            self._table.pop(key, None)
        else:
            self._table[key] = seen
