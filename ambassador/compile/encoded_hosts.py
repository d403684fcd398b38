"""Virtual hosts with their bytes: what route tables are put together from."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.compile.domains import VirtualHostKey
from ambassador.compile.memo import Read, rule
from ambassador.compile.route_lists import laid_out, route_list
from ambassador.compile.routes import encode_virtual_host, virtual_host_parts
from ambassador.ir.virtual_host import VirtualHost


@dataclass(frozen=True, slots=True)
class EncodedHost:
    """A virtual host, framed for its route configuration."""

    view: VirtualHost
    body: bytes
    clusters: frozenset[str]


@rule
def virtual_host(read: Read, key: VirtualHostKey) -> EncodedHost:
    """One virtual host. Its name is its first domain's, which no other virtual host of the table can have."""
    shared = read(route_list, key.routes)
    name = key.domains[0].pattern
    patterns = tuple(domain.pattern for domain in key.domains)
    ported = tuple(read(route_list, one) for one in key.ported)
    layout, routes = laid_out((*ported, shared))
    body = encode_virtual_host(name, patterns, routes, read(virtual_host_parts, key.routes.shared))
    clusters = shared.clusters.union(*[one.clusters for one in ported])
    return EncodedHost(VirtualHost(name, key.domains, shared, ported, layout), body, clusters)
