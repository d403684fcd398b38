"""The fields of a Mapping: its own, those of features, and those that have no effect yet."""

from __future__ import annotations

from ambassador.features.rewrite import REGEX_REWRITE
from ambassador.kinds.contract import AMBASSADOR_ID, feature_fields, feature_inputs, inert, unbuilt
from ambassador.model.field_types import BOOLEAN, TEXT, TEXT_MAP, TEXT_OR_BOOLEAN, integer, map_of
from ambassador.model.fields import Field, FieldType, OnFault

# Dropping a condition would make a route match more than it was meant to, and dropping a weight would give a canary
# half of all requests: a bad one rejects the Mapping.
_REJECT = OnFault.REJECT_OBJECT

PREFIX = Field("prefix", TEXT, "path prefix, compared as plain text", required=True, on_fault=_REJECT)
PREFIX_REGEX = Field(
    "prefix_regex", BOOLEAN, "prefix is an RE2 pattern for the whole path", default="false", on_fault=_REJECT
)
PREFIX_EXACT = Field("prefix_exact", BOOLEAN, "the path must equal prefix", default="false", on_fault=_REJECT)
CASE_SENSITIVE = Field("case_sensitive", BOOLEAN, "whether the path's case matters", default="true", on_fault=_REJECT)
SERVICE = Field(
    "service", TEXT, "[http:// or https://]name[.namespace][:port]", required=True, on_fault=OnFault.REJECT_OBJECT
)
HOSTNAME = Field("hostname", TEXT, "host that is asked for: exact, *, *.x or x.*", on_fault=_REJECT)
HOST = Field("host", TEXT, "older spelling of hostname", on_fault=_REJECT)
HOST_REGEX = Field("host_regex", BOOLEAN, "host is an RE2 pattern", default="false", on_fault=_REJECT)
METHOD = Field("method", TEXT, "method of the request", on_fault=_REJECT)
METHOD_REGEX = Field("method_regex", BOOLEAN, "method is an RE2 pattern", default="false", on_fault=_REJECT)
VALUES_OR_TRUE: FieldType[tuple[tuple[str, str | bool], ...]] = map_of(TEXT_OR_BOOLEAN)
HEADERS = Field("headers", VALUES_OR_TRUE, "headers and their values; true: any value", on_fault=_REJECT)
REGEX_HEADERS = Field("regex_headers", TEXT_MAP, "headers and RE2 patterns for their values", on_fault=_REJECT)
QUERY = Field(
    "query_parameters", VALUES_OR_TRUE, "query parameters and their values; true: any value", on_fault=_REJECT
)
REGEX_QUERY = Field(
    "regex_query_parameters", TEXT_MAP, "query parameters and RE2 patterns for their values", on_fault=_REJECT
)
PRECEDENCE = Field("precedence", integer(-(2**31), 2**31 - 1), "higher is asked earlier", default="0", on_fault=_REJECT)
WEIGHT = Field(
    "weight",
    integer(0, 100),
    "percentage of the requests of its canary group",
    default="an even share",
    on_fault=_REJECT,
)
TLS = Field("tls", TEXT_OR_BOOLEAN, "TLSContext (or true) to speak TLS to the service", on_fault=_REJECT)
RESOLVER = Field("resolver", TEXT, "resolver that finds the service's addresses", default="kubernetes-service")
BYPASS_AUTH = Field("bypass_auth", BOOLEAN, "does not ask the AuthService", default="false")

HOST_REDIRECT = Field(
    "host_redirect", BOOLEAN, "answers with a redirect to the host in service", default="false", on_fault=_REJECT
)
PATH_REDIRECT = Field("path_redirect", TEXT, "path of the redirect")
PREFIX_REDIRECT = Field("prefix_redirect", TEXT, "replaces the matched prefix in the redirect")
REGEX_REDIRECT = Field("regex_redirect", REGEX_REWRITE, "rewrites the redirect's path by an RE2 pattern")
# Copies of requests must never be taken for requests: a shadow is left out, not made a member of the group.
SHADOW = Field(
    "shadow", BOOLEAN, "not supported yet: a Mapping with it gets no requests", default="false", on_fault=_REJECT
)
REDIRECT_CODE = Field("redirect_response_code", integer(301, 308), "status of the redirect", default="301")

FEATURE_INPUTS = feature_inputs("Mapping")

_OWN = (
    PREFIX, PREFIX_REGEX, PREFIX_EXACT, CASE_SENSITIVE, SERVICE, HOSTNAME, HOST, HOST_REGEX, METHOD, METHOD_REGEX,
    HEADERS, REGEX_HEADERS, QUERY, REGEX_QUERY, PRECEDENCE, WEIGHT, TLS, RESOLVER, BYPASS_AUTH,
    SHADOW, HOST_REDIRECT, PATH_REDIRECT, PREFIX_REDIRECT, REGEX_REDIRECT, REDIRECT_CODE, AMBASSADOR_ID,
)  # fmt: skip

_LATER = unbuilt(
    "priority", "add_linkerd_headers", "cluster_tag", "stats_name", "circuit_breakers", "health_checks",
    "keepalive", "auth_context_extensions", "labels", "error_response_overrides", "bypass_error_response_overrides",
)  # fmt: skip

FIELDS = (
    *_OWN,
    *feature_fields("Mapping"),
    *_LATER,
    inert("docs", "there is no developer portal; requests are not affected"),
    inert("outlier_detection", "it never had any; remove it"),
    inert("modules", "remove it"),
    inert("envoy_override", "remove it"),
)
