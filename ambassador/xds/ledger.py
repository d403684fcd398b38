"""What one Envoy has acknowledged and refused, as frozen values. Reads only; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ambassador.wire.resource import Table
from ambassador.xds.types import ResourceType


@dataclass(frozen=True, slots=True)
class Nack:
    """One refused response.

    `names` are all resources in it; `mentioned` those that Envoy's message names (often the guilty ones, but one bad
    virtual host is reported for its whole route configuration); `revision` is the one that sent it.
    """

    kind: ResourceType
    names: frozenset[str]
    mentioned: frozenset[str]
    message: str
    revision: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a published revision ended.

    Given once Envoy has answered all that the revision makes it answer, and again for the same revision when that
    changes (a cluster warms late, a new Envoy connects). `acknowledged`: Envoy holds exactly this revision. `nacks`
    are the refusals that still stand in its way, also older ones whose resources are unchanged since. `inactive` are
    clusters that routes were sent for although Envoy had not activated them. `superseded`: a newer revision was
    published before this one ended; nothing more is known about it.
    """

    revision: int
    acknowledged: bool
    nacks: tuple[Nack, ...] = ()
    inactive: frozenset[str] = frozenset()
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """State of the newest connected Envoy. The tables are what it acknowledged, by type and name."""

    node: str = ""
    published: int = 0
    acknowledged: int = 0
    tables: Mapping[ResourceType, Table] = field(default_factory=lambda: MappingProxyType({}))
    nacks: tuple[Nack, ...] = ()
    inactive: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether the newest published revision is fully acknowledged."""
        return self.published > 0 and self.acknowledged == self.published

    def version(self, kind: ResourceType, name: str) -> str | None:
        """Version of a resource that Envoy acknowledged last; None when it holds none."""
        resource = self.tables.get(kind, {}).get(name)
        return None if resource is None else resource.version
