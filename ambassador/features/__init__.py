"""One file per feature. FEATURES is the contents page; its order is the order of the HTTP filters.

The order of filters is Ambassador's: cors before anything that could refuse a preflight request, the router last.
"""

from __future__ import annotations

from ambassador.features import (
    access_log,
    client_address,
    client_certificate,
    cors,
    dns,
    header_format,
    headers,
    host_normalization,
    load_balancer,
    path_normalization,
    retry,
    rewrite,
    router,
    timeouts_route,
    timeouts_upstream,
    tls_downstream,
    tls_upstream,
    upgrades,
    upstream_protocol,
)
from ambassador.features.contract import AnyFeature

FEATURES: tuple[AnyFeature, ...] = (
    # connections and listeners
    tls_downstream.FEATURE,
    client_certificate.FEATURE,
    # HTTP connection manager
    client_address.FEATURE,
    path_normalization.FEATURE,
    host_normalization.FEATURE,
    header_format.FEATURE,
    access_log.FEATURE,
    # HTTP filters
    cors.FEATURE,
    router.FEATURE,
    # routes
    rewrite.FEATURE,
    retry.FEATURE,
    timeouts_route.FEATURE,
    headers.FEATURE,
    upgrades.FEATURE,
    # clusters
    load_balancer.FEATURE,
    tls_upstream.FEATURE,
    upstream_protocol.FEATURE,
    timeouts_upstream.FEATURE,
    dns.FEATURE,
)
