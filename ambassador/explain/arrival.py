"""Which listener and filter chain a connection gets (Envoy: FilterChainManagerImpl::findFilterChain)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ambassador.explain.explanation import Step, StepKind
from ambassador.explain.http2 import speaks_http2
from ambassador.explain.request import DEFAULT_PORTS, Request
from ambassador.ir.listener import FilterChain, Listener


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a connection arrives. `chain` None: it is closed before a request is read."""

    listener: Listener | None
    chain: FilterChain | None
    steps: tuple[Step, ...]


def arrive(listeners: tuple[Listener, ...], request: Request) -> Arrival:
    """As with curl: the URL's port, if a listener has it, else its scheme chooses the listener."""
    port = DEFAULT_PORTS[request.scheme] if request.port is None else request.port
    named = next((one for one in listeners if one.identity.port == port), None)
    listener = named or _by_scheme(listeners, request.scheme)
    if listener is None:
        return Arrival(None, None, (Step(StepKind.LISTENER, "no listener", _nobody(listeners, request)),))
    why = f"it has port {port}" if named else f"no listener has port {port}, and this one takes {request.scheme}"
    step = Step(StepKind.LISTENER, listener.label, f"{why[0].upper()}{why[1:]}.")
    if request.scheme == "http":
        return _cleartext(listener, step)
    return _secured(listener, request, step)


def _by_scheme(listeners: Iterable[Listener], scheme: str) -> Listener | None:
    """A listener with TLS takes cleartext as well; one without it comes first."""
    if scheme == "https":
        return next((one for one in listeners if has_tls(one)), None)
    return next((one for one in sorted(listeners, key=has_tls) if _cleartext_chain(one)), None)


def has_tls(listener: Listener) -> bool:
    """Whether a listener shows certificates."""
    return any(chain.certificates for chain in listener.chains)


def _cleartext_chain(listener: Listener) -> FilterChain | None:
    return next((chain for chain in listener.chains if not chain.certificates), None)


def _nobody(listeners: tuple[Listener, ...], request: Request) -> str:
    if not listeners:
        return "There is no listener at all."
    if request.scheme == "https":
        return "No listener has a certificate, so nothing answers HTTPS."
    return "No listener takes requests without TLS."


def _cleartext(listener: Listener, step: Step) -> Arrival:
    return Arrival(listener, _cleartext_chain(listener), (step,))


def _secured(listener: Listener, request: Request, step: Step) -> Arrival:
    name = request.server_name.lower()
    chain = next((one for pattern in _patterns(name) for one in listener.chains if _shows(one, pattern)), None)
    asked = f"the name {name}" if name else "a connection without a server name (SNI)"
    if chain is None:
        why = f"No certificate is for {asked}, so the TLS connection is closed."
        if not has_tls(listener):
            why = "It has no certificate, so a TLS connection is closed."
        return Arrival(listener, None, (step, Step(StepKind.CERTIFICATE, "no certificate", why)))
    pattern = chain.server_names[0] if chain.server_names else "any name"
    why = f"The server name is {pattern}." if pattern == name else f"It is for {pattern}, which takes {asked}."
    spoken = " It offers HTTP/2, which is spoken." if speaks_http2(request, chain) else ""
    return Arrival(listener, chain, (step, Step(StepKind.CERTIFICATE, ", ".join(chain.certificates), why + spoken)))


def _patterns(name: str) -> Iterable[str]:
    """The name itself, its wildcards from the longest on, and the chain for any name."""
    if name:
        yield name
        labels = name.split(".")
        yield from (f"*.{'.'.join(labels[number:])}" for number in range(1, len(labels)))
    yield ""


def _shows(chain: FilterChain, pattern: str) -> bool:
    return bool(chain.certificates) and (pattern in chain.server_names if pattern else not chain.server_names)
