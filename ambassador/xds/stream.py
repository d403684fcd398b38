"""One ADS stream's state machine: (state, event) → (state, effects). Pure; sockets and clocks are in `server`.

There is no list of phases. After each event, `step` sends all that may be sent, and what may be sent follows from the
ACKs of this stream alone (make before break):

1. clusters at once, each followed in the same breath by its load assignment (Envoy holds a changed EDS cluster back
   for 15 s otherwise), changed assignments and secrets at once
2. listeners, then routes, each as soon as every cluster it refers to is acknowledged and active; between them scopes,
   where routes are found by them: new ones at once, others (and later listeners) when their routes are acknowledged
3. removals when nothing acknowledged uses them any more

Before the first whole snapshot only clusters and their load assignments are sent, which carry no traffic by themselves:
Envoy needs seconds for thousands of them, and has them by the time when the routes are compiled.

So a newer snapshot in the middle of a change only moves the goal, a NACK holds back only what needs the refused
resource, and what is independent never waits.
"""

from __future__ import annotations

from dataclasses import replace

from ambassador.wire.resource import Table
from ambassador.xds import delta
from ambassador.xds.delta import TypeState
from ambassador.xds.envelope import DeltaRequest
from ambassador.xds.events import Activated, Effect, Event, Published, Requested, TimeUp
from ambassador.xds.rules import EARLY_RULES, EXPECTED, RULES, Moved
from ambassador.xds.stream_state import Activation, StreamState
from ambassador.xds.types import ResourceType, by_type_url


def step(state: StreamState, event: Event) -> Moved:
    """The one transition. Nothing is ever sent before the first snapshot, and little before the first whole one."""
    changed = _taken(state, event)
    return (changed, ()) if changed.target is None else _advanced(changed)


def _taken(state: StreamState, event: Event) -> StreamState:
    match event:
        case Requested(request):
            return _requested(state, request)
        case Published(snapshot):
            known = {kind: delta.known_again(one, snapshot.table(kind)) for kind, one in state.types.items()}
            listeners = _forgiven(known[ResourceType.LISTENER], snapshot.table(ResourceType.LISTENER))
            types = {**known, ResourceType.LISTENER: listeners}
            return replace(state, target=snapshot, types=types)
        case Activated():
            return _activated(state, event)
        case TimeUp(token):
            return _timed_out(state, token)


def _requested(state: StreamState, request: DeltaRequest) -> StreamState:
    kind = by_type_url(request.type_url)
    if kind is None:
        return state
    before = state.types[kind]
    after = delta.known_again(delta.on_request(before, request), state.table(kind))
    changed = replace(state.with_type(after), node=state.node or request.node)
    if len(after.flights) < len(before.flights) and request.error is None:
        changed = _another_chance(changed, kind)
    if kind is not ResourceType.CLUSTER or len(after.flights) == len(before.flights):
        return changed
    answered = next(flight for flight in before.flights if flight.nonce == request.nonce)
    if request.error is not None:
        refused = frozenset(answered.upserts).difference(after.latest)
        return replace(changed, activation=state.activation.without(refused))
    # Late clusters that are acknowledged at last have warmed.
    warmed = state.activation.inactive.difference(answered.upserts)
    return replace(changed, activation=replace(state.activation, inactive=warmed))


# A certificate is refused together with the TLS options that use it, by either side's type: what is new on one side may
# make the other acceptable.
_JUDGED_WITH = {
    ResourceType.SECRET: (ResourceType.LISTENER, ResourceType.CLUSTER),
    ResourceType.LISTENER: (ResourceType.SECRET,),
    ResourceType.CLUSTER: (ResourceType.SECRET,),
}


def _another_chance(state: StreamState, acknowledged: ResourceType) -> StreamState:
    for kind in _JUDGED_WITH.get(acknowledged, ()):
        if state.types[kind].rejections:
            state = state.with_type(replace(state.types[kind], rejections=()))
    return state


def _forgiven(of_type: TypeState, table: Table) -> TypeState:
    """A listener that was not wanted for a while is tried again: somebody else's socket may have been in its way."""
    if not of_type.rejections:
        return of_type
    wanted = {(name, resource.version) for name, resource in table.items()}
    return replace(of_type, rejections=tuple(one for one in of_type.rejections if one.pairs <= wanted))


def _activated(state: StreamState, news: Activated) -> StreamState:
    activation = state.activation
    asked = activation.asked.get(news.ticket, frozenset())
    done = asked & (news.active | news.inactive)
    others = {ticket: names for ticket, names in activation.asked.items() if ticket != news.ticket}
    left = {news.ticket: asked - done} if asked - done else {}
    slow = activation.inactive | (news.inactive & done)
    return replace(state, activation=Activation(activation.waiting - done, {**others, **left}, slow))


def _timed_out(state: StreamState, token: str) -> StreamState:
    if token.startswith(EXPECTED):
        return replace(state, awaited=state.timed) if token == f"{EXPECTED}{state.timed}" else state
    return state.with_type(delta.aged(state.types[ResourceType.CLUSTER], token))


def _advanced(state: StreamState) -> Moved:
    effects: tuple[Effect, ...] = ()
    whole = state.target is not None and state.target.whole
    for rule in RULES if whole else EARLY_RULES:
        state, more = rule(state)
        effects += more
    return state, effects
