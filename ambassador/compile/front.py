"""What requests of a host meet before its routes: a redirect to HTTPS, a refusal, a wrong certificate's 421."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ambassador.compile.mappings import CLOSED
from ambassador.ir.route import Action, DirectResponse, PathKind, PathMatch, Redirect, Route, RouteMatch, Scheme
from ambassador.kinds.host import Insecure
from ambassador.model.values import ANY_HOST, authority_pattern

ACME_CHALLENGE = "/.well-known/acme-challenge/"
_ANY_PATH = PathMatch(PathKind.PREFIX, "/")
# Any port but 80, which HTTPS has no use for and Envoy leaves out.
_ODD_PORT = ":(?:[0-9]|[0-79][0-9]|8[1-9]|[0-9]{3,})"


@dataclass(frozen=True, slots=True)
class Front:
    """What a host's requests meet before any other route.

    `insecure`: what cleartext gets instead of them. `always_insecure`: every request of the Listener counts as
    cleartext. `misdirected`: which requests came by a connection whose client certificate was not asked for (421).
    `https_port`: where HTTPS is served, when the request named a port; 0 where it is not. `code` is the redirect's.
    `names`: an RE2 pattern on the host that the redirect is for; empty for all.
    """

    insecure: Insecure | None = None
    always_insecure: bool = False
    misdirected: Scheme | None = None
    closed: bool = False
    https_port: int = 0
    code: int = 301
    names: str = ""


def front_routes(front: Front) -> tuple[Route, ...]:
    """Routes before all others. They have no source of their own: the Host of the request's domain is it."""
    routes: list[Route] = []
    cleartext = Scheme.ANY if front.always_insecure else Scheme.INSECURE
    if front.insecure is Insecure.REDIRECT:
        routes += _redirects(front, cleartext)
    elif front.insecure is Insecure.REJECT:
        refusal = DirectResponse(400, "This host is served by HTTPS only.\n")
        routes.append(_fixed("cleartext-rejected", refusal, cleartext, acme=True))
    if front.misdirected:
        routes.append(_fixed("misdirected-request", DirectResponse(421), front.misdirected))
    if front.closed:
        routes.append(_fixed("host-closed", CLOSED, Scheme.ANY))
    return tuple(routes)


def _redirects(front: Front, cleartext: Scheme) -> Iterator[Route]:
    if front.https_port:
        named = authority_pattern(front.names, _ODD_PORT) if front.names else f".*{_ODD_PORT}"
        other_port = Redirect(https=True, port=front.https_port, code=front.code)
        yield _fixed("https-redirect-port", other_port, cleartext, authority=named, acme=True)
    named = authority_pattern(front.names) if front.names else ""
    yield _fixed("https-redirect", Redirect(https=True, code=front.code), cleartext, authority=named, acme=True)


def no_route() -> Route:
    """The answer to a request that no route of a host takes, where it must not go on to those of another."""
    return _fixed("no-route", DirectResponse(404), Scheme.ANY)


def _fixed(name: str, action: Action, scheme: Scheme, authority: str = "", acme: bool = False) -> Route:
    excluded = ACME_CHALLENGE if acme else ""
    match = RouteMatch(ANY_HOST, _ANY_PATH, authority=authority, excluded_prefix=excluded)
    return Route(name, None, match, action, scheme=scheme)
