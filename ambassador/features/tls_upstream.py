"""TLS towards backends."""

from __future__ import annotations

from dataclasses import dataclass

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.transport_sockets.tls import v3 as tls_v3

from ambassador.features.contract import ClusterFragment, Feature
from ambassador.features.tls_options import TlsOptions, parameters, secret_config
from ambassador.ir.features import FeatureConfig
from ambassador.wire.encode import pack


@dataclass(frozen=True, slots=True)
class UpstreamTls(FeatureConfig):
    """`certificate` and `ca` are names of SDS secrets; without `ca` the backend's certificate is not judged."""

    sni: str = ""
    certificate: str = ""
    ca: str = ""
    options: TlsOptions = TlsOptions()


def on_cluster(tls: UpstreamTls) -> ClusterFragment:
    common = tls_v3.CommonTlsContext(
        tls_params=parameters(tls.options),
        tls_certificate_sds_secret_configs=[secret_config(tls.certificate)] if tls.certificate else [],
        validation_context_sds_secret_config=secret_config(tls.ca) if tls.ca else None,
        alpn_protocols=list(tls.options.alpn),
    )
    context = tls_v3.UpstreamTlsContext(common_tls_context=common, sni=tls.sni)
    socket = core_v3.TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(context))
    return ClusterFragment(cluster={"transport_socket": socket})


def _summary(tls: UpstreamTls) -> str:
    return f"TLS{' as ' + tls.sni if tls.sni else ''}{'' if tls.ca else ', certificate not checked'}"


FEATURE = Feature("upstream tls", UpstreamTls, _summary, on_cluster=on_cluster)
