"""Certificates and CAs to bytes, for SDS."""

from __future__ import annotations

from envoy_data_plane.envoy.config.core import v3 as core_v3
from envoy_data_plane.envoy.extensions.transport_sockets.tls import v3 as tls_v3

from ambassador.ir import secret as ir
from ambassador.wire.encode import digest, encode, resource
from ambassador.wire.resource import EncodedResource


def certificate_version(secret: ir.TlsCertificate) -> str:
    """The version of a certificate, which can be told without its key."""
    return digest(b"\0".join([secret.name.encode(), secret.fingerprint.encode(), secret.chain]))


def encode_secret(secret: ir.Secret) -> EncodedResource:
    """One SDS secret."""
    if isinstance(secret, ir.TlsCertificate):
        version = certificate_version(secret)
        if not secret.key:
            return EncodedResource(secret.name, version, b"", sealed=True)
        certificate = tls_v3.TlsCertificate(
            certificate_chain=core_v3.DataSource(inline_bytes=secret.chain),
            private_key=core_v3.DataSource(inline_bytes=bytes(secret.key)),
        )
        return EncodedResource(
            secret.name, version, encode(tls_v3.Secret(name=secret.name, tls_certificate=certificate))
        )
    context = tls_v3.CertificateValidationContext(trusted_ca=core_v3.DataSource(inline_bytes=secret.certificates))
    return resource(secret.name, encode(tls_v3.Secret(name=secret.name, validation_context=context)))
