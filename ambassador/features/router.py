"""The filter that forwards requests; always the last of the chain."""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.extensions.filters.http.router import v3 as router_v3

from ambassador.features.contract import Feature, HttpFilter
from ambassador.ir.features import FeatureConfig


@dataclass(frozen=True, slots=True)
class Routing(FeatureConfig):
    """There is nothing to configure yet."""


def http_filter() -> router_v3.Router:
    return router_v3.Router()


FEATURE = Feature(
    "router", Routing, lambda _: "", http_filter=HttpFilter("envoy.filters.http.router", http_filter, always=True)
)
