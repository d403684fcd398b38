"""One file per input kind. KINDS is the table of what we read."""

from __future__ import annotations

from ambassador.kinds import (
    endpoints,
    host,
    ingress,
    ingressclass,
    later,
    listener,
    mapping,
    module,
    resolver,
    secret,
    service,
    tlscontext,
)
from ambassador.kinds.contract import AnyKind, group_of

KINDS: tuple[AnyKind, ...] = (
    mapping.KIND,
    host.KIND,
    listener.KIND,
    tlscontext.KIND,
    module.KIND,
    resolver.SERVICE_RESOLVER,
    resolver.ENDPOINT_RESOLVER,
    service.KIND,
    endpoints.ENDPOINTS,
    endpoints.SLICE,
    secret.KIND,
    ingress.KIND,
    ingressclass.KIND,
    later.AUTH,
    later.RATELIMIT,
    *later.LATER,
)

_GROUPS = {kind.kind: kind.groups for kind in KINDS}


def key_kind(kind: str, api_version: str) -> str:
    """The kind under which an object is known here: another API's kind of the same name carries its group.

    Knative's Service is `Service.serving.knative.dev`, as kubectl spells it, and no rival of the core's.
    """
    group = group_of(api_version)
    return kind if group in _GROUPS.get(kind, (group,)) else f"{kind}.{group or 'core'}"
