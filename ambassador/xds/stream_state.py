"""What is known of one ADS stream. Values only; how they change is in `stream` and `rules`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ambassador.wire.resource import Table
from ambassador.xds import delta, gates
from ambassador.xds.delta import Pending, TypeState
from ambassador.xds.ledger import Ledger, Outcome
from ambassador.xds.resource_snapshot import EMPTY_TABLE, ResourceSnapshot
from ambassador.xds.types import ResourceType


@dataclass(frozen=True, slots=True)
class Activation:
    """New clusters of which it is not known yet whether Envoy has activated them.

    `waiting` are all of them, `asked` those that `AwaitActive` has been sent for, by its ticket; `inactive` those
    that were not active in time.
    """

    waiting: frozenset[str] = frozenset()
    asked: Mapping[int, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    inactive: frozenset[str] = frozenset()

    def without(self, names: frozenset[str]) -> Activation:
        """The same as if these names had never been waited for."""
        if names.isdisjoint(self.waiting) and names.isdisjoint(self.inactive):
            return self
        asked = {ticket: those - names for ticket, those in self.asked.items()}
        return Activation(self.waiting - names, asked, self.inactive - names)


@dataclass(frozen=True, slots=True)
class StreamState:
    """Everything that is known of one stream. `serial` makes nonces and tickets unique on it."""

    label: str
    types: Mapping[ResourceType, TypeState] = field(
        default_factory=lambda: MappingProxyType({kind: TypeState(kind) for kind in ResourceType})
    )
    target: ResourceSnapshot | None = None
    node: str = ""
    serial: int = 0
    activation: Activation = field(default_factory=Activation)
    awaited: int = 0  # revision whose listeners' subscriptions have been waited for long enough
    timed: int = 0  # revision for which that timer was set
    outcome: Outcome | None = None

    @property
    def revision(self) -> int:
        """Number of the newest snapshot; 0 before the first."""
        return 0 if self.target is None else self.target.revision

    def table(self, kind: ResourceType) -> Table:
        """The newest resources of a type."""
        return EMPTY_TABLE if self.target is None else self.target.table(kind)

    def lacks(self, kind: ResourceType) -> Pending:
        """What the client still has to get of a type."""
        return delta.pending(self.types[kind], self.table(kind))

    def with_type(self, of_type: TypeState) -> StreamState:
        """The same with another state of one type."""
        return replace(self, types={**self.types, of_type.kind: of_type})


def ledger_of(state: StreamState) -> Ledger:
    """What this client has acknowledged and refused."""
    outcome = state.outcome
    done = outcome.revision if outcome is not None and outcome.acknowledged else 0
    # Readiness asks this many times a second; without a refusal nothing has to be compared.
    refused = [kind for kind, of_type in state.types.items() if of_type.rejections]
    return Ledger(
        node=state.node,
        published=state.revision,
        acknowledged=done,
        tables=MappingProxyType({kind: of_type.held for kind, of_type in state.types.items()}),
        nacks=gates.standing_nacks(state.lacks(kind) for kind in refused),
        inactive=state.activation.inactive,
    )
