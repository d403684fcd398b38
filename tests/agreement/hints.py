"""What requests near a world's borders are made of: what each of its routes asks for, and its ports and names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ambassador.model.values import split_port
from tests.agreement.draw_crowds import CROWD_PATTERNS
from tests.agreement.draw_mappings import HOST_PATTERNS, METHOD_PATTERNS, PATTERNS, VALUE_PATTERNS
from tests.agreement.world import HTTP, HTTPS, Manifest, World

_ALL_PATTERNS = {**PATTERNS, **CROWD_PATTERNS}

Texts = tuple[str, ...]
Wanted = tuple[tuple[str, Texts], ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What a route asks for: texts that it takes or just not. `headers` and `query` are names with such values.

    `any_case`: the case of paths does not matter.
    """

    paths: Texts
    names: Texts = ()
    methods: Texts = ("GET",)
    headers: Wanted = ()
    query: Wanted = ()
    any_case: bool = False


@dataclass(frozen=True, slots=True)
class Hints:
    """`names` are of all routes and Hosts; `ports` are those of listeners, each with the scheme that fits."""

    targets: tuple[Target, ...]
    names: Texts
    ports: tuple[tuple[str, int], ...]


def hints(world: World) -> Hints:
    """The hints that a world gives."""
    targets = tuple(target for one in world.manifests for target in _targets(one))
    governing = [one["spec"]["hostname"] for one in world.manifests if one["kind"] == "Host"]
    also = [*(name for one in governing for name in _concrete(one)), "other.test"]
    names = dict.fromkeys((*(name for one in targets for name in one.names), *also))
    return Hints(targets, tuple(names), _ports(world))


def _targets(one: Manifest) -> Iterator[Target]:
    if one["kind"] == "Mapping":
        yield _of_mapping(one["spec"])
    if one["kind"] == "Ingress":
        yield from _of_ingress(one["spec"])


def _of_mapping(spec: Mapping[str, Any]) -> Target:
    paths = _ALL_PATTERNS[spec["prefix"]] if spec.get("prefix_regex") else (spec["prefix"],)
    headers = _wanted(spec, "headers", "regex_headers")
    return Target(
        paths,
        tuple(_names(spec)),
        _methods(spec),
        tuple(
            (name.lower(), values)
            for name, values in headers
            if name not in ("Host", "host") and not name.startswith(":")
        ),
        _wanted(spec, "query_parameters", "regex_query_parameters"),
        any_case=spec.get("case_sensitive") is False,
    )


def _of_ingress(spec: Mapping[str, Any]) -> Iterator[Target]:
    for rule in spec.get("rules", ()):
        names = _concrete(rule["host"]) if "host" in rule else ()
        yield from (Target((path["path"],), names) for path in rule["http"]["paths"])
    if "defaultBackend" in spec:
        yield Target(("/",))


def _names(spec: Mapping[str, Any]) -> Iterator[str]:
    if spec.get("host_regex"):
        yield from HOST_PATTERNS[spec["host"]]
    elif "hostname" in spec:
        yield from _concrete(spec["hostname"])
    for name, value in spec.get("headers", {}).items():
        if name in (":authority", "Host"):
            yield from _concrete(value)
    yield from HOST_PATTERNS.get(spec.get("regex_headers", {}).get("host", ""), ())


def _concrete(pattern: str) -> Texts:
    """Names at the borders of a host pattern; those with a port keep it."""
    host, port = split_port(pattern.lower().removesuffix("."))
    end = f":{port}" if port else ""
    if host == "*":
        return ()
    if host.startswith("*"):
        return tuple(f"{start}{host[1:]}{end}".removeprefix(".") for start in ("x", "y.x", ""))
    if host.endswith("*"):
        return tuple(f"{host[:-1]}{rest}{end}".removesuffix(".") for rest in ("test", "other.com", ""))
    return (host + end,)


def _methods(spec: Mapping[str, Any]) -> Texts:
    text = spec.get("method", "GET")
    return METHOD_PATTERNS[text] if spec.get("method_regex") else (text.upper(),)


def _wanted(spec: Mapping[str, Any], plain: str, patterns: str) -> Wanted:
    given = spec.get(plain, {}).items()
    exact = [(name, ("any", "") if value in (True, "*") else (value,)) for name, value in given]
    return (*exact, *((name, VALUE_PATTERNS.get(one, ())) for name, one in spec.get(patterns, {}).items()))


def _ports(world: World) -> tuple[tuple[str, int], ...]:
    """The default listeners are there where no other is; nobody speaks TLS without a certificate."""
    specs = [one["spec"] for one in world.manifests if one["kind"] == "Listener"]
    own = [("https" if spec["protocol"] == "HTTPS" else "http", spec["port"]) for spec in specs]
    found = own or [("http", HTTP), ("https", HTTPS)]
    encrypted = any(one["kind"] == "Secret" for one in world.manifests)
    return tuple(dict.fromkeys((scheme if encrypted else "http", port) for scheme, port in _open(found, encrypted)))


def _open(found: Iterable[tuple[str, int]], encrypted: bool) -> list[tuple[str, int]]:
    return [(scheme, port) for scheme, port in found if encrypted or (scheme, port) != ("https", HTTPS)] or [*found]
