"""What must wait: the conditions between resource types that make a change make-before-break. Pure questions only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ambassador.wire.resource import EncodedResource, Table
from ambassador.xds.delta import Pending, TypeState
from ambassador.xds.ledger import Nack
from ambassador.xds.types import ResourceType


def blocked_clusters(clusters: TypeState, lacks: Pending, waiting: frozenset[str]) -> frozenset[str]:
    """Clusters that nothing may start to refer to yet.

    Those still to be sent, those sent and not acknowledged (a late response blocks only what is new in it, and that
    is in `waiting`), those not known to be active, and those refused that Envoy holds no earlier version of.
    """
    young = (flight.upserts.keys() for flight in clusters.flights if not flight.late)
    latest = clusters.latest
    refused = (name for rejection in lacks.standing for name, _ in rejection.pairs if name not in latest)
    return waiting.union(lacks.upserts, refused, *young)


def expected_subscriptions(types: Mapping[ResourceType, TypeState]) -> bool:
    """Whether an acknowledged listener refers to scopes, routes or secrets that Envoy has not asked for yet.

    After a reconnect too: Envoy names what it holds type by type, and until it has, its routes are not known.
    """
    routes, secrets = types[ResourceType.ROUTE].names, types[ResourceType.SECRET].names
    holders = types[ResourceType.LISTENER].held.values()
    if any(one.references.routes - routes or one.references.secrets - secrets for one in holders):
        return True
    scopes = types[ResourceType.SCOPE]
    if any(one.references.routes - routes for one in scopes.held.values()):
        return True
    return not scopes.wildcard and any(one.references.scopes for one in holders)


def with_scopes(types: Mapping[ResourceType, TypeState]) -> bool:
    """Whether Envoy has or is getting a listener that finds its routes by scopes: only then it keeps any.

    After a reconnect, as long as its listeners are not known, it may well have one.
    """
    listeners = types[ResourceType.LISTENER]
    if listeners.unknown or (types[ResourceType.CLUSTER].resumed and not listeners.started):
        return True
    return any(one.references.scopes for one in _in_use(listeners))


def hollow_scopes(types: Mapping[ResourceType, TypeState], names: Iterable[str], wanted: Table) -> frozenset[str]:
    """Those of `names` that Envoy holds already and that would lead to routes which it does not hold.

    New scopes may go at once: no request has their keys before a listener makes them.
    """
    scopes, routes = types[ResourceType.SCOPE].latest, types[ResourceType.ROUTE].held.keys()
    return frozenset(name for name in names if name in scopes and wanted[name].references.routes - routes)


def without_routes(types: Mapping[ResourceType, TypeState], scopes: frozenset[str]) -> bool:
    """Whether a listener with these scopes would find some of them without routes.

    The first listener with scopes waits for them itself, since Envoy asks for scopes only when there is one; it keeps
    them for all listeners, so that later ones find them or do not.
    """
    if not scopes or not with_scopes(types):
        return False
    if not types[ResourceType.SCOPE].started:
        # After a reconnect Envoy asks for scopes, if it has any, behind listeners and before routes.
        listeners = types[ResourceType.LISTENER]
        known = any(one.references.scopes for one in listeners.held.values())
        return known or (listeners.unknown and not types[ResourceType.ROUTE].started)
    held, routes = types[ResourceType.SCOPE].held, types[ResourceType.ROUTE].held.keys()
    return any(name not in held or held[name].references.routes - routes for name in scopes)


def unused(kind: ResourceType, gone: frozenset[str], types: Mapping[ResourceType, TypeState]) -> frozenset[str]:
    """Those of `gone` that nothing which Envoy holds, may hold, or is being sent, refers to."""
    if not gone or kind is ResourceType.LISTENER:
        return gone
    kinds = _holders(kind)
    if any(types[holder].unknown for holder in kinds):
        return frozenset()
    used = (_referred(kind, resource) & gone for holder in kinds for resource in _in_use(types[holder]))
    return gone.difference(*used)


def standing_nacks(lacks: Iterable[Pending]) -> tuple[Nack, ...]:
    """The refusals that are still in the way."""
    return tuple(rejection.nack for one in lacks for rejection in one.standing)


def _holders(kind: ResourceType) -> tuple[ResourceType, ...]:
    """The types whose resources may refer to resources of `kind`."""
    match kind:
        case ResourceType.CLUSTER:
            return (ResourceType.LISTENER, ResourceType.ROUTE)
        case ResourceType.ENDPOINT:
            return (ResourceType.CLUSTER,)
        case ResourceType.SECRET:
            return (ResourceType.CLUSTER, ResourceType.LISTENER)
        case ResourceType.ROUTE:
            return (ResourceType.LISTENER, ResourceType.SCOPE)
        case _:
            return (ResourceType.LISTENER,)


def _in_use(state: TypeState) -> Iterable[EncodedResource]:
    """What the client holds or may hold soon."""
    yield from state.held.values()
    yield from state.perhaps
    for flight in state.flights:
        yield from flight.upserts.values()


def _referred(kind: ResourceType, resource: EncodedResource) -> frozenset[str]:
    refers = resource.references
    match kind:
        case ResourceType.CLUSTER:
            return refers.clusters
        case ResourceType.ENDPOINT:
            return refers.endpoints
        case ResourceType.SECRET:
            return refers.secrets
        case ResourceType.SCOPE:
            return refers.scopes
        case _:
            return refers.routes
