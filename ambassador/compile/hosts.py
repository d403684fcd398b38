"""Hosts with their certificates resolved, and which Host governs which name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ambassador.compile.certificates import SecretRef, certificate, secret_ref, serves_name, trusted_ca
from ambassador.compile.inherit import kind_defaults, over
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import keys_of, spec, spec_as
from ambassador.features.client_certificate import ClientCertificate
from ambassador.ir.features import FeatureBag, FeatureConfig, bag
from ambassador.kinds.host import HostSpec, Insecure
from ambassador.kinds.secret import SecretSpec
from ambassador.kinds.tlscontext import TlsContextSpec, TlsSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, Problem, Reason
from ambassador.model.values import ANY_HOST

FALLBACK_SECRET = "fallback-self-signed-cert"


@dataclass(frozen=True, slots=True)
class HostTls:
    """TLS for one server name. `certificate` is an SDS name; `client` demands client certificates."""

    certificate: str
    features: FeatureBag

    @property
    def client(self) -> ClientCertificate | None:
        return self.features.get(ClientCertificate)


@dataclass(frozen=True, slots=True)
class HostPlan:
    """A Host that can be served. `tls` None: cleartext only."""

    host: HostSpec
    tls: HostTls | None = None
    wants_tls: bool = False


@rule
def host_plan(read: Read, key: ObjectKey) -> Checked[HostPlan | None]:
    """One Host with its TLS settings resolved; without TLS when its certificate can't be used."""
    host = spec_as(read, key, HostSpec)
    if host is None:
        return Checked(None)
    settings = _settings(read, host)
    ref = _secret_of(read, host, settings.value)
    problems = settings.problems
    closed = host.closed or any(problem.fails_closed for problem in problems)
    if ref is None or settings.value.closed or closed:
        closed = closed or settings.value.closed
        return Checked(HostPlan(replace(host, closed=closed)), (*problems, *_no_certificate(host, ref)))
    found = certificate(read, ref)
    problems += found.problems
    client = _client(read, host, settings.value)
    problems += client.problems
    if not found.value or client.value is None:
        # Without its CA nobody could be let in, and without its certificate nobody be greeted.
        shut = client.value is None
        return Checked(HostPlan(replace(host, closed=host.closed or shut), wants_tls=True), problems)
    features = over(bag([*_plain(settings.value), *client.value]), kind_defaults("TLSContext"))
    problems += _wrong_name(read, host, ref)
    return Checked(HostPlan(host, HostTls(found.value, features), wants_tls=True), problems)


def _plain(settings: TlsSpec) -> list[FeatureConfig]:
    return [settings.tls] if settings.tls else []


def _settings(read: Read, host: HostSpec) -> Checked[TlsSpec]:
    """`tlsContext`, else `tls`, else a TLSContext that is named after the Host."""
    assert host.key is not None  # only Host objects are planned here
    if host.tls:
        return Checked(host.tls)
    name = host.tls_context or f"{host.key.name}-context"
    found = [key for key in read(keys_of, "TLSContext") if key.name == name]
    found.sort(key=lambda key: key.namespace != host.key.namespace if host.key else False)
    context = spec_as(read, found[0], TlsContextSpec) if found else None
    if context:
        secret = f"{context.settings.secret}.{context.key.namespace}" if context.settings.secret else ""
        same = "." in context.settings.secret or context.key.namespace == host.key.namespace
        return Checked(context.settings if same else replace(context.settings, secret=secret))
    if not host.tls_context:
        return Checked(TlsSpec())
    at = Cursor(host.key, None, ("spec", "tlsContext", "name"))
    message = f"there is no usable TLSContext {name}; create it or correct the name"
    return Checked(TlsSpec(), (replace(at.error(Reason.UNKNOWN_REFERENCE, message), fails_closed=True),))


def _secret_of(read: Read, host: HostSpec, settings: TlsSpec) -> SecretRef | None:
    assert host.key is not None
    if host.secret:
        name, namespace = host.secret
        at = Cursor(host.key, None, ("spec", "tlsSecret", "name"))
        return SecretRef(at, ObjectKey("Secret", namespace or host.key.namespace, name))
    if settings.secret:
        at = Cursor(host.key, None, ("spec", "tls", "secret") if host.tls else ("spec", "tlsContext"))
        return secret_ref(read, at, settings.secret, settings)
    return None


def _client(read: Read, host: HostSpec, settings: TlsSpec) -> Checked[list[ClientCertificate] | None]:
    client = settings.client
    if client is None or not client.ca:
        return Checked([client] if client else [])
    assert host.key is not None
    at = Cursor(host.key, None, ("spec", "tls", "ca_secret") if host.tls else ("spec", "tlsContext"))
    ca = trusted_ca(read, secret_ref(read, at, client.ca, settings))
    if not ca.value:
        return Checked(None, tuple(replace(problem, fails_closed=True) for problem in ca.problems))
    return Checked([replace(client, ca=ca.value)])


def _no_certificate(host: HostSpec, ref: SecretRef | None) -> tuple[Problem, ...]:
    if ref is not None or host.insecure is not Insecure.REDIRECT or host.key is None:
        return ()
    at = Cursor(host.key, None, ("spec", "tlsSecret"))
    message = (
        "redirects cleartext requests to HTTPS but has no certificate: name one in tlsSecret, "
        "or set requestPolicy.insecure.action to Route"
    )
    return (at.warning(Reason.NO_CERTIFICATE, message),)


def _wrong_name(read: Read, host: HostSpec, ref: SecretRef) -> tuple[Problem, ...]:
    if serves_name(read, ref.key, host.pattern):
        return ()
    message = f"the certificate in Secret {ref.key.name} is not for {host.pattern}; clients will refuse it"
    return (ref.at.warning(Reason.NO_CERTIFICATE, message),)


@rule
def hosts(read: Read, _: None) -> tuple[HostPlan, ...]:
    """All Hosts that can be served, in order of their keys; the default Host when there is no Host object at all."""
    keys = read(keys_of, "Host")
    if not keys:
        return (_default_host(read),)
    plans = [read(host_plan, key).value for key in keys]
    return tuple(plan for plan in plans if plan)


def _default_host(read: Read) -> HostPlan:
    """`*`: redirected to HTTPS if there is a fallback certificate, else served as it comes."""
    # The empty selector takes every Mapping, also one that names no host.
    open_host = HostSpec(None, ANY_HOST, insecure=Insecure.ROUTE, selector=())
    key = ObjectKey("Secret", read(OPTIONS, None).namespace, FALLBACK_SECRET)
    found = read(spec, key).value
    if not isinstance(found, SecretSpec) or not found.chain:
        return HostPlan(open_host)
    usable = certificate(read, SecretRef(Cursor(key, None), key))
    tls = HostTls(usable.value, kind_defaults("TLSContext"))
    return HostPlan(replace(open_host, insecure=Insecure.REDIRECT), tls, wants_tls=True)


@rule
def context_certificates(read: Read, _: None) -> tuple[tuple[str, HostTls], ...]:
    """Certificates that TLSContexts give to server names of their own."""
    found: dict[str, HostTls] = {}
    for key in read(keys_of, "TLSContext"):
        planned = read(context_plan, key).value
        for pattern, tls in planned:
            found.setdefault(pattern, tls)
    return tuple(sorted(found.items(), key=lambda item: item[0]))


@rule
def context_plan(read: Read, key: ObjectKey) -> Checked[tuple[tuple[str, HostTls], ...]]:
    """Server names of one TLSContext with its certificate; none when it can't be used."""
    context = spec_as(read, key, TlsContextSpec)
    if context is None or not context.settings.hosts or not context.settings.secret or context.settings.closed:
        return Checked(())
    settings = context.settings
    if settings.client:
        # Which routes may be asked over such a connection is known only for Hosts.
        at = Cursor(key, None, ("spec", "hosts"))
        message = "client certificates are demanded for Hosts only: make a Host that names this TLSContext"
        return Checked((), (at.error(Reason.NOT_SUPPORTED, message),))
    found = certificate(read, secret_ref(read, Cursor(key, None, ("spec", "secret")), settings.secret, settings))
    if not found.value:
        return Checked((), found.problems)
    tls = HostTls(found.value, over(bag(_plain(settings)), kind_defaults("TLSContext")))
    return Checked(tuple((host, tls) for host in settings.hosts), found.problems)
