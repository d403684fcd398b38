"""Hosts with their certificates resolved, and which Host governs which name."""

from __future__ import annotations

from collections.abc import Mapping
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
from ambassador.model.values import ANY_HOST, split_port

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
    """A Host that can be served. `tls` None: cleartext only. `redirect_code` is that of its redirect to HTTPS."""

    host: HostSpec
    tls: HostTls | None = None
    wants_tls: bool = False
    redirect_code: int = 301


@dataclass(frozen=True, slots=True)
class _Settings:
    """TLS settings of a Host; bare names of Secrets in them are of namespace `home`."""

    spec: TlsSpec
    home: str
    context: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        return ("spec", "tlsContext") if self.context else ("spec", "tls")


@rule
def host_plan(read: Read, key: ObjectKey) -> Checked[HostPlan | None]:
    """One Host with its TLS settings resolved; without TLS when its certificate can't be used."""
    host = spec_as(read, key, HostSpec)
    if host is None:
        return Checked(None)
    settings = _settings(read, key, host)
    tls = settings.value.spec
    ref = _secret_of(read, key, host, settings.value)
    problems = (*settings.problems, *_other_secret(read, key, host, settings.value))
    closed = host.closed or tls.closed or any(problem.fails_closed for problem in problems)
    # Who demands client certificates and can't serve TLS must not be served without: by another Host's connections.
    demands = tls.client is not None
    if ref is None or closed or not has_server_name(host.pattern):
        shut = replace(host, closed=closed or demands)
        return Checked(
            HostPlan(shut), (*problems, *_no_certificate(key, host, ref), *_undemanded(key, demands and not closed))
        )
    found = certificate(read, ref)
    client = _client(read, key, settings.value)
    problems += found.problems + client.problems
    if not found.value or client.value is None:
        shut = replace(host, closed=demands)
        also = _undemanded(key, demands and client.value is not None)
        return Checked(HostPlan(shut, wants_tls=True), problems + also)
    features = over(bag([*_plain(tls), *client.value]), kind_defaults("TLSContext"))
    problems += _wrong_name(read, host, ref) + _in_cleartext(key, host, tls)
    return Checked(HostPlan(host, HostTls(found.value, features), wants_tls=True), problems)


def _undemanded(key: ObjectKey, demands: bool) -> tuple[Problem, ...]:
    if not demands:
        return ()
    at = Cursor(key, None, ("spec", "tlsSecret"))
    message = "client certificates are demanded and TLS can't be served, so this Host answers 500: mend its certificate"
    return (replace(at.error(Reason.INVALID_CERTIFICATE, message), fails_closed=True),)


def _in_cleartext(key: ObjectKey, host: HostSpec, tls: TlsSpec) -> tuple[Problem, ...]:
    if tls.client is None or not tls.client.required or host.insecure is not Insecure.ROUTE:
        return ()
    at = Cursor(key, None, ("spec", "requestPolicy", "insecure", "action"))
    message = "cleartext requests are served without the client certificate that HTTPS demands: use Redirect or Reject"
    return (at.warning(Reason.CONFLICT, message),)


def has_server_name(pattern: str) -> bool:
    """Whether TLS connections can be told by this name: Envoy knows stars for whole leading labels only."""
    host = split_port(pattern)[0]
    return host == ANY_HOST or "*" not in host.removeprefix("*.")


def _plain(settings: TlsSpec) -> list[FeatureConfig]:
    return [settings.tls] if settings.tls else []


def _settings(read: Read, key: ObjectKey, host: HostSpec) -> Checked[_Settings]:
    """`tlsContext`, else `tls`, else a TLSContext that is named after the Host."""
    if host.tls:
        return Checked(_Settings(host.tls, key.namespace))
    name = host.tls_context or f"{key.name}-context"
    found = [one for one in read(keys_of, "TLSContext") if one.name == name]
    found.sort(key=lambda one: one.namespace != key.namespace)
    context = spec_as(read, found[0], TlsContextSpec) if found else None
    if context:
        return Checked(_Settings(context.settings, context.key.namespace, context.key.name))
    if not host.tls_context and not found:
        return Checked(_Settings(TlsSpec(), key.namespace))
    at = Cursor(key, None, ("spec", "tlsContext", "name"))
    message = f"there is no usable TLSContext {name}; create it or correct the name"
    problem = replace(at.error(Reason.UNKNOWN_REFERENCE, message), fails_closed=True)
    return Checked(_Settings(TlsSpec(), key.namespace), (problem,))


def _secret_of(read: Read, key: ObjectKey, host: HostSpec, settings: _Settings) -> SecretRef | None:
    if host.secret:
        name, namespace = host.secret
        at = Cursor(key, None, ("spec", "tlsSecret", "name"))
        return SecretRef(at, ObjectKey("Secret", namespace or key.namespace, name))
    return _named_by(read, key, settings) if settings.spec.secret else None


def _named_by(read: Read, key: ObjectKey, settings: _Settings) -> SecretRef:
    path = settings.path if settings.context else (*settings.path, "secret")
    return secret_ref(read, Cursor(key, None, path), settings.spec.secret, settings.spec, settings.home)


def _other_secret(read: Read, key: ObjectKey, host: HostSpec, settings: _Settings) -> tuple[Problem, ...]:
    own = _secret_of(read, key, host, settings)
    if not host.secret or not settings.spec.secret or own is None:
        return ()
    other = _named_by(read, key, settings)
    if other.key == own.key:
        return ()
    message = f"Secret {other.key.namespace}/{other.key.name} has no effect beside tlsSecret; name one certificate only"
    return (other.at.warning(Reason.CONFLICT, message),)


def _client(read: Read, key: ObjectKey, settings: _Settings) -> Checked[list[ClientCertificate] | None]:
    client = settings.spec.client
    if client is None or not client.ca:
        return Checked([client] if client else [])
    path = settings.path if settings.context else (*settings.path, "ca_secret")
    ca = trusted_ca(read, secret_ref(read, Cursor(key, None, path), client.ca, settings.spec, settings.home))
    if not ca.value:
        return Checked(None, tuple(replace(problem, fails_closed=True) for problem in ca.problems))
    return Checked([replace(client, ca=ca.value)])


def _no_certificate(key: ObjectKey, host: HostSpec, ref: SecretRef | None) -> tuple[Problem, ...]:
    if ref is not None and not has_server_name(host.pattern):
        message = f"TLS can be served for *, whole names and *.example.com only, not for {host.pattern}"
        return (Cursor(key, None, ("spec", "hostname")).error(Reason.NO_CERTIFICATE, message),)
    if ref is not None or host.insecure is not Insecure.REDIRECT:
        return ()
    at = Cursor(key, None, ("spec", "tlsSecret"))
    message = (
        "redirects cleartext requests to HTTPS but has no certificate: name one in tlsSecret, "
        "or set requestPolicy.insecure.action to Route"
    )
    return (at.warning(Reason.NO_CERTIFICATE, message),)


def _wrong_name(read: Read, host: HostSpec, ref: SecretRef) -> tuple[Problem, ...]:
    if serves_name(read, ref.key, split_port(host.pattern)[0]):
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


def by_name_alone(plan: HostPlan) -> tuple[bool, tuple[str, ...]]:
    """Order of Hosts where connections are told by name: those that differ by port share the first one's TLS."""
    return bool(split_port(plan.host.pattern)[1]), plan.host.key or ()


@rule
def hosts_by_pattern(read: Read, _: None) -> Mapping[str, tuple[HostPlan, ...]]:
    """Hosts that have one pattern in common, in order of their keys."""
    found: dict[str, tuple[HostPlan, ...]] = {}
    for plan in read(hosts, None):
        found[plan.host.pattern] = (*found.get(plan.host.pattern, ()), plan)
    return found


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
    if context is None or not context.settings.hosts or context.settings.closed:
        return Checked(())
    settings = context.settings
    if not settings.secret:
        at = Cursor(key, None, ("spec", "hosts"))
        return Checked((), (at.warning(Reason.NO_CERTIFICATE, "hosts has no effect without a certificate in secret"),))
    if settings.client:
        # Which routes may be asked over such a connection is known only for Hosts.
        at = Cursor(key, None, ("spec", "hosts"))
        message = "client certificates are demanded for Hosts only: make a Host that names this TLSContext"
        return Checked((), (at.error(Reason.NOT_SUPPORTED, message),))
    found = certificate(read, secret_ref(read, Cursor(key, None, ("spec", "secret")), settings.secret, settings))
    if not found.value:
        return Checked((), found.problems)
    tls = HostTls(found.value, over(bag(_plain(settings)), kind_defaults("TLSContext")))
    at = Cursor(key, None, ("spec", "hosts"))
    partial = [host for host in settings.hosts if not has_server_name(host)]
    message = "can't be told by a TLS connection: write *, a whole name or *.example.com"
    problems = tuple(at.error(Reason.INVALID_VALUE, f"{host} {message}") for host in partial)
    served = dict.fromkeys(split_port(host)[0] for host in settings.hosts if has_server_name(host))
    return Checked(tuple((host, tls) for host in served), found.problems + problems)
