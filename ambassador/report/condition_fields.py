"""Where a condition of a route is written: from the IR's words back to the user's field. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ambassador.explain.explanation import Condition, ConditionKind
from ambassador.ir.route import DirectResponse, Redirect, Route
from ambassador.model.problems import FieldPath
from ambassador.model.values import ANY_HOST, host_pattern

_MAPPING = {
    ConditionKind.PATH: "prefix",
    ConditionKind.METHOD: "method",
    ConditionKind.SHARE: "weight",
}
_NAMED = {
    ConditionKind.HEADER: ("headers", "regex_headers"),
    ConditionKind.QUERY: ("query_parameters", "regex_query_parameters"),
}
_HOST_HEADERS = ("host", ":authority")
_REDIRECTS = ("host_redirect", "path_redirect", "prefix_redirect", "regex_redirect", "service")
_INSECURE = ("spec", "requestPolicy", "insecure", "action")


def condition_field(kind: str, content: Mapping[str, Any], route: Route, condition: Condition) -> FieldPath:
    """The field of an object of this kind that a condition of its route comes from."""
    spec = _table(content, "spec")
    if kind == "Ingress":
        return _of_ingress(spec, route, condition)
    if kind == "Host":
        return _of_host(spec, route)
    return _of_mapping(spec, condition)


def backend_field(kind: str, content: Mapping[str, Any], route: Route) -> FieldPath:
    """The field that says where a route sends its requests, or what it answers."""
    spec = _table(content, "spec")
    if kind == "Ingress":
        place = _ingress_path(spec, route)
        return ("spec", "defaultBackend") if place is None else (*place, "backend")
    if kind == "Host":
        return _of_host(spec, route)
    if isinstance(route.action, Redirect):
        return ("spec", next((name for name in _REDIRECTS if spec.get(name)), "service"))
    return ("spec",) if isinstance(route.action, DirectResponse) else ("spec", "service")


def hostname_field(kind: str, content: Mapping[str, Any], pattern: str) -> FieldPath:
    """The field in which an object names a host."""
    spec = _table(content, "spec")
    if kind != "Ingress":
        return ("spec", "hostname")
    rules = _list(spec, "rules")
    found = (("spec", "rules", number, "host") for number, rule in enumerate(rules) if _host_of(rule) == pattern)
    return next(found, ("spec", "rules"))


def _of_mapping(spec: Mapping[str, Any], condition: Condition) -> FieldPath:
    if condition.kind is ConditionKind.AUTHORITY:
        return ("spec", *_authority(spec))
    for field in _NAMED.get(condition.kind, ()):
        written = next((name for name in _table(spec, field) if name.lower() == condition.name.lower()), None)
        if written is not None:
            return ("spec", field, written)
    return ("spec", _MAPPING.get(condition.kind, "prefix"))


def _authority(spec: Mapping[str, Any]) -> Iterator[str]:
    for field in ("hostname", "host"):
        if field in spec:
            return iter((field,))
    for field in _NAMED[ConditionKind.HEADER]:
        written = next((name for name in _table(spec, field) if name.lower() in _HOST_HEADERS), None)
        if written:
            return iter((field, written))
    return iter(("hostname",))


def _of_host(spec: Mapping[str, Any], route: Route) -> FieldPath:
    says = bool(_table(_table(spec, "requestPolicy"), "insecure").get("action"))
    redirects = isinstance(route.action, Redirect) or (
        isinstance(route.action, DirectResponse) and route.action.status == 400
    )
    return _INSECURE if says and redirects else ("spec", "hostname")


def _of_ingress(spec: Mapping[str, Any], route: Route, condition: Condition) -> FieldPath:
    place = _ingress_path(spec, route)
    if place is None:
        return ("spec", "defaultBackend") if "defaultBackend" in spec else ("spec", "rules")
    return (*place[:3], "host") if condition.kind is ConditionKind.AUTHORITY else (*place, "path")


def _ingress_path(spec: Mapping[str, Any], route: Route) -> FieldPath | None:
    """The rule and path that a route comes from; None for the default backend."""
    wanted = route.match.path.value
    for number, rule in enumerate(_list(spec, "rules")):
        if _host_of(rule) != route.match.hostname or route.name.endswith(":default"):
            continue
        for place, path in enumerate(_list(_table(rule, "http"), "paths")):
            if _same_path(str(path.get("path") or "/") if isinstance(path, Mapping) else "", wanted):
                return ("spec", "rules", number, "http", "paths", place)
    return None


def _same_path(written: str, wanted: str) -> bool:
    return written == wanted or written.rstrip("/") == wanted.rstrip("/")


def _host_of(rule: object) -> str:
    text = rule.get("host") if isinstance(rule, Mapping) else None
    return (host_pattern(text) if isinstance(text, str) and text else None) or ANY_HOST


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(given: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = given.get(name)
    return found if isinstance(found, list | tuple) else ()
