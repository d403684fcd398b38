"""Two values of the IR side by side: what differs, field by field, as short texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from ambassador.explain.difference.changes import Detail
from ambassador.features import FEATURES
from ambassador.features.headers import AddedHeader
from ambassador.ir.cluster import Address, Backend, Cluster, DnsName
from ambassador.ir.features import FeatureBag, FeatureConfig
from ambassador.ir.gateway import Gateway
from ambassador.ir.route import (
    Forward,
    PathMatch,
    Redirect,
    RedirectPath,
    Route,
    RouteMatch,
    ValueKind,
    ValueMatch,
)
from ambassador.model.sensitive import shown, without_credentials

_NAMES = {feature.config: feature.name for feature in FEATURES}
_ORDER = {feature.config: number for number, feature in enumerate(FEATURES)}
_LONGEST = 200
_BACKEND, _ADDRESS = "backend", "backend's address"


def route_details(old: Route, new: Route, before: Gateway, after: Gateway) -> tuple[Detail, ...]:
    """What differs between two routes of one name: match, action, backend, share and features."""
    found = [*_match(old.match, new.match), *_scheme(old, new), *_action(old, new)]
    if old.share != new.share:
        found.append(Detail("weight", _share(old), _share(new)))
    same_action = type(old.action) is type(new.action)
    # What acts on forwarded requests only goes with the action.
    found += [one for one in feature_details(old.features, new.features) if same_action or one.new]
    cluster = list(_cluster(_cluster_of(old, before), _cluster_of(new, after)))
    if any(one.what == _BACKEND for one in found):
        cluster = [one for one in cluster if one.what != _ADDRESS]
    return tuple(found + cluster)


def route_words(route: Route) -> str:
    """A whole route on one line: what it matches and what it does."""
    match = route.match
    parts = [*([_method(match)] if match.method else []), _path(match.path), *_conditions(match)]
    share = "" if route.share is None else f" ({_share(route)})"
    return f"{' '.join(part for part in parts if part)} → {action_words(route)}{share}"


def action_words(route: Route) -> str:
    """What a route does, in a few words."""
    action = route.action
    if isinstance(action, Forward):
        return action.service
    if isinstance(action, Redirect):
        return f"redirect {action.code} to {_location(action)}"
    return f"answer {action.status}"


def feature_details(old: FeatureBag, new: FeatureBag) -> Iterator[Detail]:
    """What differs between the features of two things."""
    if old == new:
        return
    kinds = {type(one) for one in (*old.items, *new.items)}
    for kind in sorted(kinds, key=lambda one: _ORDER.get(one, len(_ORDER))):
        before, after = old.get(kind), new.get(kind)
        if before != after:
            yield from _feature(_NAMES.get(kind, kind.__name__), before, after)


def _feature(name: str, old: FeatureConfig | None, new: FeatureConfig | None) -> Iterator[Detail]:
    known = old or new
    if not is_dataclass(known):
        return
    for field in fields(known):
        before, after = (getattr(one, field.name) if one else None for one in (old, new))
        if before == after or (_is_nothing(before) and _is_nothing(after)):
            continue
        was, now = text_of(before), text_of(after)
        # Secrets that differ look the same.
        yield Detail(f"{name} {field.name.replace('_', ' ')}", was, now if now != was else f"{now} (another value)")


def _is_nothing(value: object) -> bool:
    """Whether a field says no more than that its feature is not there."""
    return value is None or value is False or value in ((), "")


def _cluster_of(route: Route, gateway: Gateway) -> Cluster | None:
    return gateway.clusters.get(route.action.cluster) if isinstance(route.action, Forward) else None


def _cluster(old: Cluster | None, new: Cluster | None) -> Iterator[Detail]:
    if old is None or new is None or old == new:
        return
    if old.backend != new.backend:
        yield Detail(_ADDRESS, _backend(old.backend), _backend(new.backend))
    yield from feature_details(old.features, new.features)


def _backend(backend: Backend) -> str:
    if isinstance(backend, Address | DnsName):
        return f"{backend.address if isinstance(backend, Address) else backend.hostname}:{backend.port}"
    return backend.name


def _match(old: RouteMatch, new: RouteMatch) -> Iterator[Detail]:
    pairs = (
        ("host", old.hostname, new.hostname),
        ("path", _path(old.path), _path(new.path)),
        ("method", _method(old), _method(new)),
        ("headers", _values(old.headers), _values(new.headers)),
        ("query parameters", _values(old.query), _values(new.query)),
        ("Host header", old.authority, new.authority),
        ("path not below", old.excluded_prefix, new.excluded_prefix),
    )
    return (Detail(what, was, now) for what, was, now in pairs if was != now)


def _conditions(match: RouteMatch) -> Iterable[str]:
    return (_values(match.headers), f"?{_values(match.query)}" if match.query else "")


def _scheme(old: Route, new: Route) -> Iterator[Detail]:
    if old.scheme is not new.scheme:
        yield Detail("requests", old.scheme.value, new.scheme.value)


def _action(old: Route, new: Route) -> Iterator[Detail]:
    before, after = old.action, new.action
    if isinstance(before, Forward) and isinstance(after, Forward):
        if before.service != after.service:
            yield Detail(_BACKEND, before.service, after.service)
    elif before != after:
        was, now = action_words(old), action_words(new)
        yield Detail("action", was, now if now != was else f"{now} (another body)")


def _path(path: PathMatch) -> str:
    case = "" if path.case_sensitive else " in any case"
    kind = {"prefix": "", "segment_prefix": " and below", "exact": " exactly", "regex": " as a pattern"}
    return f"{path.value}{kind[path.kind.value]}{case}"


def _method(match: RouteMatch) -> str:
    return match.method.value if match.method else ""


def _values(matches: Iterable[ValueMatch]) -> str:
    return ", ".join(_value(one) for one in matches)


def _value(one: ValueMatch) -> str:
    if one.kind is ValueKind.PRESENT:
        return one.name
    return f"{one.name}{'~' if one.kind is ValueKind.REGEX else '='}{shown(one.name, one.value)}"


def _share(route: Route) -> str:
    return f"{route.share.percent if route.share else 100}%"


def _location(action: Redirect) -> str:
    scheme = "https" if action.https else "the same scheme"
    port = "" if action.port is None else f":{action.port}"
    host = f"{action.host or 'the same host'}{port}"
    path = {
        RedirectPath.KEEP: "",
        RedirectPath.REPLACE: f", path {without_credentials(action.path_value)}",
        RedirectPath.REPLACE_PREFIX: f", prefix {without_credentials(action.path_value)}",
        RedirectPath.REGEX: f", path by {action.path_pattern} to {action.path_value}",
    }
    return f"{scheme}, {host}{path[action.path]}"


def text_of(value: object) -> str:
    """Any value of the IR as a short text; empty for nothing. Values of telling names are redacted."""
    text = _text_of(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _text_of(value: object) -> str:
    if isinstance(value, AddedHeader):
        return f"{value.name}: {shown(value.name, value.value)}{'' if value.append else ' (replaces)'}"
    if isinstance(value, tuple | frozenset):
        return ", ".join(_text_of(item) for item in value)
    return _of_fields(value) if is_dataclass(value) else _of_scalar(value)


def _of_fields(value: Any) -> str:
    named = ((field.name.replace("_", " "), _text_of(getattr(value, field.name))) for field in fields(value))
    return ", ".join(f"{name} {text}" for name, text in named if text)


def _of_scalar(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if isinstance(value, Enum):
        return str(value.value)
    return "" if value is None else str(value)
