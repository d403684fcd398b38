"""Defaults: route over Module over those of the input kind. Most specific wins, once, for all features."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import module
from ambassador.features import FEATURES
from ambassador.features.contract import AnyFeature
from ambassador.ir.features import EMPTY, FeatureBag, FeatureConfig, bag
from ambassador.ir.route import RouteMatch

_FEATURES: dict[type[FeatureConfig], AnyFeature] = {feature.config: feature for feature in FEATURES}


@dataclass(frozen=True, slots=True)
class RouteFeatures:
    """Features of a route, and of the cluster it goes to."""

    route: FeatureBag
    cluster: FeatureBag


@rule
def defaults_of(read: Read, kind: str) -> FeatureBag:
    """What applies to objects of a kind that say nothing: the Module's settings over the kind's own.

    An Ingress is to be served as it was before, so what a Module says for Mappings is not for it.
    """
    return kind_defaults(kind) if kind == "Ingress" else over(read(module, None).features, kind_defaults(kind))


def kind_defaults(kind: str) -> FeatureBag:
    return bag(feature.defaults[kind] for feature in FEATURES if kind in feature.defaults)


def over(specific: FeatureBag, default: FeatureBag) -> FeatureBag:
    """Each feature's specific configuration, completed by its default one."""
    if not specific.items:
        return default
    merged = (_one(feature, specific, default) for feature in FEATURES)
    return bag(config for config in merged if config is not None)


@rule
def inherited(read: Read, place: tuple[str, FeatureBag]) -> RouteFeatures:
    """All features that act on a route of a kind which says this of its own; most routes share one answer."""
    kind, specific = place
    effective = over(specific, read(defaults_of, kind)).items
    return RouteFeatures(
        bag(config for config in effective if _FEATURES[type(config)].on_route),
        bag(config for config in effective if _FEATURES[type(config)].on_cluster),
    )


@rule
def shared_features(read: Read, kind: str) -> FeatureBag:
    """Of the features of routes that say nothing of their own, those that a virtual host can say for all of them."""
    features = read(inherited, (kind, EMPTY)).route.items
    return bag(config for config in features if _FEATURES[type(config)].on_virtual_host)


def adapted(features: RouteFeatures, match: RouteMatch) -> RouteFeatures:
    """What of a route's features remains sensible for its match."""
    found = [(config, _adapted(config, match)) for config in features.route.items]
    if all(before is after for before, after in found):
        return features
    return RouteFeatures(bag(after for _, after in found if after is not None), features.cluster)


def answering(features: FeatureBag) -> FeatureBag:
    """What of a route's features acts where Envoy itself answers."""
    return bag(config for config in features.items if not _FEATURES[type(config)].forwards)


def _adapted(config: FeatureConfig, match: RouteMatch) -> FeatureConfig | None:
    adapt = _FEATURES[type(config)].adapt
    remains: FeatureConfig | None = adapt(config, match) if adapt else config
    return remains


def _one(feature: AnyFeature, specific: FeatureBag, default: FeatureBag) -> FeatureConfig | None:
    own: FeatureConfig | None = specific.get(feature.config)
    below: FeatureConfig | None = default.get(feature.config)
    if own is None or below is None or feature.inherit is None:
        return below if own is None else own
    merged: FeatureConfig = feature.inherit(own, below)
    return merged
