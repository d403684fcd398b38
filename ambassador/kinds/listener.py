"""Listener: a port, the protocol on it, and the Hosts that are served there."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.ir.features import FeatureBag, bag
from ambassador.ir.listener import SecurityModel
from ambassador.kinds.contract import (
    AMBASSADOR_ID,
    KindSpec,
    feature_fields,
    feature_inputs,
    parse_features,
    spec_of,
    unbuilt,
)
from ambassador.kinds.host import SELECTOR_TYPE, Labels
from ambassador.model.field_types import choice, integer, list_of
from ambassador.model.fields import Field, FieldType, OnFault, Rule, Values, object_of
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason

_STACKS = {
    "HTTP": ("HTTP", "TCP"),
    "HTTPS": ("TLS", "HTTP", "TCP"),
    "HTTPPROXY": ("PROXY", "HTTP", "TCP"),
    "HTTPSPROXY": ("TLS", "PROXY", "HTTP", "TCP"),
    "TCP": ("TCP",),
    "TLS": ("TLS", "TCP"),
    "UDP": ("UDP",),
}


@dataclass(frozen=True, slots=True)
class ListenerSpec:
    """One Listener. `key` is None for the default ones.

    `own_namespace`: only Hosts of the Listener's namespace are served; `selector` restricts them by label.
    """

    key: ObjectKey | None
    port: int
    tls: bool
    proxy_protocol: bool
    security: SecurityModel
    own_namespace: bool = False
    selector: Labels | None = None
    features: FeatureBag = FeatureBag()


_FROM = Field("from", choice("SELF", "ALL"), "SELF: the Listener's own namespace", required=True)
_NAMESPACE: FieldType[str] = object_of((_FROM,), lambda values: Checked(values.get(_FROM)))
_NAMESPACE_FIELD = Field("namespace", _NAMESPACE, "namespaces of Hosts", required=True, on_fault=OnFault.REJECT_OBJECT)
_SELECTOR_FIELD = Field("selector", SELECTOR_TYPE, "labels of Hosts", on_fault=OnFault.REJECT_OBJECT)


@dataclass(frozen=True, slots=True)
class _Binding:
    own_namespace: bool
    selector: Labels | None


_BINDING: FieldType[_Binding] = object_of(
    (_NAMESPACE_FIELD, _SELECTOR_FIELD),
    lambda values: Checked(_Binding(values.get(_NAMESPACE_FIELD) == "SELF", values.get(_SELECTOR_FIELD))),
)

PORT = Field("port", integer(1, 65535), "port to listen on", required=True, on_fault=OnFault.REJECT_OBJECT)
PROTOCOL = Field("protocol", choice(*_STACKS), "shorthand for a protocolStack", on_fault=OnFault.REJECT_OBJECT)
STACK = Field(
    "protocolStack",
    list_of(choice("HTTP", "PROXY", "TLS", "TCP", "UDP")),
    "protocols, innermost last",
    on_fault=OnFault.REJECT_OBJECT,
)
SECURITY = Field(
    "securityModel",
    choice("XFP", "SECURE", "INSECURE"),
    "how a request is judged secure: X-Forwarded-Proto, always, never",
    required=True,
    on_fault=OnFault.REJECT_OBJECT,
)
BINDING = Field("hostBinding", _BINDING, "which Hosts are served here", required=True, on_fault=OnFault.REJECT_OBJECT)
FIELDS = (
    PORT,
    PROTOCOL,
    STACK,
    SECURITY,
    BINDING,
    AMBASSADOR_ID,
    *feature_fields("Listener"),
    *unbuilt("statsPrefix", "http2MaxConcurrentStreams"),
)
_INPUTS = feature_inputs("Listener")


def parse(source: SourceObject) -> Checked[ListenerSpec | None]:
    read = spec_of(source, FIELDS)
    values = read.value
    if values.rejected:
        return Checked(None, read.problems)
    stack = _stack(values)
    features = parse_features(values, _INPUTS)
    problems = read.problems + stack.problems + features.problems
    binding = values.get(BINDING)
    if stack.value is None or binding is None:
        return Checked(None, problems)
    spec = ListenerSpec(
        source.key,
        values.or_else(PORT, 0),
        "TLS" in stack.value,
        "PROXY" in stack.value,
        SecurityModel(values.or_else(SECURITY, "XFP")),
        binding.own_namespace,
        binding.selector,
        bag(features.value),
    )
    return Checked(spec, problems)


def _stack(values: Values) -> Checked[tuple[str, ...] | None]:
    protocol, explicit = values.get(PROTOCOL), values.get(STACK)
    problems: tuple[Problem, ...] = ()
    if protocol is None and explicit is None:
        message = "protocol (HTTP or HTTPS) or protocolStack is required"
        return Checked(None, (values.on(PROTOCOL).error(Reason.MISSING_FIELD, message),))
    if protocol is not None and explicit is not None:
        message = "protocol has no effect beside protocolStack; keep one of them"
        problems = (values.on(PROTOCOL).error(Reason.CONFLICT, message),)
    stack = explicit if explicit is not None else _STACKS[protocol or "HTTP"]
    field = STACK if explicit is not None else PROTOCOL
    if "HTTP" not in stack or "UDP" in stack:
        message = f"{field.name} without HTTP over TCP is not supported yet; this Listener is not opened"
        return Checked(None, (*problems, values.on(field).error(Reason.NOT_SUPPORTED, message)))
    return Checked(stack, problems)


_RULES = (Rule("has(self.protocol) || has(self.protocolStack)", "protocol or protocolStack is required", "protocol"),)
KIND = KindSpec(
    "Listener", "a port, the protocol on it, and the Hosts that are served there", FIELDS, parse, rules=_RULES
)
