"""Names that Ingresses are served on, as tables over all Ingresses."""

from __future__ import annotations

from collections.abc import Mapping

from ambassador.compile.governing import wildcard_of
from ambassador.compile.group import BY_NAME
from ambassador.compile.hosts import HostPlan, HostTls
from ambassador.compile.ingress_hosts import plan_of
from ambassador.compile.memo import Read, rule
from ambassador.model.values import ANY_HOST


@rule
def served_name(read: Read, name: str) -> HostPlan | None:
    """How one name is served where no Host governs it; None when no Ingress names it."""
    wildcard = wildcard_of(name)
    wider = read(BY_NAME.bucket, wildcard) if name not in (wildcard, ANY_HOST) else ()
    return plan_of(name, read(BY_NAME.bucket, name), wider)


@rule
def served_names(read: Read, _: None) -> Mapping[str, HostPlan]:
    """All names of Ingresses."""
    names = read(BY_NAME.names, None)
    found = {name: read(served_name, name) for name in sorted(names)}
    return {name: plan for name, plan in found.items() if plan}


@rule
def ingress_certificates(read: Read, _: None) -> tuple[tuple[str, HostTls], ...]:
    """Certificates that Ingresses give to server names."""
    return tuple((name, plan.tls) for name, plan in read(served_names, None).items() if plan.tls)
