"""The resource types that the ADS server speaks: one table for type URLs, push order and wildcard defaults.

Adding a type means adding a line here and its table in `wire.resource.EnvoyResources`. Must not hold any behaviour.
"""

from __future__ import annotations

from enum import Enum


class ResourceType(Enum):
    """One xDS v3 resource type. Definition order is the order in which a change is pushed (make before break)."""

    CLUSTER = ("envoy.config.cluster.v3.Cluster", True)
    ENDPOINT = ("envoy.config.endpoint.v3.ClusterLoadAssignment", False)
    LISTENER = ("envoy.config.listener.v3.Listener", True)
    SCOPE = ("envoy.config.route.v3.ScopedRouteConfiguration", True)
    ROUTE = ("envoy.config.route.v3.RouteConfiguration", False)
    SECRET = ("envoy.extensions.transport_sockets.tls.v3.Secret", False)

    def __init__(self, message: str, wildcard: bool) -> None:
        self.type_url = f"type.googleapis.com/{message}"
        self.wildcard = wildcard  # the first request of a stream subscribes to everything (xds_protocol.rst)


def by_type_url(type_url: str) -> ResourceType | None:
    """The type with this URL; None for one that is not served here."""
    return next((kind for kind in ResourceType if kind.type_url == type_url), None)
