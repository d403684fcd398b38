"""Secret: certificates, keys and CAs. What is in a certificate is read by `certificates`, if there is one."""

from __future__ import annotations

import base64
import binascii
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from ambassador.ir.secret import Redacted
from ambassador.kinds.contract import KindSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason

_CERTIFICATE, _KEY, _CA = "tls.crt", "tls.key", "ca.crt"
_SEAL = "sealedBy"
"""Where a sealed Secret has the digest of its key: no field of Kubernetes."""

_PEM = re.compile(rb"-----BEGIN ((?:X509 )?CERTIFICATE)-----[A-Za-z0-9+/=\s]*-----END \1-----")


@dataclass(frozen=True, slots=True)
class CertificateInfo:
    """What people and checks want to know of a chain's first certificate."""

    subject: str
    names: tuple[str, ...]
    not_after: datetime


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """Usable parts of a Secret; `ca` is what clients are judged by.

    `chain` and `private_key` are both there or both empty, but for a sealed Secret: of its key only `fingerprint`, a
    digest, is known.
    """

    key: ObjectKey
    chain: bytes = field(default=b"", repr=False)
    private_key: Redacted = Redacted()
    fingerprint: str = ""
    ca: bytes = field(default=b"", repr=False)
    info: CertificateInfo | None = None


def parse(source: SourceObject) -> Checked[SecretSpec | None]:
    """Reads a Secret; those that hold nothing for TLS are none of our business and give an empty spec."""
    data = _data(source)
    problems = data.problems
    held = data.value
    fingerprint = _sealed_with(source)
    if fingerprint and _KEY not in held:
        return _sealed_spec(source, held, fingerprint)
    if _KEY not in held:
        ca = _ca(source, held)
        return Checked(SecretSpec(source.key, ca=ca.value), problems + ca.problems)
    pair = _pair(source, held)
    if pair.value is None:
        return Checked(None, problems + pair.problems)
    ca = _ca(source, {_CA: held[_CA]} if _CA in held else {})
    chain, key = held[_CERTIFICATE], held[_KEY]
    spec = SecretSpec(source.key, chain, Redacted(key), _digest(key), ca.value or chain, pair.value)
    return Checked(spec, problems + pair.problems + ca.problems)


def sealed(source: SourceObject) -> SourceObject | None:
    """A Secret without anything secret: its certificates, and a digest of its private key in place of the key.

    None when no certificate is in it. Judges nothing, so that it is cheap and fails on no Secret: whether key and
    certificate belong together shows when the Envoy that holds them is asked.
    """
    held = _data(source).value
    public = {name: pem for name, pem in held.items() if name != _KEY and _PEM.search(pem)}
    if not public:
        return None
    data = {name: base64.b64encode(pem).decode() for name, pem in public.items()}
    content = {name: source.content[name] for name in ("apiVersion", "kind") if name in source.content}
    content |= {"metadata": {"name": source.key.name, "namespace": source.key.namespace}, "data": data}
    if _KEY in held:
        content[_SEAL] = _digest(held[_KEY])
    return replace(source, digest=f"sealed-{source.digest}", content=content)


def is_sealed(source: SourceObject) -> bool:
    """Whether a Secret's private key is not known, only its digest."""
    return source.key.kind == "Secret" and bool(_sealed_with(source))


def _sealed_with(source: SourceObject) -> str:
    digest = source.content.get(_SEAL)
    return digest if isinstance(digest, str) else ""


def _sealed_spec(source: SourceObject, held: Mapping[str, bytes], fingerprint: str) -> Checked[SecretSpec | None]:
    chain = held.get(_CERTIFICATE, b"")
    found = _reader().certificates(chain)
    if not found:
        return Checked(None, (_fault(source, _CERTIFICATE, "tls.crt holds no readable PEM certificate"),))
    return Checked(SecretSpec(source.key, chain, Redacted(), fingerprint, held.get(_CA) or chain, _info(found[0])))


def _digest(key: bytes) -> str:
    return blake2b(key, digest_size=16).hexdigest()


def _data(source: SourceObject) -> Checked[Mapping[str, bytes]]:
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    for part in ("data", "stringData"):
        raw = source.content.get(part)
        for name, text in raw.items() if isinstance(raw, Mapping) else ():
            if name not in (_CERTIFICATE, _KEY, _CA):
                continue
            value = _decoded(text) if part == "data" else str(text).encode()
            if value is None:
                at = Cursor(source.key, None, (part, str(name)))
                problems.append(at.error(Reason.INVALID_CERTIFICATE, f"{name} must be base64; use stringData for PEM"))
            else:
                found[name] = value if name == _KEY else _public(value)
    return Checked(found, tuple(problems))


def _public(pem: bytes) -> bytes:
    """The certificates alone: bundles for other servers have the private key beside them, which nobody may see."""
    alone = b"".join(one.group() + b"\n" for one in _PEM.finditer(pem))
    return pem if not alone or alone.strip() == pem.strip() else alone


def _decoded(text: object) -> bytes | None:
    try:
        return base64.b64decode(str(text).encode(), validate=False) if isinstance(text, str) else None
    except binascii.Error:
        return None


def _pair(source: SourceObject, held: Mapping[str, bytes]) -> Checked[CertificateInfo | None]:
    if not held.get(_CERTIFICATE):
        message = "tls.crt is missing beside tls.key; add the certificate that belongs to the key"
        return Checked(None, (_fault(source, _CERTIFICATE, message),))
    chain = _reader().certificates(held[_CERTIFICATE])
    if not chain:
        return Checked(None, (_fault(source, _CERTIFICATE, "tls.crt holds no readable PEM certificate"),))
    public = _reader().public_part(held[_KEY])
    if public is None:
        return Checked(None, (_fault(source, _KEY, "tls.key holds no readable unencrypted PEM private key"),))
    certified = _reader().certified_key(chain[0])
    if certified is None:
        return Checked(None, (_fault(source, _CERTIFICATE, "tls.crt holds a key of a kind that is not known"),))
    if public != certified:
        message = "tls.key does not belong to the first certificate in tls.crt; put the matching pair into the Secret"
        return Checked(None, (_fault(source, _KEY, message),))
    return Checked(_info(chain[0]))


def _fault(source: SourceObject, name: str, message: str) -> Problem:
    """A problem with one part, where it is written: stringData wins over data, as in Kubernetes."""
    texts = source.content.get("stringData")
    part = "stringData" if isinstance(texts, Mapping) and (name in texts or "data" not in source.content) else "data"
    return Cursor(source.key, None, (part, name)).error(Reason.INVALID_CERTIFICATE, message)


def described(pem: bytes) -> tuple[CertificateInfo, str] | None:
    """What a chain's first certificate says, and its SHA-256 fingerprint; None when there is none."""
    found = _reader().certificates(pem)
    return (_info(found[0]), _reader().fingerprint(found[0])) if found else None


def _info(certificate: Any) -> CertificateInfo:
    return CertificateInfo(*_reader().said(certificate))


def _reader() -> Any:
    # Imported only where there are certificates: what reads them takes 5 MB of memory.
    return importlib.import_module("ambassador.kinds.certificates")


def _ca(source: SourceObject, held: Mapping[str, bytes]) -> Checked[bytes]:
    # Ambassador keeps a CA in tls.crt of a Secret of its own; ca.crt is what cert-manager writes.
    name = _CA if _CA in held else _CERTIFICATE
    pem = held.get(name, b"")
    if pem and not _reader().certificates(pem):
        return Checked(b"", (_fault(source, name, f"{name} holds no readable PEM certificate"),))
    return Checked(pem)


KIND = KindSpec("Secret", "certificates, keys and CAs", (), parse, groups=("",))
