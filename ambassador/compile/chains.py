"""From Listener objects and Hosts to IR listeners: one filter chain per server name, and one for cleartext."""

from __future__ import annotations

from collections.abc import Iterable

from ambassador.compile.domains import DEFAULT, TableKey, bound_hosts, client_fingerprint, listener, listeners
from ambassador.compile.hosts import HostPlan, HostTls, by_name_alone, context_certificates
from ambassador.compile.inherit import kind_defaults, over
from ambassador.compile.inputs import OPTIONS, PORT_TAKEN
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import module
from ambassador.compile.served_names import ingress_certificates
from ambassador.features import FEATURES
from ambassador.features.access_log import AccessLogging
from ambassador.ir.features import FeatureBag, bag
from ambassador.ir.listener import FilterChain, Listener, ListenerIdentity
from ambassador.kinds.listener import ListenerSpec
from ambassador.model.keys import ObjectKey
from ambassador.model.values import ANY_HOST, split_port


@rule
def planned_listeners(read: Read, _: None) -> tuple[Listener, ...]:
    """All listeners that can be opened, each address once."""
    found: dict[ListenerIdentity, Listener] = {}
    for key in read(listeners, None):
        for one in read(listeners_of, key):
            if not read(PORT_TAKEN, one.identity):
                found.setdefault(one.identity, one)
    return tuple(found.values())


@rule
def listeners_of(read: Read, key: ObjectKey) -> tuple[Listener, ...]:
    """What one Listener object becomes; the default ones are two that share a route table."""
    spec = read(listener, key)
    if spec is None:
        return ()
    options = read(OPTIONS, None)
    cleartext, tls = _cleartext_chain(key), _tls_chains(read, key) if spec.tls else ()
    features = _features(read, spec)
    chains = (*tls, cleartext)
    if key == DEFAULT:
        http = ListenerIdentity(options.bind, options.http_port)
        https = ListenerIdentity(options.bind, options.https_port)
        secure = Listener(https, None, chains, inspects_tls=True, features=features)
        # Without any certificate there is nothing to say on the HTTPS port.
        return (Listener(http, None, (cleartext,), features=features), *((secure,) if tls else ()))
    identity = ListenerIdentity(options.bind, spec.port)
    return (Listener(identity, key, chains, spec.proxy_protocol, spec.tls, features),)


def _features(read: Read, spec: ListenerSpec) -> FeatureBag:
    """Settings of the connection manager: the Listener's over the Module's over our own."""
    settings = read(module, None).features
    shared = bag(config for config in settings.items if type(config) in _LISTENER_CONFIGS)
    logging = bag((AccessLogging(live=read(OPTIONS, None).live_traffic),))
    return over(spec.features, over(shared, over(logging, _DEFAULTS)))


_LISTENER_CONFIGS = frozenset(feature.config for feature in FEATURES if feature.on_listener)
_DEFAULTS = kind_defaults("Listener")


def _cleartext_chain(key: ObjectKey) -> FilterChain:
    return FilterChain("cleartext", (), TableKey(key).name)


def _tls_chains(read: Read, key: ObjectKey) -> tuple[FilterChain, ...]:
    """One chain per server name, so that a new certificate adds a chain and changes none."""
    found: dict[str, tuple[HostTls, str]] = {}
    bound = read(bound_hosts, key)
    for plan in sorted(bound, key=by_name_alone):
        name = split_port(plan.host.pattern)[0]
        if plan.tls and name not in found:
            found[name] = (plan.tls, client_fingerprint(plan))
    for pattern, tls in (*read(context_certificates, None), *read(ingress_certificates, None)):
        found.setdefault(pattern, (tls, ""))
    return tuple(_tls_chain(key, pattern, tls, client) for pattern, (tls, client) in sorted(found.items(), key=_name))


def _name(item: tuple[str, tuple[HostTls, str]]) -> str:
    return item[0]


def _tls_chain(key: ObjectKey, pattern: str, tls: HostTls, client: str) -> FilterChain:
    # Without server names a chain takes every connection that carries TLS, with or without SNI.
    names = () if pattern == ANY_HOST else (pattern,)
    return FilterChain(f"tls-{pattern}", names, TableKey(key, client).name, (tls.certificate,), tls.features)


@rule
def table_keys(read: Read, _: None) -> tuple[TableKey, ...]:
    """The route tables that listeners refer to."""
    found: dict[TableKey, None] = {}
    for key in read(listeners, None):
        spec = read(listener, key)
        bound = read(bound_hosts, key)
        clients = _clients(bound) if spec and spec.tls else ()
        for client in ("", *clients):
            found[TableKey(key, client)] = None
    return tuple(found)


def _clients(plans: Iterable[HostPlan]) -> Iterable[str]:
    return sorted({client_fingerprint(plan) for plan in plans} - {""})
