"""Ingress (networking.k8s.io/v1): hosts and paths, and the Services that their requests go to.

What a path, host or backend may look like is in `ingress_parts.py`. Whose Ingress it is, and what its names lead to,
depends on other objects and is found in compile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from ambassador.ir.route import PathMatch
from ambassador.kinds import nginx_annotations as nginx
from ambassador.kinds.contract import KindSpec
from ambassador.kinds.ingress_parts import (
    BACKEND,
    HTTP,
    PATHS,
    RULE_FIELDS,
    TLS_FIELDS,
    BackendSpec,
    backend_of,
    host_of,
    items_of,
    path_of,
    secret_of,
)
from ambassador.kinds.ingressclass import annotations_of, ids_in
from ambassador.model.field_types import TEXT
from ambassador.model.fields import Cursor, Field, Values, read_fields
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, FieldPath, Problem, Reason
from ambassador.model.values import ANY_HOST

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NEWEST = "~"
_OLD_VERSIONS = ("extensions/v1beta1", "networking.k8s.io/v1beta1")


class SslRedirect(Enum):
    """Whether cleartext is sent to HTTPS: where there is a certificate, never, or always (ingress-nginx)."""

    WITH_CERTIFICATE = "with a certificate"
    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class PathSpec:
    """One path of one rule; the host is `*` where the rule names none. `at` is where it is written."""

    host: str
    path: PathMatch
    backend: BackendSpec
    at: FieldPath


@dataclass(frozen=True, slots=True)
class TlsSpec:
    """One entry of `tls`. Without hosts it is for those hosts of the rules that its certificate names."""

    hosts: tuple[str, ...]
    secret: str
    at: FieldPath


@dataclass(frozen=True, slots=True)
class IngressSpec:
    """One Ingress, whoever's it is.

    `created` sorts as the time of its creation, unknown ones last. `class_name` is None where it names no class.
    `hosts` are those of all rules, `*` among them for a rule without a host. `closed`: it protects something by means
    that we do not have, so it answers 500. `idle`: it is not meant to take requests of its own.
    """

    key: ObjectKey
    created: str = _NEWEST
    class_name: str | None = None
    ids: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    paths: tuple[PathSpec, ...] = ()
    default: BackendSpec | None = None
    tls: tuple[TlsSpec, ...] = ()
    ssl_redirect: SslRedirect = SslRedirect.WITH_CERTIFICATE
    closed: bool = False
    idle: bool = False


CLASS_NAME = Field("ingressClassName", TEXT, "IngressClass, ours by its controller, or by the name `ambassador`")
DEFAULT_BACKEND = Field("defaultBackend", BACKEND, "where requests go that no path takes")
RULES = Field("rules", items_of(RULE_FIELDS), "hosts with their paths")
TLS = Field("tls", items_of(TLS_FIELDS), "certificates of hosts")
FIELDS = (CLASS_NAME, DEFAULT_BACKEND, RULES, TLS)


def parse(source: SourceObject) -> Checked[IngressSpec | None]:
    read = read_fields(Cursor(source.key, source.content.get("spec"), ("spec",)), FIELDS)
    values = read.value
    annotations = annotations_of(source)
    raw = values.at.raw
    named = raw.get("ingressClassName") if isinstance(raw, Mapping) else None
    if values.rejected or (named is not None and values.get(CLASS_NAME) is None):
        # Whose it is can't be told.
        return Checked(None, read.problems)
    about = tuple(replace(one, fails_closed=True) for one in annotations.problems)
    about += tuple(nginx.problems_of(source.key, annotations.value))
    rules, tls = _rules(values), _tls(values)
    problems = (*_version(source), *read.problems, *about, *rules.problems, *tls.problems)
    default = values.get(DEFAULT_BACKEND)
    if default is None and isinstance(raw, Mapping) and raw.get("rules") in (None, []):
        message = "there is neither a rule nor a defaultBackend, so nothing is served; add one of them"
        problems += (values.on(RULES).error(Reason.MISSING_FIELD, message),)
    hosts = tuple(dict.fromkeys(host for host, _ in rules.value))
    spec = IngressSpec(
        source.key,
        _created(source),
        values.get(CLASS_NAME) or annotations.value.get(CLASS_ANNOTATION) or None,
        ids_in(annotations.value),
        hosts,
        tuple(path for _, paths in rules.value for path in paths),
        default,
        tls.value,
        _ssl_redirect(annotations.value),
        any(problem.fails_closed for problem in problems),
        annotations.value.get(nginx.CANARY, "") in nginx.TRUE,
    )
    return Checked(spec, problems)


def _created(source: SourceObject) -> str:
    text = source.metadata.get("creationTimestamp")
    return text if isinstance(text, str) and _CREATED.fullmatch(text) else _NEWEST


def _ssl_redirect(annotations: Mapping[str, str]) -> SslRedirect:
    if annotations.get(nginx.FORCE_SSL_REDIRECT, "") in nginx.TRUE:
        return SslRedirect.ALWAYS
    never = annotations.get(nginx.SSL_REDIRECT, "") in nginx.FALSE
    return SslRedirect.NEVER if never else SslRedirect.WITH_CERTIFICATE


def _version(source: SourceObject) -> Iterable[Problem]:
    if source.api_version in _OLD_VERSIONS:
        at = Cursor(source.key, None, ("apiVersion",))
        message = f"Kubernetes knows {source.api_version} no more: write networking.k8s.io/v1"
        yield at.warning(Reason.NOT_SUPPORTED, message)


def _rules(values: Values) -> Checked[tuple[tuple[str, tuple[PathSpec, ...]], ...]]:
    """Hosts with their paths, in the order they are written. A bad host or path costs only itself."""
    found: list[tuple[str, tuple[PathSpec, ...]]] = []
    problems: list[Problem] = []
    for item in values.or_else(RULES, ()):
        read = read_fields(item, RULE_FIELDS)
        host = host_of(read.value)
        problems += read.problems + host.problems
        if read.value.rejected or host.value is None:
            continue
        paths = _paths(host.value, read.value)
        problems += paths.problems
        found.append((host.value, paths.value))
    return Checked(tuple(found), tuple(problems))


def _paths(host: str, rule: Values) -> Checked[tuple[PathSpec, ...]]:
    http = rule.get(HTTP)
    found: list[PathSpec] = []
    problems: list[Problem] = []
    for item in http.or_else(PATHS, ()) if http else ():
        path = path_of(item)
        backend = backend_of(item.child("backend", item.raw.get("backend") if isinstance(item.raw, Mapping) else None))
        problems += path.problems
        if path.value is not None:
            problems += backend.problems
            found.append(PathSpec(host, path.value, backend.value, item.path))
    return Checked(tuple(found), tuple(problems))


def _tls(values: Values) -> Checked[tuple[TlsSpec, ...]]:
    found: list[TlsSpec] = []
    problems: list[Problem] = []
    for item in values.or_else(TLS, ()):
        read = secret_of(item)
        problems += read.problems
        if read.value is not None:
            found.append(TlsSpec(*read.value, item.path))
    return Checked(tuple(found), tuple(problems))


def serves_any_host(ingress: IngressSpec) -> bool:
    """Whether it takes requests for names that no Ingress names: by a rule without a host, or without any rule."""
    return ANY_HOST in ingress.hosts or (not ingress.hosts and ingress.default is not None)


KIND = KindSpec(
    "Ingress",
    "hosts and paths, and the Services that their requests go to",
    FIELDS,
    parse,
    ("networking.k8s.io", "extensions"),
)
