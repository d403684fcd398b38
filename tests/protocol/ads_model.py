"""A model of Envoy's side of delta ADS, and the wire between it and one stream's state machine.

The model checks what must never happen: a route or listener whose cluster is not there and active, a cluster taken
away while something uses it, a scope in use that leads nowhere, two responses of one type on their way.
"""

from collections import deque
from types import MappingProxyType

from ambassador.wire.resource import EncodedResource
from ambassador.xds.envelope import DeltaRequest, DeltaResponse, ErrorDetail
from ambassador.xds.events import Activated, AwaitActive, Event, Published, Report, Requested, Send, SetTimer, TimeUp
from ambassador.xds.ledger import Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.stream import step
from ambassador.xds.stream_state import StreamState
from ambassador.xds.types import ResourceType, by_type_url

CLUSTER, ENDPOINT, LISTENER, SCOPE, ROUTE, SECRET = ResourceType
BAD = "bad"


def request(kind: ResourceType, **fields: object) -> DeltaRequest:
    return DeltaRequest(type_url=kind.type_url, **fields)


class ModelEnvoy:
    """Holds what it was sent; `warming` are clusters whose assignment has not come since they were sent."""

    def __init__(self, partial: bool = False) -> None:
        self.partial = partial  # of a refused response, apply what is fine
        self.held: dict[ResourceType, dict[str, EncodedResource]] = {kind: {} for kind in ResourceType}
        self.subscribed: dict[ResourceType, set[str]] = {kind: set() for kind in ResourceType}
        self.warming: set[str] = set()
        self.active: set[str] = set()
        self.paused: deque[DeltaRequest] = deque()
        self.wants_listeners = False
        self.wants_scopes = False
        self.asked_for_scopes = False
        self.timeouts = 0
        self.outbox: deque[DeltaRequest] = deque([request(CLUSTER, node="model")])

    def receive(self, response: DeltaResponse) -> None:
        kind = by_type_url(response.type_url)
        assert kind is not None
        bad = [one.name for one in response.resources if one.version == BAD]
        error = ErrorDetail(13, f"refused: {', '.join(bad)}") if bad else None
        fine = [one for one in response.resources if one.version != BAD]
        if not bad or (self.partial and kind in (CLUSTER, LISTENER)):
            self.apply(kind, fine, response.removed)
        self.subscribe()
        answer = request(kind, nonce=response.nonce, error=error)
        (self.paused if kind is CLUSTER else self.outbox).append(answer)
        self.resume()

    def apply(self, kind: ResourceType, resources: list[EncodedResource], removed: tuple[str, ...]) -> None:
        for one in resources:
            self.check_clusters(kind, one)
            self.check_scopes(kind, one)
            self.held[kind][one.name] = one
            if kind is CLUSTER:
                (self.warming if one.references.endpoints else self.active).add(one.name)
            if kind is ENDPOINT and one.name in self.warming:
                self.warming.discard(one.name)
                self.active.add(one.name)
        for name in removed:
            if kind is CLUSTER:
                users = [*self.held[LISTENER].values(), *self.held[ROUTE].values()]
                assert not [one for one in users if name in one.references.clusters], f"{name} taken away while in use"
                self.warming.discard(name)
                self.active.discard(name)
            if kind is SCOPE:
                users = self.held[LISTENER].values()
                assert not [one for one in users if name in one.references.scopes], f"{name} taken away while in use"
            self.held[kind].pop(name, None)

    def check_clusters(self, kind: ResourceType, one: EncodedResource) -> None:
        if kind in (LISTENER, ROUTE):
            assert one.references.clusters <= self.active, f"{one.name} before its clusters"

    def check_scopes(self, kind: ResourceType, one: EncodedResource) -> None:
        """A scope in use never moves to routes that are not there; nor does a listener, unless it is the first with
        scopes and waits for all of them."""
        if kind is SCOPE and one.name in self.held[SCOPE]:
            assert one.references.routes <= self.held[ROUTE].keys(), f"{one.name} before its routes"
        if kind is LISTENER and self.wants_scopes:
            for name in one.references.scopes:
                assert name in self.held[SCOPE], f"{one.name} before {name}"
                assert self.held[SCOPE][name].references.routes <= self.held[ROUTE].keys(), f"{name} without routes"

    def subscribe(self) -> None:
        wanted = {kind: set() for kind in (ENDPOINT, ROUTE, SECRET)}
        self.wants_scopes = any(one.references.scopes for one in self.held[LISTENER].values())
        if self.wants_scopes and not self.asked_for_scopes:
            # Once a stream: neither the end of the last listener with scopes nor the next one is told.
            self.asked_for_scopes = True
            self.outbox.append(request(SCOPE))
        if not self.wants_scopes:
            self.held[SCOPE].clear()
        for one in [one for kind in (CLUSTER, LISTENER, SCOPE) for one in self.held[kind].values()]:
            wanted[ENDPOINT] |= one.references.endpoints
            wanted[ROUTE] |= one.references.routes
            wanted[SECRET] |= one.references.secrets
        for kind, names in wanted.items():
            new, gone = names - self.subscribed[kind], self.subscribed[kind] - names
            self.subscribed[kind] = names
            for name in (*gone, *(self.held[kind].keys() - names)):
                self.held[kind].pop(name, None)
            if new or gone:
                self.outbox.append(request(kind, subscribe=tuple(sorted(new)), unsubscribe=tuple(sorted(gone))))

    def resume(self) -> None:
        if self.warming and self.wants_listeners:
            return  # Envoy holds its answers on clusters back until all are warm
        self.outbox += self.paused
        self.paused.clear()
        if not self.warming and not self.wants_listeners:
            self.wants_listeners = True
            self.outbox.append(request(LISTENER))

    def give_up_warming(self) -> bool:
        """Envoy waits 15 s for an assignment that got lost with a connection, then goes on without it."""
        if not self.warming:
            return False
        self.timeouts += 1
        self.active |= self.warming
        self.warming.clear()
        self.resume()
        return True

    def reconnect(self) -> None:
        """Begin a new stream: say what is held."""
        self.outbox.clear()
        self.paused.clear()
        for kind in ResourceType:
            if kind is LISTENER and not self.wants_listeners or kind is SCOPE and not self.asked_for_scopes:
                continue
            names = tuple(sorted(self.subscribed[kind]))
            if names or kind.wildcard:
                versions = MappingProxyType({name: one.version for name, one in self.held[kind].items()})
                self.outbox.append(request(kind, subscribe=names, initial_versions=versions))


class World:
    """One stream and one model, with everything on its way between them."""

    def __init__(self, envoy: ModelEnvoy | None = None) -> None:
        self.envoy = envoy or ModelEnvoy()
        self.streams = 1
        self.state = StreamState("1")
        self.wire: deque[DeltaResponse] = deque()
        self.sent: list[DeltaResponse] = []
        self.tickets: dict[int, frozenset[str]] = {}
        self.timers: deque[str] = deque()
        self.outcomes: list[Outcome] = []
        self.confirmed: set[str] = set()  # clusters that the server may know to be active

    def feed(self, event: Event) -> None:
        self.state, effects = step(self.state, event)
        for effect in effects:
            match effect:
                case Send(response):
                    self.check_sent(response)
                    self.wire.append(response)
                    self.sent.append(response)
                case AwaitActive(ticket, names):
                    self.tickets[ticket] = names
                case SetTimer(token, _):
                    self.timers.append(token)
                case Report(outcome):
                    self.outcomes.append(outcome)
        for kind, one in self.state.types.items():
            assert len([flight for flight in one.flights if not flight.late]) <= 1, f"two responses of {kind}"

    def check_sent(self, response: DeltaResponse) -> None:
        if response.type_url == CLUSTER.type_url:
            self.confirmed -= {*response.removed}
        elif response.type_url in (LISTENER.type_url, ROUTE.type_url):
            for one in response.resources:
                assert one.references.clusters <= self.confirmed, f"{one.name} sent before its clusters are known"

    def publish(self, snapshot: ResourceSnapshot) -> None:
        self.feed(Published(snapshot))

    def reconnect(self) -> None:
        self.streams += 1
        target, self.state = self.state.target, StreamState(str(self.streams))
        self.wire.clear()
        self.tickets.clear()
        self.timers.clear()
        self.envoy.reconnect()
        self.confirmed = {*self.envoy.held[CLUSTER]}
        if target is not None:
            self.publish(target)

    def to_envoy(self) -> bool:
        if not self.wire:
            return False
        self.envoy.receive(self.wire.popleft())
        return True

    def to_server(self) -> bool:
        if not self.envoy.outbox:
            return False
        self.feed(Requested(self.envoy.outbox.popleft()))
        return True

    def activate(self) -> bool:
        """Answer one question for activation truthfully: when all that the server still waits for is active."""
        for ticket, names in self.tickets.items():
            if self.state.activation.asked.get(ticket, frozenset()) <= self.envoy.active:
                del self.tickets[ticket]
                self.confirmed |= names & self.envoy.active
                self.feed(Activated(ticket, names))
                return True
        return False

    def time_passes(self) -> bool:
        if not self.timers:
            return False
        self.feed(TimeUp(self.timers.popleft()))
        return True

    def settle(self) -> None:
        """Let everything happen that can happen; time passes only when nothing else does."""
        steps = 0
        while (
            self.to_envoy() or self.to_server() or self.activate() or self.time_passes() or self.envoy.give_up_warming()
        ):
            steps += 1
            assert steps < 5000, "no end"
        assert self.streams > 1 or not self.envoy.timeouts, "a change that has to wait for Envoy's own timeout"


def settled(*snapshots: ResourceSnapshot) -> World:
    """A world in which these snapshots have been published and settled one after another; nothing in its log."""
    world = World()
    for one in snapshots:
        world.publish(one)
        world.settle()
        assert world.outcomes[-1].acknowledged
    world.sent.clear()
    world.timers.clear()
    return world
