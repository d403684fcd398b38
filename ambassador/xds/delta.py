"""The delta dialect for one resource type of one stream: subscriptions, versions, ACKs and NACKs. Pure.

Knows nothing of the other types: what may be sent when is decided in `gates` and `stream`.
Rules: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-docs/xds_protocol (incremental xDS).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ambassador.wire.resource import EncodedResource, References, Table
from ambassador.xds.envelope import DeltaRequest, ErrorDetail
from ambassador.xds.ledger import Nack
from ambassador.xds.resource_snapshot import EMPTY_TABLE, NO_DIFF, TableDiff, diff_tables
from ambassador.xds.types import ResourceType

_EVERYTHING = "*"
_NO_NAMES: frozenset[str] = frozenset()

# Of a resource that a reconnecting client says it holds, only name and version are known. Compared by identity.
UNKNOWN_REFERENCES = References()


@dataclass(frozen=True, slots=True)
class Flight:
    """A response on its way. `result` is what the client holds once it has acknowledged it and all before it.

    `doubted` are those of its names of which it was not known before either what the client holds.
    `late`: so old that others need not wait for it. `stalled`: so old that it is reported as it is.
    """

    nonce: str
    revision: int
    upserts: Table
    removed: frozenset[str]
    result: Table
    doubted: frozenset[str] = _NO_NAMES
    late: bool = False
    stalled: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """Name-version pairs that were refused together: sending all of them again would be refused again."""

    nack: Nack
    pairs: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TypeState:
    """One type of one stream.

    `started`: the client has asked for the type. `forced`: names to send (or to answer as absent) even if nothing
    changed. `greeting`: the client waits for a first response, even an empty one. `doubtful`: names from refused
    responses of which nobody knows whether they were applied, `perhaps` what they were. `unknown`: of some in `held`
    only name and version are known. `resumed`: the client came with resources of an earlier stream.
    """

    kind: ResourceType
    started: bool = False
    wildcard: bool = False
    names: frozenset[str] = _NO_NAMES
    forced: frozenset[str] = _NO_NAMES
    greeting: bool = False
    held: Table = field(default_factory=lambda: EMPTY_TABLE)
    doubtful: frozenset[str] = _NO_NAMES
    perhaps: tuple[EncodedResource, ...] = ()
    flights: tuple[Flight, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    unknown: bool = False
    resumed: bool = False

    @property
    def latest(self) -> Table:
        """What the client holds once everything on its way is acknowledged."""
        return self.flights[-1].result if self.flights else self.held


@dataclass(frozen=True, slots=True)
class Pending:
    """What a client lacks: `upserts` may be sent, `absent` are names to answer as not there, `standing` refusals.
    `difference` is all that differs, whether subscribed to or refused or not."""

    upserts: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    absent: frozenset[str] = _NO_NAMES
    standing: tuple[Rejection, ...] = ()
    difference: TableDiff = NO_DIFF

    @property
    def nothing(self) -> bool:
        return not (self.upserts or self.removed or self.absent or self.standing)


NOTHING_PENDING = Pending()


def on_request(state: TypeState, request: DeltaRequest) -> TypeState:
    """Take over subscriptions and answers. Subscriptions count whatever the nonce says."""
    return _answered(_unsubscribed(_subscribed(state, request), request.unsubscribe), request)


def known_again(state: TypeState, table: Table) -> TypeState:
    """Put the real resource where a reconnected client holds a version that is in `table`."""
    if not state.unknown:
        return state
    held = {
        name: current if (current := table.get(name)) and current.version == resource.version else resource
        for name, resource in state.held.items()
    }
    unknown = any(resource.references is UNKNOWN_REFERENCES for resource in held.values())
    return _rebased(replace(state, held=held, unknown=unknown))


def pending(state: TypeState, table: Table) -> Pending:
    """What is left to send so that the client holds what it subscribed to of `table`."""
    latest = state.latest
    if latest is table and not state.forced and not state.doubtful:
        return NOTHING_PENDING
    raw = diff_tables(latest, table)
    difference = raw if state.wildcard else _of(raw, state.names)
    forced = state.forced | state.doubtful if state.doubtful else state.forced
    upserts = tuple(name for name in difference.upserts if not table[name].sealed)
    if forced:
        again = sorted(name for name in forced if name in table and not table[name].sealed)
        upserts = tuple(dict.fromkeys((*upserts, *again)))
    upserts, standing = _without_rejected(upserts, table, state.rejections)
    removed = difference.removed
    if state.doubtful:
        removed = tuple(dict.fromkeys((*removed, *sorted(state.doubtful - table.keys()))))
    absent = frozenset(name for name in state.forced if name not in table)
    return Pending(upserts, removed, absent, standing, raw)


def send(state: TypeState, table: Table, lacks: Pending, nonce: str, revision: int) -> TypeState:
    """Note a response with the upserts, removals and absent names of `lacks` as on its way."""
    sent = {name: table[name] for name in lacks.upserts}
    removed = lacks.absent.union(lacks.removed)
    # With everything sent the result is the table itself: from then on "unchanged" is one comparison of identities.
    whole = sent.keys() >= set(lacks.difference.upserts) and removed.issuperset(lacks.difference.removed)
    result = table if whole else _after(state.latest, sent, removed)
    named = removed.union(sent)
    return replace(
        state,
        forced=state.forced - named,
        doubtful=state.doubtful - named,
        greeting=False,
        flights=(*state.flights, Flight(nonce, revision, sent, removed, result, state.doubtful & named)),
    )


def aged(state: TypeState, nonce: str) -> TypeState:
    """The response with this nonce has become late, or stalled when it was late already."""
    flights = tuple(
        replace(flight, late=True, stalled=flight.late) if flight.nonce == nonce else flight for flight in state.flights
    )
    return replace(state, flights=flights)


def _subscribed(state: TypeState, request: DeltaRequest) -> TypeState:
    names = frozenset(request.subscribe)
    first = not state.started
    everything = _EVERYTHING in names or (first and state.kind.wildcard)
    if not first and not names:
        return state
    names -= {_EVERYTHING}
    held = state.held
    if first and request.initial_versions:
        held = {
            name: EncodedResource(name, version, b"", UNKNOWN_REFERENCES)
            for name, version in request.initial_versions.items()
        }
    # A second "*" is a subscription again: everything is sent again.
    again = frozenset(state.latest) if everything and not first else _NO_NAMES
    asked = names if state.kind.wildcard and first else names | again
    return replace(
        state,
        started=True,
        wildcard=state.wildcard or everything,
        names=state.names | names,
        forced=state.forced | (asked.difference(request.initial_versions) if first else asked),
        rejections=_without_names(state.rejections, names),
        greeting=state.greeting or (everything and not request.initial_versions),
        held=held,
        unknown=state.unknown or (first and bool(request.initial_versions)),
        resumed=state.resumed or (first and bool(request.initial_versions)),
    )


def _unsubscribed(state: TypeState, unsubscribe: tuple[str, ...]) -> TypeState:
    if not unsubscribe:
        return state
    gone = frozenset(unsubscribe)
    wildcard = state.wildcard and _EVERYTHING not in gone
    names = state.names - gone
    if wildcard:
        # Still subscribed by "*": the client must hear what has become of the name (xds_protocol, "unsubscribing").
        return replace(state, names=names, forced=state.forced | (gone & state.names))
    forgotten = frozenset(state.held) - names if state.wildcard else gone
    return replace(_forget(state, forgotten), wildcard=False, names=names, forced=state.forced - gone, greeting=False)


def _forget(state: TypeState, names: frozenset[str]) -> TypeState:
    """The client no longer holds these, whatever is on its way."""
    perhaps = tuple(one for one in state.perhaps if one.name not in names)
    state = replace(state, doubtful=state.doubtful - names, perhaps=perhaps)
    if names.isdisjoint(state.latest) and names.isdisjoint(state.held):
        return state
    kept = {name: resource for name, resource in state.held.items() if name not in names}
    flights = tuple(
        replace(
            flight,
            upserts={name: resource for name, resource in flight.upserts.items() if name not in names},
            removed=flight.removed - names,
            doubted=flight.doubted - names,
        )
        for flight in state.flights
    )
    return _rebased(replace(state, held=kept, flights=flights))


def _answered(state: TypeState, request: DeltaRequest) -> TypeState:
    flight = next((flight for flight in state.flights if flight.nonce == request.nonce), None)
    if not request.nonce or flight is None:
        return state
    left = tuple(other for other in state.flights if other is not flight)
    if request.error is not None:
        return _rejected(replace(state, flights=left), flight, request.error)
    in_order = state.flights[0] is flight
    held = flight.result if in_order else _after(state.held, flight.upserts, flight.removed)
    rejections = _narrowed(state.rejections, flight) if state.rejections else ()
    if flight.removed and state.kind is ResourceType.LISTENER:
        rejections = ()  # a listener refused for its address may be fine now that another one has gone
    open_questions = state.doubtful.union(*(other.doubted for other in left))
    perhaps = tuple(one for one in state.perhaps if one.name in open_questions)
    acknowledged = replace(state, held=held, flights=left, rejections=rejections, perhaps=perhaps)
    return acknowledged if in_order else _rebased(acknowledged)


def _rejected(state: TypeState, flight: Flight, error: ErrorDetail) -> TypeState:
    names = frozenset(flight.upserts)
    mentioned = frozenset(name for name in names if name in error.message)
    nack = Nack(state.kind, names | flight.removed, mentioned, error.message, flight.revision)
    pairs = frozenset((name, resource.version) for name, resource in flight.upserts.items())
    rejections = (*state.rejections, Rejection(nack, pairs)) if pairs else state.rejections
    # A response with one resource is applied or not, but a refused secret is kept; of several, some may be applied.
    several = len(names) + len(flight.removed) > 1 or state.kind is ResourceType.SECRET
    doubtful = state.doubtful | flight.doubted | (names | flight.removed if several else _NO_NAMES)
    perhaps = (*state.perhaps, *flight.upserts.values()) if several else state.perhaps
    return _rebased(replace(state, rejections=rejections, doubtful=doubtful, perhaps=perhaps))


def _narrowed(rejections: tuple[Rejection, ...], flight: Flight) -> tuple[Rejection, ...]:
    """What was acknowledged alone was not the reason of an earlier refusal."""
    fine = {(name, resource.version) for name, resource in flight.upserts.items()}
    narrowed = (replace(rejection, pairs=rejection.pairs - fine) for rejection in rejections)
    return tuple(rejection for rejection in narrowed if rejection.pairs)


def _without_names(rejections: tuple[Rejection, ...], names: frozenset[str]) -> tuple[Rejection, ...]:
    """Whoever asks for a resource again may take now what was refused: a secret is judged by whom it is for."""
    if not rejections or not names:
        return rejections
    return tuple(one for one in rejections if names.isdisjoint(name for name, _ in one.pairs))


def _rebased(state: TypeState) -> TypeState:
    """Compute again what each response on its way leads to, after one before it fell out."""
    flights: list[Flight] = []
    base = state.held
    for flight in state.flights:
        base = _after(base, flight.upserts, flight.removed)
        flights.append(replace(flight, result=base))
    return replace(state, flights=tuple(flights))


def _after(table: Table, upserts: Table, removed: frozenset[str]) -> Table:
    merged = {**table, **upserts}
    return {name: resource for name, resource in merged.items() if name not in removed} if removed else merged


def _of(difference: TableDiff, names: frozenset[str]) -> TableDiff:
    return TableDiff(
        tuple(name for name in difference.upserts if name in names),
        tuple(name for name in difference.removed if name in names),
    )


def _without_rejected(
    names: tuple[str, ...], table: Table, rejections: tuple[Rejection, ...]
) -> tuple[tuple[str, ...], tuple[Rejection, ...]]:
    standing: tuple[Rejection, ...] = ()
    for rejection in rejections:
        if rejection.pairs <= {(name, table[name].version) for name in names}:
            standing = (*standing, rejection)
            refused = {name for name, _ in rejection.pairs}
            names = tuple(name for name in names if name not in refused)
    return names, standing
