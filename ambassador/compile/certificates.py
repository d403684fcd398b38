"""References to Secrets: which certificate a Host or TLSContext has, and whether it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ambassador.compile.inputs import HELD, NOW
from ambassador.compile.memo import Read, rule
from ambassador.compile.names import ca_name, secret_name
from ambassador.compile.objects import module, spec
from ambassador.compile.secrets import certificate_version
from ambassador.ir.secret import Secret, TlsCertificate, TrustedCa
from ambassador.kinds.secret import SecretSpec
from ambassador.kinds.tlscontext import TlsSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, Reason
from ambassador.model.values import ANY_HOST


@rule
def referenced(read: Read, key: ObjectKey) -> Checked[Any]:
    """What a Secret says that some object names. The keys that this is asked for are the Secrets that are needed."""
    return read(spec, key)


@rule
def secret(read: Read, name: str) -> Secret | None:
    """The SDS secret of a name; None when its Secret is gone or unusable."""
    is_ca = name.startswith("ca/")
    namespace, _, object_name = name.removeprefix("ca/").partition("/")
    found = read(referenced, ObjectKey("Secret", namespace, object_name)).value
    if not isinstance(found, SecretSpec):
        return None
    if is_ca:
        return TrustedCa(name, found.ca) if found.ca else None
    return _tls_certificate(name, found) if found.chain else None


def _tls_certificate(name: str, found: SecretSpec) -> TlsCertificate:
    return TlsCertificate(name, found.chain, found.private_key, found.fingerprint)


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A Secret as an object names it."""

    at: Cursor
    key: ObjectKey


def secret_ref(read: Read, at: Cursor, text: str, settings: TlsSpec, home: str = "") -> SecretRef:
    """`name` or `name.namespace`; whether a dot separates the namespace is a setting.

    `home` is the namespace of a bare name, where that is not the naming object's.
    """
    separated = settings.namespaced
    if separated is None:
        separated = read(module, None).secret_namespacing
    name, dot, namespace = text.rpartition(".") if separated else (text, "", "")
    if not dot:
        return SecretRef(at, ObjectKey("Secret", home or at.source.namespace, text))
    return SecretRef(at, ObjectKey("Secret", namespace, name))


def certificate(read: Read, ref: SecretRef) -> Checked[str]:
    """SDS name of a certificate; empty when it can't be used. An expired one is served, with a warning."""
    found = read(referenced, ref.key)
    label = f"Secret {ref.key.namespace}/{ref.key.name}"
    if not isinstance(found.value, SecretSpec):
        why = found.problems[0].message if found.problems else "it does not exist; create it or correct the name"
        return Checked("", (ref.at.error(Reason.INVALID_CERTIFICATE, f"{label} can't be used: {why}"),))
    if not found.value.chain:
        message = f"{label} holds no tls.crt and tls.key; put a certificate and its key into it"
        return Checked("", (ref.at.error(Reason.INVALID_CERTIFICATE, message),))
    name = secret_name(ref.key)
    if not found.value.private_key and read(HELD, name) != certificate_version(_tls_certificate(name, found.value)):
        message = (
            f"the private key of {label} was not kept over a restart: HTTPS is closed until the Secret is read again"
        )
        return Checked("", (ref.at.error(Reason.INVALID_CERTIFICATE, message),))
    info = found.value.info
    if info and info.not_after < read(NOW, None):
        message = f"the certificate in {label} expired on {info.not_after:%Y-%m-%d}; renew it"
        return Checked(name, (ref.at.warning(Reason.CERTIFICATE_EXPIRED, message),))
    return Checked(name)


def trusted_ca(read: Read, ref: SecretRef) -> Checked[str]:
    """SDS name of a CA; empty when it can't be used."""
    found = read(referenced, ref.key).value
    if isinstance(found, SecretSpec) and found.ca:
        return Checked(ca_name(ref.key))
    message = (
        f"Secret {ref.key.namespace}/{ref.key.name} holds no CA in ca.crt or tls.crt; create it or correct the name"
    )
    return Checked("", (ref.at.error(Reason.INVALID_CERTIFICATE, message),))


def serves_name(read: Read, key: ObjectKey, pattern: str) -> bool:
    """Whether a Secret's certificate is for a host pattern; one without any names is taken to be."""
    found = read(referenced, key).value
    if pattern == ANY_HOST or not isinstance(found, SecretSpec) or not found.info or not found.info.names:
        return True
    return any(_certifies(name.lower(), pattern) for name in found.info.names)


def _certifies(name: str, pattern: str) -> bool:
    """Clients let the star of a certificate stand for one label (RFC 9525 section 6.3)."""
    if name.startswith("*."):
        return pattern == name or (pattern.partition(".")[2] == name[2:] and not pattern.startswith("*"))
    return name == pattern
