"""TLS parameters that both sides of Envoy know: versions, ciphers, curves and ALPN."""

from __future__ import annotations

from dataclasses import dataclass, replace

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.transport_sockets.tls import v3 as tls_v3

from ambassador.model.field_types import TEXT, TEXTS, choice, list_or_one
from ambassador.model.fields import Field, Rule, Values
from ambassador.model.problems import Checked, Problem, Reason

_VERSIONS = {
    "v1.0": tls_v3.TlsParametersTlsProtocol.TLSv1_0,
    "v1.1": tls_v3.TlsParametersTlsProtocol.TLSv1_1,
    "v1.2": tls_v3.TlsParametersTlsProtocol.TLSv1_2,
    "v1.3": tls_v3.TlsParametersTlsProtocol.TLSv1_3,
}
# What BoringSSL knows for TLS up to 1.2 (Envoy documentation, TlsParameters.cipher_suites); 1.3 suites are fixed.
_CIPHERS = frozenset(
    f"{prefix}{suite}"
    for prefix, suites in {
        "ECDHE-ECDSA-": ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA"),
        "ECDHE-RSA-": ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA"),
        "": ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA"),
    }.items()
    for suite in suites
)
_CURVES = frozenset({"X25519", "P-256", "P-384", "P-521", "X25519MLKEM768"})


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """Empty means Envoy's default."""

    alpn: tuple[str, ...] = ()
    min_version: str = ""
    max_version: str = ""
    ciphers: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()


ALPN = Field(
    "alpn_protocols", list_or_one(TEXT, ","), "protocols offered by ALPN, e.g. h2,http/1.1", ("alpnProtocols",)
)
# What hardens a connection protects: a mistake in it must not leave Envoy's weaker default.
MIN = Field("min_tls_version", choice(*_VERSIONS), "lowest TLS version", ("minTLSVersion", "min_tlsv"), protects=True)
MAX = Field("max_tls_version", choice(*_VERSIONS), "highest TLS version", ("maxTLSVersion", "max_tlsv"), protects=True)
CIPHERS = Field("cipher_suites", TEXTS, "cipher suites for TLS up to 1.2", ("cipherSuites",), protects=True)
CURVES = Field("ecdh_curves", TEXTS, "curves for key exchange", ("ecdhCurves",), protects=True)
FIELDS = (ALPN, MIN, MAX, CIPHERS, CURVES)
RULES = (
    Rule(
        "!has(self.min_tls_version) || !has(self.max_tls_version) || self.min_tls_version <= self.max_tls_version",
        "max_tls_version is below min_tls_version",
        "max_tls_version",
    ),
)


def parse_options(values: Values) -> Checked[TlsOptions]:
    """The options of a TLSContext or of a Host's `tls`."""
    ciphers = _known(values, CIPHERS, _CIPHERS, "cipher suite")
    curves = _known(values, CURVES, _CURVES, "curve")
    low, high = values.or_else(MIN, ""), values.or_else(MAX, "")
    problems: tuple[Problem, ...] = (*ciphers.problems, *curves.problems)
    if low and high and low > high:
        problems += (values.on(MAX).error(Reason.CONFLICT, f"max_tls_version {high} is below min_tls_version {low}"),)
        low = high = ""
    closing = tuple(replace(problem, fails_closed=True) for problem in problems)
    return Checked(TlsOptions(values.or_else(ALPN, ()), low, high, ciphers.value, curves.value), closing)


def _known(values: Values, field: Field[tuple[str, ...]], known: frozenset[str], what: str) -> Checked[tuple[str, ...]]:
    words = values.or_else(field, ())
    at = values.on(field)
    problems = tuple(
        at.child(number, word).error(Reason.INVALID_VALUE, f"{word!r} is no {what} that Envoy knows; remove it")
        for number, word in enumerate(words)
        if word.strip("[]") not in known and not set(word.strip("[]").split("|")) <= known
    )
    return Checked(() if problems else words, problems)


def parameters(options: TlsOptions) -> tls_v3.TlsParameters:
    """Envoy's message of the options, ALPN apart."""
    auto = tls_v3.TlsParametersTlsProtocol.TLS_AUTO
    return tls_v3.TlsParameters(
        tls_minimum_protocol_version=_VERSIONS.get(options.min_version, auto),
        tls_maximum_protocol_version=_VERSIONS.get(options.max_version, auto),
        cipher_suites=list(options.ciphers),
        ecdh_curves=list(options.curves),
    )


def secret_config(name: str) -> tls_v3.SdsSecretConfig:
    """A reference to a secret that comes over the same ADS stream."""
    source = core_v3.ConfigSource(ads=core_v3.AggregatedConfigSource(), resource_api_version=core_v3.ApiVersion.V3)
    return tls_v3.SdsSecretConfig(name=name, sds_config=source)
