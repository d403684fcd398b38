"""One file per input kind. KINDS is the table of what we read."""

from __future__ import annotations

from ambassador.kinds import endpoints, host, later, listener, mapping, module, resolver, secret, service, tlscontext
from ambassador.kinds.contract import AnyKind

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
    later.AUTH,
    later.RATELIMIT,
    *later.LATER,
)
