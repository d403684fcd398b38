"""Certificates made on the spot. Elliptic keys, because they cost no time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as PEM."""

    certificate: str
    key: str

    @property
    def der(self) -> bytes:
        """The certificate as a TLS client sees it."""
        return x509.load_pem_x509_certificate(self.certificate.encode()).public_bytes(Encoding.DER)

    def file(self, folder: Path, name: str) -> Path:
        """Both in one file, as Python's ssl wants them."""
        path = folder / f"{name}.pem"
        path.write_text(self.certificate + self.key)
        return path


def issue(*names: str, issuer: Pair | None = None, authority: bool = False, weak: bool = False) -> Pair:
    """A certificate for some host names; self-signed without an issuer. `weak`: a key that Envoy does not take."""
    key = rsa.generate_private_key(65537, 1024) if weak else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    signed_by, signing_key = subject, key
    if issuer:
        signed_by = x509.load_pem_x509_certificate(issuer.certificate.encode()).subject
        loaded = load_pem_private_key(issuer.key.encode(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signing_key = loaded
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signed_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(signing_key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Pair(certificate.public_bytes(Encoding.PEM).decode(), private.decode())
