"""What became of every object: its problems, its state, and the parents that took it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ambassador.compile.binding import group_problems, is_served, parents_of, unbound, without_share
from ambassador.compile.chains import listeners_of
from ambassador.compile.domains import agrees, bound_hosts
from ambassador.compile.group import BY_ENDPOINTS
from ambassador.compile.hosts import HostPlan, by_name_alone, context_plan, host_plan, hosts_by_pattern
from ambassador.compile.ingress_classes import class_problems, is_our_class, is_ours
from ambassador.compile.ingress_reports import ingress_outcome
from ambassador.compile.ingresses import ingress_plan
from ambassador.compile.inputs import KEYS, PORT_TAKEN, REFUSED
from ambassador.compile.mappings import route_plan
from ambassador.compile.memo import Patch, Read, patched, rule
from ambassador.compile.objects import is_ignored, keys_of, spec, spec_as
from ambassador.compile.resolvers import unknown_resolver
from ambassador.compile.served_names import served_names
from ambassador.compile.services import forbidden_endpoints
from ambassador.compile.unreachable import unreachable
from ambassador.compile.unused import unused_host
from ambassador.ir.verdict import State
from ambassador.kinds.endpoints import EndpointsSpec
from ambassador.kinds.ingress import IngressSpec
from ambassador.kinds.ingressclass import IngressClassSpec
from ambassador.kinds.listener import ListenerSpec
from ambassador.kinds.mapping import MappingSpec
from ambassador.kinds.module import ModuleSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import FieldPath, Problem, Reason, Severity
from ambassador.model.values import split_port

_REFERENCES = frozenset(
    {Reason.UNKNOWN_REFERENCE, Reason.UNKNOWN_SERVICE, Reason.NO_ENDPOINTS, Reason.INVALID_CERTIFICATE}
)


@dataclass(frozen=True, slots=True)
class ObjectReport:
    """One object after a compile. `parents` are those that took it; None among them is the default Host.

    `routes` are the names of its routes that are served; `places` say where each is written, if one object has several.
    """

    state: State
    problems: tuple[Problem, ...] = ()
    parents: tuple[ObjectKey | None, ...] = ()
    routes: tuple[str, ...] = ()
    places: tuple[tuple[str, FieldPath], ...] = ()

    @property
    def why(self) -> str:
        """One sentence on what keeps the object from being fully used; empty when nothing does."""
        errors = [problem for problem in self.problems if problem.severity is Severity.ERROR]
        found = errors or (self.problems if self.state is not State.ACCEPTED else ())
        return found[0].message if found else ""

    @property
    def resolved_references(self) -> bool:
        return not any(problem.reason in _REFERENCES for problem in self.problems)


@rule
def object_report(read: Read, key: ObjectKey) -> ObjectReport:
    """All that is known of one object."""
    parsed = read(spec, key)
    if is_ignored(parsed):
        return ObjectReport(State.IGNORED, parsed.problems)
    if isinstance(parsed.value, IngressSpec):
        return _ingress(read, parsed.value, parsed.problems)
    if isinstance(parsed.value, IngressClassSpec) and not is_our_class(read, parsed.value):
        return ObjectReport(State.IGNORED)
    mapping = parsed.value if isinstance(parsed.value, MappingSpec) else None
    problems = (*parsed.problems, *_refused(read, key), *_problems_of_kind(read, key))
    if mapping is None:
        return ObjectReport(_state(problems, parsed.value is None), problems)
    plan = read(route_plan, key).value
    parents = parents_of(read, plan) if plan else ()
    if plan and not parents:
        problems += (unbound(read, key, mapping),)
    served = plan is not None and is_served(read, key, plan)
    if plan and parents and served:
        problems += unreachable(read, key, plan)
    elif plan and parents and all(one.severity is not Severity.ERROR for one in problems):
        problems += (without_share(key),)
    return ObjectReport(
        _state(problems, plan is None), problems, parents, (plan.route.name,) if plan and served else ()
    )


def _ingress(read: Read, ingress: IngressSpec, parsed: tuple[Problem, ...]) -> ObjectReport:
    """Of another controller's Ingress nothing is said, whatever it looks like."""
    if not is_ours(read, ingress):
        return ObjectReport(State.IGNORED)
    found = ingress_outcome(read, ingress)
    problems = (*parsed, *_refused(read, ingress.key), *found.problems)
    state = _state(problems, not read(ingress_plan, ingress.key).value)
    return ObjectReport(state, problems, found.parents, tuple(name for name, _ in found.places), found.places)


def _state(problems: tuple[Problem, ...], dropped: bool) -> State:
    if not any(problem.severity is Severity.ERROR for problem in problems):
        return State.REJECTED if dropped and problems else State.ACCEPTED
    return State.REJECTED if dropped else State.PARTIAL


def _refused(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    words = read(REFUSED, key)
    if not words:
        return ()
    return (Problem(Severity.ERROR, Reason.REJECTED_BY_ENVOY, words, key),)


def _problems_of_kind(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    find = _FINDERS.get(key.kind)
    return find(read, key) if find else ()


def _mapping_problems(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    plan = read(route_plan, key)
    return (*plan.problems, *(group_problems(read, key, plan.value) if plan.value else ()))


def _host_problems(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    return (*read(host_plan, key).problems, *_same_pattern(read, key), *unused_host(read, key))


def _same_pattern(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    """A Host whose pattern an earlier Host has with other settings is not served."""
    own = read(host_plan, key).value
    if own is None:
        return ()
    first = read(hosts_by_pattern, None)[own.host.pattern][0]
    if first.host.key == key or first.host.key is None or agrees(first, own):
        return _same_name(read, own)
    at = Cursor(key, None, ("spec", "hostname"))
    other = f"{first.host.key.namespace}/{first.host.key.name}"
    message = f"Host {other} has the same hostname with other settings and is served instead; change one of them"
    return (at.error(Reason.CONFLICT, message),)


def _same_name(read: Read, own: HostPlan) -> tuple[Problem, ...]:
    """A certificate that is never shown: connections do not say the port, so another Host's is."""
    name, port = split_port(own.host.pattern)
    if not port or own.tls is None or own.host.key is None:
        return ()
    by_pattern = read(hosts_by_pattern, None)
    same = [plan for pattern, plans in by_pattern.items() if split_port(pattern)[0] == name for plan in plans]
    shown = min((plan for plan in same if plan.tls), key=by_name_alone)
    if shown.tls == own.tls or shown.host.key is None:
        return ()
    at = Cursor(own.host.key, None, ("spec", "tlsSecret"))
    other = f"{shown.host.key.namespace}/{shown.host.key.name}"
    return (at.error(Reason.CONFLICT, f"TLS connections for {name} get the settings of Host {other}: use the same"),)


def _module_problems(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    """A resolver that does not exist; another Module of the same name that is used instead."""
    own = spec_as(read, key, ModuleSpec)
    used = next((one for one in read(keys_of, "Module") if spec_as(read, one, ModuleSpec)), key)
    if own is None:
        return ()
    if used == key:
        return unknown_resolver(read, Cursor(key, None, ("spec", "config", "resolver")), own.resolver)
    message = f"the Module ambassador in namespace {used.namespace} is used instead; keep one of them"
    return (Cursor(key, None, ("metadata", "name")).error(Reason.CONFLICT, message),)


def _listener_problems(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    own = spec_as(read, key, ListenerSpec)
    if own is None:
        return ()
    at = Cursor(key, None, ("spec", "port"))
    earlier = [one for one in read(keys_of, "Listener") if one < key]
    specs = [(one, spec_as(read, one, ListenerSpec)) for one in earlier]
    clash = next((one for one, other in specs if other and other.port == own.port), None)
    if clash:
        message = f"Listener {clash.namespace}/{clash.name} has port {own.port} already; choose another one"
        return (at.error(Reason.CONFLICT, message),)
    taken = [(one, read(PORT_TAKEN, one.identity)) for one in read(listeners_of, key)]
    problems = tuple(at.error(Reason.PORT_IN_USE, words) for _, words in taken if words)
    if read(bound_hosts, key):
        return problems
    if read(served_names, None):
        return problems
    bound = Cursor(key, None, ("spec", "hostBinding"))
    message = "no Host is served on this Listener, so it answers 404: bind one by its namespace and labels"
    return (*problems, bound.warning(Reason.NO_ROUTES, message))


def _endpoint_problems(read: Read, key: ObjectKey) -> tuple[Problem, ...]:
    """Addresses that lead back to ourselves matter only where a route goes to them."""
    problems = forbidden_endpoints(read, key)
    found = spec_as(read, key, EndpointsSpec) if problems else None
    if found is None:
        return ()
    place = f"{found.service.namespace}/{found.service.name}/"
    return problems if any(name.startswith(place) for name in read(BY_ENDPOINTS.names, None)) else ()


_FINDERS: Mapping[str, Callable[[Read, ObjectKey], tuple[Problem, ...]]] = {
    "Mapping": _mapping_problems,
    "Host": _host_problems,
    "Listener": _listener_problems,
    "TLSContext": lambda read, key: read(context_plan, key).problems,
    "Module": _module_problems,
    "IngressClass": class_problems,
    "Endpoints": _endpoint_problems,
    "EndpointSlice": _endpoint_problems,
}
"""What shows only when references are resolved."""


def _patch(read: Read, _: None, patch: Patch[Mapping[ObjectKey, ObjectReport]]) -> Mapping[ObjectKey, ObjectReport]:
    reports = dict(patch.old)
    renewed = {key for node, key in patch.changed if node is object_report}
    if any(node is KEYS for node, _ in patch.changed):
        keys = read(KEYS, "")
        # Sets and tables know the hashes of their keys; views of tables would ask for each anew.
        new = keys.difference(reports)
        renewed |= new
        for gone in frozenset(reports) - keys if len(reports) + len(new) > len(keys) else ():
            del reports[gone]
            renewed.discard(gone)
            patch.forget(object_report, gone)
    for key in renewed:
        reports[key] = read(object_report, key)
    return reports


@patched(_patch)
def object_reports(read: Read, _: None) -> Mapping[ObjectKey, ObjectReport]:
    """Reports of all objects."""
    keys = read(KEYS, "")
    return {key: read(object_report, key) for key in keys}
