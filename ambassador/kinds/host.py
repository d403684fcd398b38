"""Host: a host name, its certificate, what to do with cleartext, and which Mappings it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from ambassador.features.tls_options import RULES as TLS_RULES
from ambassador.kinds.contract import AMBASSADOR_ID, KindSpec, inert, spec_of
from ambassador.kinds.tlscontext import OPTION_FIELDS, TlsSpec, closed_if, options_of
from ambassador.model.field_types import ANYTHING, TEXT, TEXT_MAP, choice
from ambassador.model.fields import Cursor, Field, FieldType, OnFault, Rule, Values, object_of
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ANY_HOST, host_pattern

Labels = tuple[tuple[str, str], ...]


class Insecure(Enum):
    """What happens to requests that did not come by HTTPS."""

    REDIRECT = "Redirect"
    ROUTE = "Route"
    REJECT = "Reject"


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One Host. `key` is None for the default Host. `secret` is (name, namespace or empty) as written.

    `selector` None takes every Mapping whose hostname fits. `labels` are its own, for Listeners that select by them.
    `closed`: its TLS settings demand something that can't be checked, so all its routes answer 500.
    """

    key: ObjectKey | None
    pattern: str
    secret: tuple[str, str] | None = None
    tls_context: str = ""
    tls: TlsSpec | None = None
    insecure: Insecure = Insecure.REDIRECT
    selector: Labels | None = None
    labels: Labels = ()
    closed: bool = False


_NAME = Field("name", TEXT, "its name", required=True, on_fault=OnFault.REJECT_OBJECT)
_NAMESPACE = Field("namespace", TEXT, "its namespace", default="the Host's")
_SECRET_REF: FieldType[tuple[str, str]] = object_of(
    (_NAME, _NAMESPACE), lambda values: Checked((values.or_else(_NAME, ""), values.or_else(_NAMESPACE, "")))
)
_CONTEXT_REF: FieldType[str] = object_of((_NAME,), lambda values: Checked(values.or_else(_NAME, "")))

_ACTION = Field("action", choice("Redirect", "Route", "Reject"), "what cleartext requests get", default="Redirect")
_INSECURE: FieldType[str] = object_of(
    (_ACTION, inert("additionalPort", "add a Listener for that port")),
    lambda values: Checked(values.get(_ACTION)),
)
_INSECURE_FIELD = Field("insecure", _INSECURE, "policy for cleartext", protects=True)
_POLICY: FieldType[str] = object_of((_INSECURE_FIELD,), lambda values: Checked(values.get(_INSECURE_FIELD)))

_MATCH_LABELS = Field("matchLabels", TEXT_MAP, "labels that a Mapping must have", on_fault=OnFault.REJECT_OBJECT)
_EXPRESSIONS = Field("matchExpressions", ANYTHING, "never had an effect", built=False, note="use matchLabels instead")
SELECTOR_TYPE: FieldType[Labels] = object_of(
    (_MATCH_LABELS, _EXPRESSIONS), lambda values: Checked(values.or_else(_MATCH_LABELS, ()))
)


def _read_acme(at: Cursor) -> Checked[str | None]:
    authority = at.raw.get("authority") if isinstance(at.raw, Mapping) else None
    if isinstance(authority, str) and authority.lower() == "none":
        return Checked(authority)
    message = "certificates are not fetched: set acmeProvider.authority to none and name a certificate in tlsSecret"
    return Checked(None, (at.warning(Reason.NOT_SUPPORTED, message),))


_ACME_TYPE: FieldType[str] = FieldType("object", _read_acme)
_TLS: FieldType[TlsSpec] = object_of(OPTION_FIELDS, lambda values: options_of(values), rules=TLS_RULES)

HOSTNAME = Field("hostname", TEXT, "host name, * or *.example.com", default="*", on_fault=OnFault.REJECT_OBJECT)
TLS_SECRET = Field("tlsSecret", _SECRET_REF, "Secret with the certificate", on_fault=OnFault.REJECT_OBJECT)
TLS_CONTEXT = Field("tlsContext", _CONTEXT_REF, "TLSContext with TLS options", protects=True)
TLS = Field("tls", _TLS, "TLS options", protects=True)
POLICY = Field("requestPolicy", _POLICY, "what happens to cleartext requests", protects=True)
SELECTOR = Field(
    "mappingSelector", SELECTOR_TYPE, "labels of the Mappings it takes", ("selector",), on_fault=OnFault.REJECT_OBJECT
)
ACME = Field("acmeProvider", _ACME_TYPE, "who issues certificates; only `authority: none` has an effect")
FIELDS = (
    HOSTNAME,
    TLS_SECRET,
    TLS_CONTEXT,
    TLS,
    POLICY,
    SELECTOR,
    AMBASSADOR_ID,
    ACME,
    inert("previewUrl", "remove it"),
)


def parse(source: SourceObject) -> Checked[HostSpec | None]:
    read = spec_of(source, FIELDS)
    values = read.value
    text = values.or_else(HOSTNAME, ANY_HOST)
    pattern = host_pattern(text)
    faults = {problem.path for problem in read.problems}
    if not isinstance(values.at.raw, Mapping) or ("spec", HOSTNAME.name) in faults:
        return Checked(None, read.problems)
    if pattern is None:
        message = f"hostname must be a host name, *, or *.example.com, not {text!r}"
        return Checked(None, (*read.problems, values.on(HOSTNAME).error(Reason.INVALID_VALUE, message)))
    if values.rejected:
        return Checked(_closed(source, pattern), read.problems)
    if values.get(TLS) is not None and values.get(TLS_CONTEXT) is not None:
        message = "tls and tlsContext both set TLS options; keep one of them; until then the Host answers 500"
        problem = replace(values.on(TLS_CONTEXT).error(Reason.CONFLICT, message), fails_closed=True)
        return Checked(_closed(source, pattern), (*read.problems, problem))
    return Checked(_spec(source, values, pattern, read.problems), read.problems)


def _closed(source: SourceObject, pattern: str) -> HostSpec:
    """A Host that can't be read whole answers 500: without it, a wider Host would serve its name by other rules."""
    return HostSpec(source.key, pattern, labels=tuple(sorted(source.labels.items())), closed=True)


def _spec(source: SourceObject, values: Values, pattern: str, problems: tuple[Problem, ...]) -> HostSpec:
    tls = values.get(TLS)
    return HostSpec(
        source.key,
        pattern,
        values.get(TLS_SECRET),
        values.or_else(TLS_CONTEXT, ""),
        closed_if(tls, problems) if tls else None,
        Insecure(values.get(POLICY) or "Redirect"),
        values.get(SELECTOR),
        tuple(sorted(source.labels.items())),
        any(problem.fails_closed for problem in problems),
    )


def closed(host: HostSpec) -> HostSpec:
    """A Host that Envoy refuses answers 500: without it, a wider Host would serve its name by other rules."""
    return replace(host, secret=None, tls_context="", tls=None, closed=True)


_RULES = (
    Rule(
        "!has(self.tls) || !has(self.tlsContext)",
        "tls and tlsContext both set TLS options; keep one of them",
        "tlsContext",
    ),
)
KIND = KindSpec(
    "Host", "a host name, its certificate, and which Mappings it takes", FIELDS, parse, closed=closed, rules=_RULES
)
