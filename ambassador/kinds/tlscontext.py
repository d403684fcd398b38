"""TLSContext: a certificate and TLS options, for Hosts and towards backends."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.features.client_certificate import ClientCertificate
from ambassador.features.tls_downstream import DownstreamTls
from ambassador.features.tls_options import RULES as TLS_RULES
from ambassador.ir.features import FeatureBag, bag
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
from ambassador.model.field_types import BOOLEAN, TEXT, TEXTS
from ambassador.model.fields import Field, Values
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import host_pattern


@dataclass(frozen=True, slots=True)
class TlsSpec:
    """TLS settings with the Secret named as written; `closed`: it demands something that can't be checked."""

    secret: str = ""
    hosts: tuple[str, ...] = ()
    sni: str = ""
    namespaced: bool | None = None
    features: FeatureBag = FeatureBag()
    closed: bool = False

    @property
    def tls(self) -> DownstreamTls | None:
        return self.features.get(DownstreamTls)

    @property
    def client(self) -> ClientCertificate | None:
        return self.features.get(ClientCertificate)


SECRET = Field("secret", TEXT, "Secret with the certificate: name or name.namespace")
HOSTS = Field("hosts", TEXTS, "host names whose connections get this certificate")
SNI = Field("sni", TEXT, "server name sent to backends")
NAMESPACED = Field(
    "secret_namespacing", BOOLEAN, "whether a dot in secret separates the namespace", ("secretNamespacing",), "true"
)
OPTION_FIELDS = (
    SECRET,
    SNI,
    NAMESPACED,
    *feature_fields("TLSContext"),
    *unbuilt("cert_chain_file", "private_key_file", doc="file", note="certificates come from a Secret: use secret"),
    *unbuilt("certChainFile", "privateKeyFile", doc="file", note="certificates come from a Secret: use secret"),
    inert("redirect_cleartext_from", "use requestPolicy.insecure.action: Redirect of a Host"),
)
FIELDS = (HOSTS, AMBASSADOR_ID, *OPTION_FIELDS)

_INPUTS = feature_inputs("TLSContext")


def options_of(values: Values) -> Checked[TlsSpec]:
    """The settings of a TLSContext's spec or of a Host's `tls`."""
    features = parse_features(values, _INPUTS)
    hosts = [host_pattern(host) for host in values.or_else(HOSTS, ())]
    problems: list[Problem] = [
        values.on(HOSTS).child(number, None).error(Reason.INVALID_VALUE, "must be a host name or *.example.com")
        for number, host in enumerate(hosts)
        if host is None
    ]
    spec = TlsSpec(
        values.or_else(SECRET, ""),
        tuple(host for host in hosts if host),
        values.or_else(SNI, ""),
        values.get(NAMESPACED),
        bag(features.value),
    )
    return Checked(spec, (*features.problems, *problems))


@dataclass(frozen=True, slots=True)
class TlsContextSpec:
    key: ObjectKey
    settings: TlsSpec


def parse(source: SourceObject) -> Checked[TlsContextSpec | None]:
    read = spec_of(source, FIELDS)
    if read.value.rejected:
        return Checked(None, read.problems)
    options = options_of(read.value)
    problems = read.problems + options.problems
    spec = closed_if(options.value, problems)
    return Checked(TlsContextSpec(source.key, spec), problems)


def closed_if(spec: TlsSpec, problems: tuple[Problem, ...]) -> TlsSpec:
    """The settings, closed when a problem says that something protecting is missing."""
    closed = any(problem.fails_closed for problem in problems)
    return TlsSpec(spec.secret, spec.hosts, spec.sni, spec.namespaced, spec.features, closed)


KIND = KindSpec("TLSContext", "a certificate and TLS options", FIELDS, parse, rules=TLS_RULES)
