"""Host names of Ingresses: which certificate they show, and whether cleartext is sent to HTTPS.

A Host object that covers a name governs it; what is said here is for the names that none covers, and for certificates.
There is no default certificate: a name whose certificate can't be used is closed on HTTPS.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.compile.certificates import SecretRef, certificate, serves_name
from ambassador.compile.hosts import HostPlan, HostTls, hosts_by_pattern
from ambassador.compile.inherit import kind_defaults
from ambassador.compile.memo import Read
from ambassador.kinds.host import HostSpec, Insecure
from ambassador.kinds.ingress import IngressSpec, SslRedirect, TlsSpec, serves_any_host
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ANY_HOST

REDIRECT_CODE = 308


@dataclass(frozen=True, slots=True)
class NamedBy:
    """One Ingress on one host name. `certificate` is an SDS name, empty where `tls` is asked for and can't be had."""

    created: str
    key: ObjectKey
    tls: bool = False
    certificate: str = ""
    ssl_redirect: SslRedirect = SslRedirect.WITH_CERTIFICATE


def age(named: NamedBy) -> tuple[str, ObjectKey]:
    """The oldest first."""
    return named.created, named.key


def names_of(read: Read, ingress: IngressSpec) -> Iterable[tuple[str, NamedBy]]:
    """All names that an Ingress has rules or certificates for."""
    certificates = dict(tls_of(read, ingress).value)
    anyone = (ANY_HOST,) if serves_any_host(ingress) else ()
    for name in dict.fromkeys((*ingress.hosts, *anyone, *certificates)):
        known = name in certificates
        shown = certificates.get(name, "")
        yield name, NamedBy(ingress.created, ingress.key, known, shown, ingress.ssl_redirect)


def tls_of(read: Read, ingress: IngressSpec) -> Checked[tuple[tuple[str, str], ...]]:
    """Names that have TLS, each with its certificate's SDS name, empty for one that can't be used."""
    listed = {host for entry in ingress.tls for host in entry.hosts}
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for entry in ingress.tls:
        at = Cursor(ingress.key, None, (*entry.at, "secretName"))
        ref = SecretRef(at, ObjectKey("Secret", ingress.key.namespace, entry.secret))
        known = certificate(read, ref) if entry.secret else Checked("", (_no_secret(at),))
        names = entry.hosts or tuple(_covered(read, ingress, ref, listed))
        problems += [*known.problems, *_wrong_names(read, entry, ref, names)]
        for name in names:
            found[name] = found.get(name) or known.value
    return Checked(tuple(found.items()), tuple(problems))


def _no_secret(at: Cursor) -> Problem:
    message = "names no Secret, so HTTPS is served only where some Host has a certificate for any name: name one"
    return at.warning(Reason.NO_CERTIFICATE, message)


def _covered(read: Read, ingress: IngressSpec, ref: SecretRef, listed: set[str]) -> Iterable[str]:
    return (
        host for host in ingress.hosts if host not in listed and host != ANY_HOST and serves_name(read, ref.key, host)
    )


def _wrong_names(read: Read, entry: TlsSpec, ref: SecretRef, names: tuple[str, ...]) -> Iterable[Problem]:
    if not names:
        at = Cursor(ref.at.source, None, entry.at)
        message = "has no effect: it lists no hosts, and no other host of the rules is one of its certificate's"
        yield at.warning(Reason.NO_CERTIFICATE, message)
    for name in names if entry.secret else ():
        if not serves_name(read, ref.key, name):
            message = f"the certificate in Secret {ref.key.name} is not for {name}; clients will refuse it"
            yield ref.at.warning(Reason.NO_CERTIFICATE, message)


def plan_of(pattern: str, named: tuple[NamedBy, ...], wider: tuple[NamedBy, ...]) -> HostPlan | None:
    """How a name is served by the Ingresses that name it; `wider` are those that name its wildcard.

    The oldest certificate that can be used is shown. As with ingress-nginx a name under a wildcard with TLS has it too.
    """
    if not named:
        return None
    own = [one for one in named if one.tls]
    shown = next((one for one in own if one.certificate), own[0] if own else named[0])
    encrypted = bool(own) or any(one.tls for one in wider)
    always = any(one.ssl_redirect is SslRedirect.ALWAYS for one in named)
    never = all(one.ssl_redirect is SslRedirect.NEVER for one in named)
    insecure = Insecure.REDIRECT if always or (encrypted and not never) else Insecure.ROUTE
    tls = HostTls(shown.certificate, kind_defaults("Ingress.tls")) if shown.certificate else None
    return HostPlan(HostSpec(shown.key, pattern, insecure=insecure), tls, bool(own), REDIRECT_CODE)


def other_certificate(read: Read, ingress: IngressSpec, named: Iterable[tuple[str, HostPlan | None]]) -> list[Problem]:
    """Certificates of an Ingress that are not shown, because a Host or an older Ingress has another one."""
    own = dict(tls_of(read, ingress).value)
    by_pattern = read(hosts_by_pattern, None)
    problems: list[Problem] = []
    for name, plan in named:
        hosts = [host for host in by_pattern.get(name, ()) if host.tls and host.host.key]
        used = hosts[0] if hosts else plan
        if not own.get(name) or used is None or used.tls is None or used.tls.certificate == own[name]:
            continue
        at = Cursor(ingress.key, None, ("spec", "tls"))
        message = f"{used.host.key} has another certificate for {name}, which is shown instead; use the same one"
        problems.append(at.warning(Reason.CONFLICT, message))
    return problems
