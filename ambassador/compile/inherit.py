"""Defaults: route over Module over those of the input kind. Most specific wins, once, for all features."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import module
from ambassador.features import FEATURES
from ambassador.features.contract import AnyFeature
from ambassador.ir.features import FeatureBag, FeatureConfig, bag
from ambassador.ir.route import RouteMatch


@dataclass(frozen=True, slots=True)
class RouteFeatures:
    """Features of a route, and of the cluster it goes to."""

    route: FeatureBag
    cluster: FeatureBag


@rule
def defaults_of(read: Read, kind: str) -> FeatureBag:
    """What applies to objects of a kind that say nothing: the Module's settings over the kind's own."""
    return over(read(module, None).features, kind_defaults(kind))


def kind_defaults(kind: str) -> FeatureBag:
    return bag(feature.defaults[kind] for feature in FEATURES if kind in feature.defaults)


def over(specific: FeatureBag, default: FeatureBag) -> FeatureBag:
    """Each feature's specific configuration, completed by its default one."""
    if not specific.items:
        return default
    merged = (_one(feature, specific, default) for feature in FEATURES)
    return bag(config for config in merged if config is not None)


def route_features(specific: FeatureBag, default: FeatureBag, match: RouteMatch) -> RouteFeatures:
    """All features that act on a route, adapted to its match."""
    effective = [(feature, config) for feature, config in _known(over(specific, default))]
    adapted = [(feature, feature.adapt(config, match) if feature.adapt else config) for feature, config in effective]
    return RouteFeatures(
        bag(config for feature, config in adapted if feature.on_route and config is not None),
        bag(config for feature, config in adapted if feature.on_cluster and config is not None),
    )


def _known(features: FeatureBag) -> Iterable[tuple[AnyFeature, FeatureConfig]]:
    for feature in FEATURES:
        config = features.get(feature.config)
        if config is not None:
            yield feature, config


def _one(feature: AnyFeature, specific: FeatureBag, default: FeatureBag) -> FeatureConfig | None:
    own: FeatureConfig | None = specific.get(feature.config)
    below: FeatureConfig | None = default.get(feature.config)
    if own is None or below is None or feature.inherit is None:
        return below if own is None else own
    merged: FeatureConfig = feature.inherit(own, below)
    return merged
