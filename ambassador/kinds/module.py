"""Module `ambassador`: defaults for everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ambassador.ir.features import EMPTY, FeatureBag, FeatureConfig, bag
from ambassador.kinds.contract import (
    AMBASSADOR_ID,
    KindSpec,
    feature_fields,
    feature_inputs,
    inert,
    parse_features,
    spec_of,
    unbuilt,
)
from ambassador.model.field_types import ANYTHING, BOOLEAN, TEXT
from ambassador.model.fields import Cursor, Field, FieldType, Values, object_of, read_fields
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason, Severity


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Whether the page is shown, and whether to other hosts too."""

    enabled: bool = True
    allow_non_local: bool = False


@dataclass(frozen=True, slots=True)
class ModuleSpec:
    """Defaults. `closed`: it asks for protection that isn't built, so every route answers 500."""

    features: FeatureBag = EMPTY
    diagnostics: Diagnostics = Diagnostics()
    resolver: str = ""
    secret_namespacing: bool = True
    closed: bool = False


_ENABLED = Field("enabled", BOOLEAN, "whether the page is shown", default="true")
_NON_LOCAL = Field("allow_non_local", BOOLEAN, "whether other hosts may see it", default="false")
_DIAGNOSTICS: FieldType[Diagnostics] = object_of(
    (_ENABLED, _NON_LOCAL, *unbuilt("prefix", "rewrite", "service", doc="of the probe's route")),
    lambda values: Checked(Diagnostics(values.or_else(_ENABLED, True), values.or_else(_NON_LOCAL, False))),
)
DIAGNOSTICS = Field("diagnostics", _DIAGNOSTICS, "who may see the diagnostics page")
RESOLVER = Field("resolver", TEXT, "default of a Mapping's resolver", default="kubernetes-service")

_MAPPING_FIELDS = feature_fields("Module.defaults")
_MAPPING_INPUTS = feature_inputs("Module.defaults")


def _mapping_defaults(values: Values) -> Checked[FeatureBag | None]:
    return parse_features(values, _MAPPING_INPUTS).map(bag)


_HTTPMAPPING = Field("httpmapping", object_of(_MAPPING_FIELDS, _mapping_defaults), "defaults of Mappings")
_SECRET_NAMESPACING = Field(
    "tls_secret_namespacing", BOOLEAN, "default of a TLSContext's secret_namespacing", default="true"
)


@dataclass(frozen=True, slots=True)
class _Defaults:
    features: FeatureBag = EMPTY
    secret_namespacing: bool = True


_DEFAULTS: FieldType[_Defaults] = object_of(
    (_HTTPMAPPING, _SECRET_NAMESPACING),
    lambda values: Checked(_Defaults(values.get(_HTTPMAPPING) or EMPTY, values.or_else(_SECRET_NAMESPACING, True))),
)
DEFAULTS = Field("defaults", _DEFAULTS, "defaults of other objects")

_OLDER = {
    "use_proxy_proto": "use protocol: HTTPPROXY of a Listener",
    "service_port": "use the port of a Listener",
    "auth_enabled": "remove it",
    "statsd": "use the STATSD_* environment variables",
    "x_forwarded_proto_redirect": "use requestPolicy of a Host",
    "regex_type": "patterns are always RE2",
    "prune_unreachable_routes": "remove it",
    "envoy_validation_timeout": "nothing has to be validated before it is sent",
    "admin_port": "set AMBASSADOR_ADMIN_PORT",
    "regex_max_size": "patterns of up to 10,000 RE2 instructions are accepted",
    "tls": "use a Host's tlsSecret or a TLSContext",
    "debug_mode": "remove it",
    "liveness_probe": "probe the diagnostics port",
    "readiness_probe": "probe the diagnostics port",
}

FIELDS = (
    DIAGNOSTICS, RESOLVER, DEFAULTS, AMBASSADOR_ID, *feature_fields("Module"),
    *unbuilt("ip_allow", "ip_deny", doc="addresses that may ask", protects=True),
    *unbuilt(
        "add_linkerd_headers", "allow_chunked_length", "buffer", "buffer_limit_bytes", "circuit_breakers", "keepalive",
        "default_label_domain", "default_labels", "enable_grpc_http11_bridge", "enable_grpc_web", "enable_http10",
        "envoy_log_path", "envoy_log_type", "envoy_log_format", "error_response_overrides",
        "forward_client_cert_details", "set_current_client_cert_details", "grpc_stats", "gzip",
        "header_case_overrides", "proper_case", "headers_with_underscores_action", "listener_idle_timeout_ms",
        "lua_scripts", "preserve_external_request_id", "suppress_envoy_headers", "runtime_flags",
        "use_ambassador_namespace_for_service_resolution",
    ),
    *(inert(name, note) for name, note in _OLDER.items()),
)  # fmt: skip
_INPUTS = feature_inputs("Module")
_CONFIG = Field("config", ANYTHING, "the settings")


def parse(source: SourceObject) -> Checked[ModuleSpec | None]:
    if source.key.name != "ambassador":
        at = Cursor(source.key, None, ("metadata", "name"))
        message = f"only the Module named ambassador is used, not {source.key.name!r}; rename it or remove it"
        return Checked(None, (at.warning(Reason.IGNORED_FIELD, message),))
    outer = spec_of(source, (_CONFIG, AMBASSADOR_ID))
    config = outer.value.get(_CONFIG)
    raw = config if isinstance(config, Mapping) else {} if config is None else config
    read = read_fields(Cursor(source.key, raw, ("spec", "config")), FIELDS)
    features = parse_features(read.value, _INPUTS)
    problems = outer.problems + read.problems + features.problems
    return Checked(_spec(read.value, features.value, problems), problems)


def _spec(values: Values, features: tuple[FeatureConfig, ...], problems: tuple[Problem, ...]) -> ModuleSpec:
    defaults = values.or_else(DEFAULTS, _Defaults())
    return ModuleSpec(
        bag((*features, *defaults.features.items)),
        values.or_else(DIAGNOSTICS, Diagnostics()),
        values.or_else(RESOLVER, ""),
        defaults.secret_namespacing,
        any(problem.fails_closed and problem.severity is Severity.ERROR for problem in problems),
    )


def closed(module: ModuleSpec) -> ModuleSpec:
    """Of a Module that Envoy refuses nothing is used, but what it closes stays closed."""
    return ModuleSpec(closed=module.closed)


KIND = KindSpec("Module", "defaults for everything else", FIELDS, parse, closed=closed, within="config")
