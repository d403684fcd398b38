"""The rules by which a stream sends: each looks at the whole state and sends what may go now. Pure.

They run in the order of `RULES` after each event; that order, and the questions in `gates`, are make-before-break.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ambassador.xds import delta, gates
from ambassador.xds.delta import Pending, TypeState
from ambassador.xds.envelope import DeltaResponse
from ambassador.xds.events import AwaitActive, Effect, Report, Send, SetTimer
from ambassador.xds.ledger import Outcome
from ambassador.xds.stream_state import StreamState
from ambassador.xds.types import ResourceType

CLUSTER, ENDPOINT, LISTENER, SCOPE, ROUTE, SECRET = ResourceType

# Envoy acknowledges clusters only when none is warming: after this time others need not wait for a slow one …
LATE = 0.1
# … and after this time what has been reached is reported.
STALLED = 2.0
# How long a listener's own subscriptions (scopes, routes, secrets) are waited for before a revision counts as finished.
SUBSCRIPTIONS = 2.0

EXPECTED = "expected"

Moved = tuple[StreamState, tuple[Effect, ...]]


def _clusters(state: StreamState) -> Moved:
    of_type = state.types[CLUSTER]
    if any(not flight.late for flight in of_type.flights):
        return state, ()
    lacks = state.lacks(CLUSTER)
    new = frozenset(lacks.upserts).difference(of_type.latest)
    sent, effects = _sent(state, CLUSTER, replace(lacks, removed=()))
    if not effects:
        return state, ()
    table = state.table(CLUSTER)
    owed = frozenset().union(*(table[name].references.endpoints for name in lacks.upserts))
    endpoints = sent.types[ENDPOINT]
    owing = replace(endpoints, forced=endpoints.forced.union(owed.intersection(state.table(ENDPOINT))))
    activation = replace(state.activation, waiting=state.activation.waiting | new)
    return replace(sent.with_type(owing), activation=activation), (*effects, *_timers(sent))


def _timers(state: StreamState) -> tuple[SetTimer, ...]:
    nonce = state.types[CLUSTER].flights[-1].nonce
    return SetTimer(nonce, LATE), SetTimer(nonce, STALLED)


def _at_once(kind: ResourceType) -> Callable[[StreamState], Moved]:
    def rule(state: StreamState) -> Moved:
        if state.types[kind].flights:
            return state, ()
        return _sent(state, kind, replace(state.lacks(kind), removed=()))

    return rule


def _scopes(state: StreamState) -> Moved:
    """New ones at once; those that lead elsewhere from now on when Envoy has the routes there.

    Envoy forgets all scopes with the last listener that has some, and says nothing of it. Nor does it ask for them
    again when another such listener comes: from then on it is taken to do so.
    """
    of_type = state.types[SCOPE]
    if not of_type.started or (of_type.flights and gates.with_scopes(state.types)):
        return state, ()
    if not gates.with_scopes(state.types):
        return state.with_type(TypeState(SCOPE, started=True)), ()
    asking = state.with_type(replace(of_type, wildcard=True))
    lacks = asking.lacks(SCOPE)
    hollow = gates.hollow_scopes(asking.types, lacks.upserts, asking.table(SCOPE))
    names = tuple(name for name in lacks.upserts if name not in hollow)
    return _sent(asking, SCOPE, replace(lacks, upserts=names, removed=()))


def _behind_clusters(kind: ResourceType) -> Callable[[StreamState], Moved]:
    def rule(state: StreamState) -> Moved:
        of_type = state.types[kind]
        if of_type.flights:
            return state, ()
        lacks = state.lacks(kind)
        names = lacks.upserts
        if kind is ROUTE and state.types[LISTENER].flights:
            # Listeners first; but one that has just asked for its routes gets them.
            names = tuple(name for name in names if name in of_type.forced)
        if names:
            blocked = gates.blocked_clusters(state.types[CLUSTER], state.lacks(CLUSTER), state.activation.waiting)
            table = state.table(kind)
            names = tuple(name for name in names if blocked.isdisjoint(table[name].references.clusters))
            names = tuple(
                name for name in names if not gates.without_routes(state.types, table[name].references.scopes)
            )
        if lacks.upserts and not names and not lacks.absent:
            return state, ()  # an empty first response would let Envoy start without what is only held back
        return _sent(state, kind, replace(lacks, upserts=names, removed=()))

    return rule


def _removals(state: StreamState) -> Moved:
    types = state.types
    if types[CLUSTER].resumed and not types[LISTENER].started:
        return state, ()  # it has listeners and routes of an earlier stream too, and has not named them yet
    sending = any(types[kind].flights for kind in (LISTENER, SCOPE, ROUTE))
    if sending or any(not one.late for one in types[CLUSTER].flights) or _expected(state):
        return state, ()
    for kind in (LISTENER, SCOPE, CLUSTER, ENDPOINT, ROUTE, SECRET):
        lacks = state.lacks(kind)
        if kind in (LISTENER, SCOPE) and lacks.upserts:
            continue  # the one that takes its place must come first
        gone = gates.unused(kind, frozenset(lacks.removed), types)
        if not gone or (types[kind].flights and kind is not CLUSTER):
            continue
        sent, effects = _sent(state, kind, replace(lacks, upserts=(), removed=tuple(sorted(gone))))
        if kind is CLUSTER:
            return replace(sent, activation=state.activation.without(gone)), (*effects, *_timers(sent))
        return sent, effects
    return state, ()


def _activations(state: StreamState) -> Moved:
    """Ask once for each new cluster; not before Envoy wants listeners, which it does when its start is over."""
    activation = state.activation
    if not activation.waiting or not state.types[LISTENER].started:
        return state, ()
    young = (flight.upserts.keys() for flight in state.types[CLUSTER].flights if not flight.late)
    names = activation.waiting.difference(*activation.asked.values(), *young)
    if not names:
        return state, ()
    ticket = state.serial + 1
    asked = {**activation.asked, ticket: names}
    return replace(state, serial=ticket, activation=replace(activation, asked=asked)), (AwaitActive(ticket, names),)


def _report(state: StreamState) -> Moved:
    types = state.types
    if not (types[CLUSTER].started and types[LISTENER].started) or state.activation.waiting:
        return state, ()
    if any(not flight.stalled for one in types.values() for flight in one.flights):
        return state, ()
    if _expected(state):
        timer = (SetTimer(f"{EXPECTED}{state.revision}", SUBSCRIPTIONS),) if state.timed != state.revision else ()
        return replace(state, timed=state.revision), timer
    lacks = tuple(state.lacks(kind) for kind in ResourceType)
    acknowledged = all(one.nothing for one in lacks) and not types[CLUSTER].flights
    latest = types[CLUSTER].latest
    inactive = frozenset(name for name in state.activation.inactive if name in latest)
    outcome = Outcome(state.revision, acknowledged, gates.standing_nacks(lacks), inactive)
    if outcome == state.outcome:
        return state, ()
    return replace(_same_tables(state), outcome=outcome), (Report(outcome),)


def _same_tables(state: StreamState) -> StreamState:
    """Hold the published tables themselves where they are equal, so that the next comparison is by identity."""
    types = {
        kind: one if one.flights or state.lacks(kind).difference else replace(one, held=state.table(kind))
        for kind, one in state.types.items()
    }
    return replace(state, types=types)


def _expected(state: StreamState) -> bool:
    """Whether Envoy has still to ask for what its listeners need."""
    return state.awaited != state.revision and gates.expected_subscriptions(state.types)


def _sent(state: StreamState, kind: ResourceType, lacks: Pending) -> Moved:
    """Send what `lacks` says, if the client has asked for the type and there is anything to say."""
    of_type = state.types[kind]
    if not of_type.started or not (lacks.upserts or lacks.removed or lacks.absent or of_type.greeting):
        return state, ()
    serial = state.serial + 1
    nonce = f"{state.label}.{serial}"
    table = state.table(kind)
    response = DeltaResponse(
        kind.type_url,
        nonce,
        tuple(table[name] for name in lacks.upserts),
        tuple(sorted(lacks.absent.union(lacks.removed))),
        str(state.revision),
    )
    moved = state.with_type(delta.send(of_type, table, lacks, nonce, state.revision))
    return replace(moved, serial=serial), (Send(response),)


def _early_endpoints(state: StreamState) -> Moved:
    """Endpoints that Envoy has asked for and that are known; that others are not there is not known yet.

    Of a new cluster it asks for them itself: sent before that, thousands would be sent twice.
    """
    of_type = state.types[ENDPOINT]
    if of_type.flights:
        return state, ()
    lacks = state.lacks(ENDPOINT)
    asked = tuple(name for name in lacks.upserts if name in of_type.names)
    return _sent(state, ENDPOINT, replace(lacks, upserts=asked, removed=(), absent=frozenset()))


EARLY_RULES = (_clusters, _early_endpoints)
"""For a snapshot that is not whole."""

RULES = (
    _clusters,
    _at_once(ENDPOINT),
    _at_once(SECRET),
    _scopes,
    _behind_clusters(LISTENER),
    _behind_clusters(ROUTE),
    _removals,
    _activations,
    _report,
)
