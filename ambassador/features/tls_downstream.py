"""TLS towards clients. Certificates come by SDS, so that rotating one changes no listener."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.features.contract import Feature, Input, ListenerFragment
from ambassador.features.tls_options import FIELDS, TlsOptions, parameters, parse_options
from ambassador.ir.features import FeatureConfig
from ambassador.model.fields import Values
from ambassador.model.problems import Checked


@dataclass(frozen=True, slots=True)
class DownstreamTls(FeatureConfig):
    options: TlsOptions = TlsOptions()


def parse(values: Values) -> Checked[DownstreamTls | None]:
    options = parse_options(values)
    return Checked(DownstreamTls(options.value), options.problems)


def on_listener(tls: DownstreamTls) -> ListenerFragment:
    return ListenerFragment(
        common_tls={"tls_params": parameters(tls.options), "alpn_protocols": list(tls.options.alpn)}
    )


def _summary(tls: DownstreamTls) -> str:
    options = tls.options
    versions = f"{options.min_version or 'default'} to {options.max_version or 'default'}"
    return f"TLS {versions}{', ' + '/'.join(options.alpn) if options.alpn else ''}"


FEATURE = Feature(
    "tls",
    DownstreamTls,
    _summary,
    inputs={"TLSContext": Input(FIELDS, parse)},
    # As ingress-nginx, Ingress offers HTTP/2; the ancestor of the other kinds does when it is told to.
    defaults={"TLSContext": DownstreamTls(), "Ingress.tls": DownstreamTls(TlsOptions(alpn=("h2", "http/1.1")))},
    on_listener=on_listener,
)
