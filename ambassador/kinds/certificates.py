"""What PEM texts hold: certificates, and the public part of private keys. The only module that asks cryptography.

A module of its own, since most watchers of plain HTTP never need it.
"""

from __future__ import annotations

import warnings
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.utils import CryptographyDeprecationWarning


def certificates(pem: bytes) -> list[x509.Certificate]:
    """The certificates of a chain; none when it is not readable."""
    try:
        with warnings.catch_warnings():
            # Odd but usable certificates only warn; Envoy judges them too.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            return x509.load_pem_x509_certificates(pem)
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm):
        return []


def public_part(pem: bytes) -> bytes | None:
    """The public key that belongs to a private one; None when that is not readable."""
    try:
        # Looking for the primes of an RSA key takes 20 times as long as all else, and Envoy looks again.
        key = load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
        return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def certified_key(certificate: x509.Certificate) -> bytes | None:
    """The public key that a certificate is for; None when it is of a kind that is not known."""
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None


def said(certificate: x509.Certificate) -> tuple[str, tuple[str, ...], datetime]:
    """Subject, names and end of a certificate."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(extension.value.get_values_for_type(x509.DNSName))
    except (x509.ExtensionNotFound, ValueError):
        names = ()
    try:
        subject = certificate.subject.rfc4514_string()
    except ValueError:
        subject = ""
    return subject, names, certificate.not_valid_after_utc


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()
