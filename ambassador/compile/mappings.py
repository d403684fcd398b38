"""One Mapping to one route and its cluster, references resolved and defaults applied."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ambassador.compile.certificates import certificate, secret_ref, trusted_ca
from ambassador.compile.inherit import RouteFeatures, adapted, answering, inherited
from ambassador.compile.memo import Read, rule
from ambassador.compile.names import cluster_name, route_name
from ambassador.compile.objects import keys_of, module, spec_as
from ambassador.compile.resolvers import routing, unknown_resolver
from ambassador.compile.services import backend_of
from ambassador.features.dns import Dns
from ambassador.features.rewrite import Rewrite
from ambassador.features.tls_options import TlsOptions
from ambassador.features.tls_upstream import UpstreamTls
from ambassador.ir.cluster import Backend, Cluster, DnsName
from ambassador.ir.features import FeatureBag, bag
from ambassador.ir.route import Action, DirectResponse, Forward, PathKind, Route
from ambassador.kinds import mapping_fields as fields
from ambassador.kinds.later import Guard
from ambassador.kinds.mapping import MappingSpec
from ambassador.kinds.tlscontext import TlsContextSpec
from ambassador.model.fields import Cursor, shortened
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ServiceName

CLOSED = DirectResponse(500, "This route is closed: something that protects it is not working.\n")


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """A route before it meets those with an equal match, and the cluster it needs.

    Mappings share requests by `weight`; of Ingress paths the one with the lowest `rank` gets them.
    """

    route: Route
    weight: int | None
    labels: tuple[tuple[str, str], ...]
    cluster: Cluster | None = None
    rank: tuple[int, str] = (0, "")

    def __hash__(self) -> int:
        # Plans are compared with those of the same name only; a hash of everything would cost more than it tells.
        return hash((self.route.name, self.weight))


@dataclass(frozen=True, slots=True)
class Guards:
    """Services that were to be asked before requests are served and are not built."""

    any: bool
    unavoidable: bool
    names: str = ""

    def warn(self, at: Cursor) -> tuple[Problem, ...]:
        """Says on an object why none of its requests gets further."""
        message = f"every request is answered 500, since {self.names} guards it and can't be asked"
        return (at.warning(Reason.NOT_SUPPORTED, message),) if self.names else ()


@rule
def guards(read: Read, _: None) -> Guards:
    """Whether something closes routes: all of them, or those that do not bypass it."""
    found = [spec_as(read, key, Guard) for kind in ("AuthService", "RateLimitService") for key in read(keys_of, kind)]
    there = [one for one in found if one]
    closed = read(module, None).closed
    names = [f"{one.key.kind} {one.key.namespace}/{one.key.name}" for one in there]
    return Guards(
        bool(there) or closed,
        closed or any(not one.bypassable for one in there),
        " and ".join([*names, *(["Module ambassador"] if closed else [])]),
    )


@rule
def route_plan(read: Read, key: ObjectKey) -> Checked[RoutePlan | None]:
    """What a Mapping becomes; None when it can't be served at all."""
    mapping = spec_as(read, key, MappingSpec)
    if mapping is None:
        return Checked(None)
    features = adapted(read(inherited, ("Mapping", mapping.features)), mapping.match)
    guard = read(guards, None)
    guarded = guard.unavoidable or (guard.any and not mapping.bypass_auth)
    said = guard.warn(Cursor(key, None, ("spec",))) if guarded else ()
    if mapping.closed or mapping.service is None:
        action = CLOSED if mapping.closed or guarded else mapping.redirect or CLOSED
        return Checked(_plan(mapping, features, action), said)
    planned = _forward(read, mapping, mapping.service, features)
    problems = said + planned.problems + _surprises(mapping, features.route)
    return Checked(_plan(mapping, features, CLOSED) if guarded else planned.value, problems)


def _plan(mapping: MappingSpec, features: RouteFeatures, action: Action, cluster: Cluster | None = None) -> RoutePlan:
    acting = features.route if cluster else answering(features.route)
    route = Route(route_name(mapping.key), mapping.key, mapping.match, action, acting)
    return RoutePlan(route, mapping.weight, mapping.labels, cluster)


@rule
def named(read: Read, cluster: Cluster) -> str:
    """Name of a cluster; a rule, since many Mappings go to one."""
    return cluster_name(cluster)


def _forward(
    read: Read, mapping: MappingSpec, service: ServiceName, features: RouteFeatures
) -> Checked[RoutePlan | None]:
    at = Cursor(mapping.key, None, ("spec", "service"))
    tls = _upstream_tls(read, mapping, service)
    resolver = _resolver_problems(read, mapping)
    port = service.port or (443 if tls.value or service.scheme == "https" else 80)
    backend = backend_of(read, at, service, port, read(routing, mapping.resolver))
    problems = tls.problems + resolver + backend.problems
    if backend.value is None:
        return Checked(None, problems)
    if any(problem.fails_closed for problem in problems):
        return Checked(_plan(mapping, features, CLOSED), problems)
    features = _with_host_of(features, service, backend.value)
    cluster = Cluster(backend.value, cluster_features(features, backend.value, tls.value))
    action = Forward(read(named, cluster), str(service))
    return Checked(_plan(mapping, features, action, cluster), problems)


def _with_host_of(features: RouteFeatures, service: ServiceName, backend: Backend) -> RouteFeatures:
    """Envoy knows an upstream's name only where it looked it up; elsewhere the service's name is that name."""
    rewrite = features.route.get(Rewrite)
    if rewrite is None or not rewrite.auto_host or isinstance(backend, DnsName):
        return features
    named = replace(rewrite, host=service.host, auto_host=False)
    return replace(features, route=bag(named if one is rewrite else one for one in features.route.items))


def cluster_features(features: RouteFeatures, backend: Backend, tls: UpstreamTls | None) -> FeatureBag:
    """What of a route's features is its cluster's: names are looked up only where they are not known."""
    by_name = isinstance(backend, DnsName)
    kept = [config for config in features.cluster.items if by_name or not isinstance(config, Dns)]
    if tls and not tls.sni:
        rewrite = features.route.get(Rewrite)
        name = backend.hostname if isinstance(backend, DnsName) else ""
        tls = replace(tls, sni=rewrite.host if rewrite and rewrite.host else name)
    return bag([*kept, tls] if tls else kept)


def _upstream_tls(read: Read, mapping: MappingSpec, service: ServiceName) -> Checked[UpstreamTls | None]:
    if not mapping.tls and service.scheme != "https":
        return Checked(None)
    despite = _tls_despite_http(mapping, service)
    if mapping.tls in (None, True, False):
        return Checked(UpstreamTls(), despite)
    context = _context(read, mapping, str(mapping.tls))
    if context is None:
        at = Cursor(mapping.key, None, ("spec", fields.TLS.name))
        message = f"there is no TLSContext {mapping.tls}; create it or correct the name"
        return Checked(None, (replace(at.error(Reason.UNKNOWN_REFERENCE, message), fails_closed=True),))
    found = _from_context(read, mapping, context)
    return Checked(found.value, despite + found.problems)


def _tls_despite_http(mapping: MappingSpec, service: ServiceName) -> tuple[Problem, ...]:
    if service.scheme != "http":
        return ()
    message = "tls is set although service begins with http://: TLS is spoken; write https:// or remove tls"
    return (Cursor(mapping.key, None, ("spec", fields.TLS.name)).warning(Reason.CONFLICT, message),)


def _context(read: Read, mapping: MappingSpec, name: str) -> TlsContextSpec | None:
    """A TLSContext by name: the Mapping's own namespace first, then any, since contexts used to be global."""
    named = [key for key in read(keys_of, "TLSContext") if key.name == name]
    named.sort(key=lambda key: key.namespace != mapping.key.namespace)
    return spec_as(read, named[0], TlsContextSpec) if named else None


def _from_context(read: Read, mapping: MappingSpec, context: TlsContextSpec) -> Checked[UpstreamTls | None]:
    settings = context.settings
    owner = Cursor(context.key, None, ("spec",))
    named = Checked("")
    if settings.secret:
        named = certificate(read, secret_ref(read, owner.child("secret", None), settings.secret, settings))
    ca = Checked("")
    if settings.client and settings.client.ca:
        ca = trusted_ca(read, secret_ref(read, owner.child("ca_secret", None), settings.client.ca, settings))
    faults = [problem for problem in (*named.problems, *ca.problems) if not named.value or not ca.value]
    broken = (settings.secret and not named.value) or (settings.client and settings.client.ca and not ca.value)
    options = settings.tls.options if settings.tls else TlsOptions()
    tls = UpstreamTls(settings.sni, named.value, ca.value, options)
    if not broken and not settings.closed:
        return Checked(tls, named.problems)
    at = Cursor(mapping.key, None, ("spec", fields.TLS.name))
    why = faults[0].message if faults else "it demands something that is not supported"
    message = f"TLSContext {context.key.name} can't be used: {why}"
    return Checked(tls, (replace(at.error(Reason.INVALID_CERTIFICATE, message), fails_closed=True),))


def _resolver_problems(read: Read, mapping: MappingSpec) -> tuple[Problem, ...]:
    return unknown_resolver(read, Cursor(mapping.key, None, ("spec", fields.RESOLVER.name)), mapping.resolver)


def _surprises(mapping: MappingSpec, features: FeatureBag) -> tuple[Problem, ...]:
    path, rewrite = mapping.match.path, features.get(Rewrite)
    if path.kind is not PathKind.PREFIX or path.value.endswith("/") or not rewrite or not rewrite.prefix:
        return ()
    if not rewrite.prefix.endswith("/"):
        return ()
    at = Cursor(mapping.key, None, ("spec", fields.PREFIX.name))
    message = (
        f"{shortened(path.value)}/x is sent on as {rewrite.prefix}/x, with two slashes: end prefix with / "
        f"(or set rewrite to a text without / at its end)"
    )
    return (at.warning(Reason.SURPRISING_REWRITE, message),)
