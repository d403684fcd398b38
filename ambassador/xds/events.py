"""What goes into one stream's state machine and what comes out. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.xds.envelope import DeltaRequest, DeltaResponse
from ambassador.xds.ledger import Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot


@dataclass(frozen=True, slots=True)
class Requested:
    """The client sent a request: subscriptions, an ACK or a NACK."""

    request: DeltaRequest


@dataclass(frozen=True, slots=True)
class Published:
    """There is a newer resource snapshot."""

    snapshot: ResourceSnapshot


@dataclass(frozen=True, slots=True)
class Activated:
    """An answer to the `AwaitActive` with this ticket.

    `active` are clusters that Envoy has activated, `inactive` those that are not waited for any longer. More answers
    follow while some names are in neither.
    """

    ticket: int
    active: frozenset[str]
    inactive: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time of a `SetTimer` with the same token is over."""

    token: str


Event = Requested | Published | Activated | TimeUp


@dataclass(frozen=True, slots=True)
class Send:
    """Send this response to the client."""

    response: DeltaResponse


@dataclass(frozen=True, slots=True)
class AwaitActive:
    """Find out when Envoy has activated these clusters, for at most 2 s, and answer with `Activated` on any news."""

    ticket: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Answer with `TimeUp` after so many seconds. Timers are never cancelled; late ones are ignored."""

    token: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What this client made of the newest revision, whenever that changes."""

    outcome: Outcome


Effect = Send | AwaitActive | SetTimer | Report
