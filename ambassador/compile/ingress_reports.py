"""What became of an Ingress: which paths are served, and what keeps the others from it. Asked only for reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.compile.group import BY_NAME, BY_ROUTE
from ambassador.compile.ingress_classes import class_of
from ambassador.compile.ingress_hosts import names_of, other_certificate, tls_of
from ambassador.compile.ingresses import PlannedPath, ingress_plan
from ambassador.compile.memo import Read
from ambassador.compile.served_names import served_name
from ambassador.compile.unreachable import idle_default
from ambassador.kinds import nginx_annotations as nginx
from ambassador.kinds.ingress import IngressSpec, SslRedirect
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import FieldPath, Problem, Reason


@dataclass(frozen=True, slots=True)
class IngressOutcome:
    """`places`: by the names of routes that are served, where they are written. `parents`: its IngressClass, if any."""

    problems: tuple[Problem, ...]
    places: tuple[tuple[str, FieldPath], ...]
    parents: tuple[ObjectKey, ...]


def ingress_outcome(read: Read, ingress: IngressSpec) -> IngressOutcome:
    """All that is known of an Ingress of ours beyond what it says itself."""
    planned = read(ingress_plan, ingress.key)
    found = [(path, read(BY_ROUTE.bucket, path.key)[0].route) for path in planned.value]
    problems = [*planned.problems]
    problems += [_lost(path, route.source) for path, route in found if route.source and route.source != ingress.key]
    problems += idle_default(read, [path for path, route in found if route.source == ingress.key])
    names = [] if ingress.idle else [name for name, _ in names_of(read, ingress)]
    problems += tls_of(read, ingress).problems
    problems += other_certificate(read, ingress, [(name, read(served_name, name)) for name in names])
    problems += _overruled(read, ingress, names)
    served = tuple((route.name, path.at) for path, route in found if route.source == ingress.key)
    by_class = class_of(read, ingress)
    return IngressOutcome(tuple(problems), served, (by_class,) if by_class else ())


def _lost(path: PlannedPath, winner: ObjectKey) -> Problem:
    """Of equal paths the oldest Ingress's is served."""
    match = path.plan.route.match
    what = f"the defaultBackend of {match.hostname}" if path.key.precedence else f"{match.hostname}{match.path.value}"
    other = f"{winner.namespace}/{winner.name}"
    message = f"Ingress {other} has {what}, too, and is served instead: it is older, or as old and first by name"
    at = Cursor(path.plan.route.source or winner, None, path.at)
    return at.warning(Reason.CONFLICT, message)


def _overruled(read: Read, ingress: IngressSpec, names: Iterable[str]) -> Iterable[Problem]:
    """ssl-redirect is one setting for a host: it is off only when all Ingresses of the host say so."""
    if ingress.ssl_redirect is not SslRedirect.NEVER:
        return
    for name in names:
        others = [one for one in read(BY_NAME.bucket, name) if one.ssl_redirect is not SslRedirect.NEVER]
        if others:
            at = Cursor(ingress.key, None, ("metadata", "annotations", nginx.SSL_REDIRECT))
            message = (
                f"has no effect for {name}, since Ingress {others[0].key.namespace}/{others[0].key.name} redirects it"
            )
            yield at.warning(Reason.CONFLICT, message)
