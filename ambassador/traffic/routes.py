"""Names of all routes that can have traffic."""

from __future__ import annotations

from ambassador.ir.gateway import Gateway
from ambassador.ir.virtual_host import Routes


def route_names(gateway: Gateway) -> frozenset[str]:
    """Each once; lists that many virtual hosts share are looked at once, too."""
    lists: dict[int, Routes] = {}
    for table in gateway.route_tables.values():
        for host in table.virtual_hosts:
            lists.update((id(part), part) for part in (*host.ported, host.shared))
    return frozenset(route.name for part in lists.values() for route in part.routes)
