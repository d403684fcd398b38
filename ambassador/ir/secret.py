"""Certificates and keys, in types that do not print what they hold."""

from __future__ import annotations

from dataclasses import dataclass


class Redacted(bytes):
    """Bytes that never show in a repr, a log or a page."""

    def __repr__(self) -> str:
        return "[redacted]"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class TlsCertificate:
    """A certificate chain with its key (both PEM), sent to Envoy by SDS under `name`.

    `fingerprint` is a digest of the key. When only that is known, `key` is empty: the certificate can't be sent, but
    an Envoy that holds it may keep it.
    """

    name: str
    chain: bytes
    key: Redacted
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class TrustedCa:
    """CA certificates (PEM) that peers are judged by, sent to Envoy by SDS under `name`."""

    name: str
    certificates: bytes


Secret = TlsCertificate | TrustedCa
