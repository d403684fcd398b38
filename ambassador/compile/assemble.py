"""Merges the fragments of all features into the fields of one message. Two features that set one field are a bug."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from betterproto2 import Message

from ambassador.errors import CompileError
from ambassador.features import FEATURES
from ambassador.features.contract import ClusterFragment, ListenerFragment, RouteFragment
from ambassador.ir.features import FeatureBag

_FEATURES = {feature.config: feature for feature in FEATURES}


@dataclass(frozen=True, slots=True)
class RouteFields:
    """What all features of a route want set; `per_filter` by filter name."""

    route: Mapping[str, object]
    action: Mapping[str, object]
    per_filter: Mapping[str, Message]


def route_fields(features: FeatureBag) -> RouteFields:
    """Fields of a route from its features."""
    parts: list[RouteFragment] = []
    per_filter: dict[str, Message] = {}
    for config in features.items:
        feature = _FEATURES[type(config)]
        if feature.on_route is None:
            continue
        fragment = feature.on_route(config)
        parts.append(fragment)
        if fragment.per_filter is not None and feature.http_filter is not None:
            per_filter[feature.http_filter.name] = fragment.per_filter
    return RouteFields(merged(part.route for part in parts), merged(part.action for part in parts), per_filter)


def virtual_host_fields(features: FeatureBag) -> Mapping[str, object]:
    """Fields of a virtual host from features that all its routes share."""
    hooks = [(_FEATURES[type(config)].on_virtual_host, config) for config in features.items]
    return merged(hook(config) for hook, config in hooks if hook is not None)


def cluster_fields(features: FeatureBag) -> ClusterFragment:
    """Fields of a cluster from its features."""
    hooks = [(_FEATURES[type(config)].on_cluster, config) for config in features.items]
    parts = [hook(config) for hook, config in hooks if hook is not None]
    return ClusterFragment(
        merged(part.cluster for part in parts),
        merged(part.http for part in parts),
        merged(part.common_http for part in parts),
    )


def listener_fields(features: FeatureBag) -> ListenerFragment:
    """Fields of a connection manager and its TLS contexts from the features of listener and chain."""
    hooks = [(_FEATURES[type(config)].on_listener, config) for config in features.items]
    parts = [hook(config) for hook, config in hooks if hook is not None]
    return ListenerFragment(
        merged(part.hcm for part in parts),
        merged(part.tls for part in parts),
        merged(part.common_tls for part in parts),
    )


def merged(parts: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    """All fields together.

    Raises:
        CompileError: two parts set the same field.
    """
    fields: dict[str, object] = {}
    for part in parts:
        clash = fields.keys() & part.keys()
        if clash:
            raise CompileError(f"two features set {', '.join(sorted(clash))}")
        fields.update(part)
    return fields


def summaries(features: FeatureBag) -> tuple[tuple[str, str], ...]:
    """Name and one short line of each feature, for people."""
    known = [(_FEATURES[type(config)], config) for config in features.items]
    return tuple((feature.name, feature.summary(config)) for feature, config in known)
