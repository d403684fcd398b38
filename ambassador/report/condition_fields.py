"""Where a condition of a route is written: from the IR's words back to the user's field. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from ambassador.explain.explanation import Condition, ConditionKind
from ambassador.ir.route import DirectResponse, Redirect, Route
from ambassador.model.problems import FieldPath
from ambassador.model.values import ANY_HOST, covers_host, host_pattern, split_port

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
_ANY = (True, "*")
_REDIRECTS = ("host_redirect", "path_redirect", "prefix_redirect", "regex_redirect", "service")
_INSECURE = ("spec", "requestPolicy", "insecure", "action")
_DEFAULT = ("spec", "defaultBackend")
# spec.rules[n], and http.paths[m] in it.
_RULE = 3
_PATH = 6


@dataclass(frozen=True, slots=True)
class Written:
    """An object as it is written. `places`: by the names of its routes where each is, if it may have several."""

    kind: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, FieldPath] = field(default_factory=dict)

    @property
    def spec(self) -> Mapping[str, Any]:
        return _table(self.content, "spec")


def condition_field(written: Written, route: Route, condition: Condition, pattern: str) -> FieldPath:
    """The field that a condition of an object's route comes from. `pattern` names the virtual host that is asked."""
    if written.kind == "Ingress":
        place = _ingress_place(written, route, pattern)
        if condition.kind is ConditionKind.AUTHORITY and _is_path(place):
            place = (*place[:_RULE], "host")
        return _present(written, (*place, "path") if _is_path(place) else place)
    if written.kind == "Host":
        return _of_host(written.spec, route)
    return _of_mapping(written.spec, condition)


def backend_field(written: Written, route: Route, pattern: str) -> FieldPath:
    """The field that says where a route sends its requests, or what it answers."""
    spec = written.spec
    if written.kind == "Ingress":
        place = _ingress_place(written, route, pattern)
        return _present(written, (*place, "backend") if _is_path(place) else place)
    if written.kind == "Host":
        return _of_host(spec, route)
    if isinstance(route.action, Redirect):
        return ("spec", next((name for name in _REDIRECTS if spec.get(name)), "service"))
    return ("spec",) if isinstance(route.action, DirectResponse) else ("spec", "service")


def hostname_field(written: Written, pattern: str) -> FieldPath:
    """The field in which an object names a host."""
    if written.kind != "Ingress":
        return ("spec", "hostname")
    host = split_port(pattern)[0]
    named = tuple(_named(written.spec))
    same = (place for one, place in named if one == host)
    wider = (place for one, place in named if covers_host(one, host))
    return _present(written, next(chain(same, wider), _DEFAULT))


def _named(spec: Mapping[str, Any]) -> Iterator[tuple[str, FieldPath]]:
    """Hosts of an Ingress, and those that only its certificates are for."""
    for number, rule in enumerate(_list(spec, "rules")):
        yield _host_of(rule.get("host") if isinstance(rule, Mapping) else ""), ("spec", "rules", number, "host")
    for number, entry in enumerate(_list(spec, "tls")):
        hosts = _list(entry, "hosts") if isinstance(entry, Mapping) else ()
        yield from ((_host_of(one), ("spec", "tls", number, "hosts", place)) for place, one in enumerate(hosts))


def _of_mapping(spec: Mapping[str, Any], condition: Condition) -> FieldPath:
    if condition.kind is ConditionKind.AUTHORITY:
        return ("spec", *_authority(spec, is_header=bool(condition.name)))
    for table in _NAMED.get(condition.kind, ()):
        written = next((name for name in _table(spec, table) if name.lower() == condition.name.lower()), None)
        if written is not None:
            return ("spec", table, written)
    return ("spec", _MAPPING.get(condition.kind, "prefix"))


def _authority(spec: Mapping[str, Any], *, is_header: bool) -> tuple[str, ...]:
    """What names the host: a field, else the first header that stands for it. Other such headers are conditions."""
    named = next(((name,) for name in ("hostname", "host") if spec.get(name) is not None), None)
    tables = _NAMED[ConditionKind.HEADER]
    pairs = [(table, name, value) for table in tables for name, value in _table(spec, table).items()]
    # One that only has to be there says nothing of the host.
    headers = [(table, name) for table, name, value in pairs if name.lower() in _HOST_HEADERS and value not in _ANY]
    naming, *others = ([named] if named else []) + headers or [("hostname",)]
    return others[0] if is_header and others else naming


def _of_host(spec: Mapping[str, Any], route: Route) -> FieldPath:
    says = bool(_table(_table(spec, "requestPolicy"), "insecure").get("action"))
    redirects = isinstance(route.action, Redirect) or (
        isinstance(route.action, DirectResponse) and route.action.status == 400
    )
    return _INSECURE if says and redirects else ("spec", "hostname")


def _ingress_place(written: Written, route: Route, pattern: str) -> FieldPath:
    """Where a route is written: as a path or as the default backend, else where its host is named.

    The latter are redirects of a host, and its answer 404 where there is neither a path nor a default backend.
    """
    place = written.places.get(route.name)
    is_there = place is not None and _present(written, place) == place
    return place if place is not None and is_there else hostname_field(written, pattern)


def _is_path(place: FieldPath) -> bool:
    return len(place) == _PATH


def _present(written: Written, path: FieldPath) -> FieldPath:
    """A field, or what is nearest to it of what is there."""
    content: Any = written.content
    for number, part in enumerate(path):
        known = content if isinstance(content, Mapping) else range(len(content) if isinstance(content, list) else 0)
        if part not in known:
            return path[:number]
        content = content[part]
    return path


def _host_of(text: object) -> str:
    # What is no host is not served.
    return (host_pattern(text) or "") if isinstance(text, str) and text else ANY_HOST


def _table(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = given.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(given: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = given.get(name)
    return found if isinstance(found, list | tuple) else ()
