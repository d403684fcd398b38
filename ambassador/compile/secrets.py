"""Certificates and CAs to bytes, for SDS."""

from __future__ import annotations

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.transport_sockets.tls import v3 as tls_v3

from ambassador.ir import secret as ir
from ambassador.wire.encode import encode, resource
from ambassador.wire.resource import EncodedResource


def encode_secret(secret: ir.Secret) -> EncodedResource:
    """One SDS secret."""
    if isinstance(secret, ir.TlsCertificate):
        certificate = tls_v3.TlsCertificate(
            certificate_chain=core_v3.DataSource(inline_bytes=secret.chain),
            private_key=core_v3.DataSource(inline_bytes=bytes(secret.key)),
        )
        return resource(secret.name, encode(tls_v3.Secret(name=secret.name, tls_certificate=certificate)))
    context = tls_v3.CertificateValidationContext(trusted_ca=core_v3.DataSource(inline_bytes=secret.certificates))
    return resource(secret.name, encode(tls_v3.Secret(name=secret.name, validation_context=context)))
