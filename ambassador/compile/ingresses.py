"""Ingresses to routes and their clusters, with ingress-nginx's defaults and references resolved.

Which of several equal paths is served is decided where they meet (`group.py`), and by whom a host is governed in
`ingress_hosts.py` and `virtual_hosts.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ambassador.compile.ingress_classes import our_ingress
from ambassador.compile.inherit import RouteFeatures, answering, inherited
from ambassador.compile.mappings import CLOSED, RoutePlan, cluster_features, guards, named
from ambassador.compile.memo import Read, rule
from ambassador.compile.names import route_name
from ambassador.compile.objects import spec_as
from ambassador.compile.precedence import RouteKey, ingress_key
from ambassador.compile.services import backend_of
from ambassador.ir.cluster import Cluster, Routing
from ambassador.ir.features import EMPTY
from ambassador.ir.route import Action, DirectResponse, Forward, PathKind, PathMatch, Route, RouteMatch
from ambassador.kinds.ingress import IngressSpec, serves_any_host
from ambassador.kinds.ingress_parts import NOT_FOUND, BackendSpec
from ambassador.kinds.service import ServiceSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, FieldPath, Problem, Reason
from ambassador.model.values import ANY_HOST, ServiceName

_ALL = PathMatch(PathKind.PREFIX, "/")
_UNAVAILABLE = DirectResponse(503, "The Service of this path can't be asked.\n")
_DEFAULT_AT = ("spec", "defaultBackend")


@dataclass(frozen=True, slots=True)
class PlannedPath:
    """One path of an Ingress as a route. `at` is where it is written."""

    at: FieldPath
    key: RouteKey
    plan: RoutePlan


@dataclass(frozen=True, slots=True)
class _Target:
    """What a backend comes to."""

    action: Action
    cluster: Cluster | None = None


@rule
def ingress_plan(read: Read, key: ObjectKey) -> Checked[tuple[PlannedPath, ...]]:
    """What an Ingress becomes; nothing when it is not ours."""
    ingress = our_ingress(read, key)
    if ingress is None or ingress.idle:
        return Checked(())
    features = read(inherited, ("Ingress", EMPTY))
    guard = read(guards, None)
    closed = ingress.closed or guard.any
    found: dict[RouteKey, PlannedPath] = {}
    problems = list(guard.warn(Cursor(key, None, ("spec",))))
    for path in ingress.paths:
        match = RouteMatch(path.host, path.path)
        place = ingress_key(match)
        if place in found:
            problems.append(_twice(key, path.at, found[place].at))
            continue
        target = _target(read, key, path.backend, (*path.at, "backend"), features)
        problems += target.problems
        found[place] = PlannedPath(path.at, place, _plan(ingress, place, target.value, features, closed))
    default = _default(read, ingress, features)
    problems += default.problems
    for place, target_of_host, rank in _defaults(ingress, default.value):
        found[place] = PlannedPath(_DEFAULT_AT, place, _plan(ingress, place, target_of_host, features, closed, rank))
    return Checked(tuple(found.values()), tuple(problems))


def _twice(key: ObjectKey, at: FieldPath, first: FieldPath) -> Problem:
    place = f"{first[1]}[{first[2]}].{first[3]}.{first[4]}[{first[5]}]"
    message = f"the same host and path are in {place} already, which is used; remove one of them"
    return Cursor(key, None, at).warning(Reason.CONFLICT, message)


def _plan(
    ingress: IngressSpec, place: RouteKey, target: _Target, features: RouteFeatures, closed: bool, rank: int = 0
) -> RoutePlan:
    action, cluster = (CLOSED, None) if closed else (target.action, target.cluster)
    acting = features.route if cluster else answering(features.route)
    route = Route(_name(ingress.key, place), ingress.key, place.match, action, acting)
    return RoutePlan(route, None, (), cluster, (rank, ingress.created))


def _name(key: ObjectKey, place: RouteKey) -> str:
    """By host and path, not by number, so that a rule inserted before it changes nothing; `=` marks exact paths."""
    path = place.match.path
    if place.precedence:
        return f"{route_name(key)}/{place.match.hostname}:default"
    return f"{route_name(key)}/{place.match.hostname}{'=' if path.kind is PathKind.EXACT else ''}{path.value}"


def _default(read: Read, ingress: IngressSpec, features: RouteFeatures) -> Checked[_Target | None]:
    if ingress.default is None:
        return Checked(None)
    return _target(read, ingress.key, ingress.default, _DEFAULT_AT, features)


def _defaults(ingress: IngressSpec, default: _Target | None) -> Iterator[tuple[RouteKey, _Target, int]]:
    """Where requests of each host go that no path takes.

    A host without any path needs one also without a default backend: its requests must not go on to other hosts'
    rules. Such a one stands behind every real default backend of that host.
    """
    with_paths = {path.host for path in ingress.paths}
    hosts: Iterable[str] = ingress.hosts or ((ANY_HOST,) if serves_any_host(ingress) else ())
    for host in hosts:
        place = ingress_key(RouteMatch(host, _ALL), last=True)
        if default is not None:
            yield place, default, 0
        elif host not in with_paths:
            yield place, _Target(DirectResponse(NOT_FOUND.answer)), 1


def _target(
    read: Read, key: ObjectKey, backend: BackendSpec, at: FieldPath, features: RouteFeatures
) -> Checked[_Target]:
    if backend.answer:
        return Checked(_Target(DirectResponse(backend.answer)))
    cursor = Cursor(key, None, (*at, "service"))
    port = _port(read, cursor, backend)
    if port.value is None:
        return Checked(_Target(_UNAVAILABLE), port.problems)
    service = ServiceName(backend.service)
    found = backend_of(read, cursor.child("name", None), service, port.value, Routing.ENDPOINTS)
    problems = port.problems + found.problems
    if found.value is None:
        return Checked(_Target(_UNAVAILABLE), problems)
    cluster = Cluster(found.value, cluster_features(features, found.value, None))
    action = Forward(read(named, cluster), f"{backend.service}:{backend.port}")
    return Checked(_Target(action, cluster), problems)


def _port(read: Read, at: Cursor, backend: BackendSpec) -> Checked[int | None]:
    """The number of a Service's port; None when it can't be known."""
    key = ObjectKey("Service", at.source.namespace, backend.service)
    service = spec_as(read, key, ServiceSpec)
    if service is None:
        if isinstance(backend.port, int):
            return Checked(backend.port)
        message = f"there is no Service {key.name} in namespace {key.namespace}; create it or correct the name"
        return Checked(None, (at.child("name", None).warning(Reason.UNKNOWN_SERVICE, message),))
    if isinstance(backend.port, str):
        number = next((one.port for one in service.ports if one.name == backend.port), None)
        return Checked(number, () if number else (_no_port(at, service, "name", backend.port),))
    if not service.ports or any(one.port == backend.port for one in service.ports):
        return Checked(backend.port)
    return _by_target(at, service, backend.port)


def _by_target(at: Cursor, service: ServiceSpec, number: int) -> Checked[int | None]:
    """ingress-nginx takes the container's port for the Service's, too."""
    behind = [one.port for one in service.ports if one.target == number]
    if not behind:
        return Checked(None, (_no_port(at, service, "number", str(number)),))
    message = f"{number} is the target of port {behind[0]} of Service {service.key.name}, which is used; write that one"
    return Checked(behind[0], (at.child("port", None).child("number", None).warning(Reason.CONFLICT, message),))


def _no_port(at: Cursor, service: ServiceSpec, kind: str, wanted: str) -> Problem:
    listed = ", ".join(f"{one.port} ({one.name})" if one.name else str(one.port) for one in service.ports)
    name = service.key.name
    message = f"Service {name} has no port {wanted}, only {listed or 'none'}; requests answer 503 until it is right"
    return at.child("port", None).child(kind, None).warning(Reason.UNKNOWN_SERVICE, message)
