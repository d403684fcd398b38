"""Certificates and keys for cases, made when they are asked for. Good for tests only."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_START, _END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
_PLACEHOLDER = re.compile(r"@(certificate|key)\(([^)]+)\)")


@cache
def _pair(name: str) -> tuple[EllipticCurvePrivateKey, bytes]:
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(_START)
        .not_valid_after(_END)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    return key, builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def certificate(name: str) -> str:
    """PEM of a self-signed certificate for a host name, valid from 2020 to 2029; the same in one test run."""
    return _pair(name)[1].decode()


def private_key(name: str) -> str:
    """PEM of the key that belongs to `certificate(name)`."""
    return _pair(name)[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def filled_in(text: str) -> str:
    """A manifest with `@certificate(NAME)` and `@key(NAME)` replaced by quoted PEM texts."""

    def made(found: re.Match[str]) -> str:
        make = certificate if found[1] == "certificate" else private_key
        return json.dumps(make(found[2]))

    return _PLACEHOLDER.sub(made, text)
