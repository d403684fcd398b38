"""What Envoy's connection manager leaves, changes and adds of a request's headers before routes look at them
(ConnectionManagerUtility::mutateRequestHeaders, cleanInternalHeaders). Each list was asked of Envoy 1.40."""

from __future__ import annotations

from collections.abc import Mapping

from ambassador.explain.request import Headers, Request
from ambassador.features.client_address import ClientAddress
from ambassador.features.single_headers import JOINED
from ambassador.model.values import is_address

Values = Mapping[str, tuple[str, ...]]
"""Values by name in lower case; more than one where a header is repeated."""

# For this connection or for proxies only, or set by Envoy alone.
_REMOVED = """
connection keep-alive proxy-connection upgrade te transfer-encoding x-forwarded-client-cert x-envoy-internal
x-envoy-original-url x-envoy-expected-rq-timeout-ms x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-ip-tags
x-envoy-max-retries x-envoy-retriable-header-names x-envoy-retriable-status-codes x-envoy-retry-grpc-on x-envoy-retry-on
x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-alt-response
x-envoy-upstream-rq-timeout-ms x-envoy-upstream-stream-duration-ms
"""
# Removed at the edge, which is where the connection's peer is taken for the client.
_REMOVED_AT_EDGE = """
x-envoy-original-path x-envoy-decorator-operation x-envoy-downstream-service-cluster x-envoy-downstream-service-node
"""
_HOP = frozenset(_REMOVED.split())
_EDGE = _HOP.union(_REMOVED_AT_EDGE.split())
_UNKNOWN = "(made by Envoy)"
# What a Connection header may name although it is no header to be removed, and what it must not name
# (Utility::sanitizeConnectionHeader).
_OPTIONS = frozenset({"close", "connection", "http2-settings", "keep-alive", "te", "upgrade"})
_PROTECTED = frozenset({"host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"})
_MOST_NAMED = 9
_OF_UPGRADES = frozenset({"connection", "te", "upgrade"})
"""Left as they are where an upgrade is asked for."""


def headers_kept(request: Request, client: ClientAddress, *, tls: bool) -> Values:
    """The headers that conditions of routes are compared with, `:scheme` among them."""
    given = _given(request.headers)
    remote, hops = client.use_remote_address is not False, client.trusted_hops or 0
    own = "https" if tls else "http"
    kept = _kept(given, _EDGE if remote else _HOP)
    if kept.get("expect", ("",))[0].lower() == "100-continue":
        # Envoy itself tells the client to go on.
        del kept["expect"]
    if (remote and not hops) or "x-forwarded-proto" not in kept:
        kept["x-forwarded-proto"] = (own,)
    if remote:
        # For a client on loopback Envoy names an address of its own machine here, which nobody else knows.
        before = kept.get("x-forwarded-for", ("",))[0]
        kept["x-forwarded-for"] = (_joined(before, request.client),)
        kept["x-envoy-external-address"] = (_trusted(before, hops) or request.client,)
    if remote or "x-request-id" not in kept:
        kept["x-request-id"] = (_UNKNOWN,)
    scheme = kept["x-forwarded-proto"][0].lower()
    return {**kept, ":scheme": (scheme if scheme in ("http", "https") else own,)}


def _kept(given: Values, removed: frozenset[str]) -> dict[str, tuple[str, ...]]:
    if _upgrade(given):
        return {name: values for name, values in given.items() if name not in removed - _OF_UPGRADES}
    gone = removed.union(_nominated(given)) - _OPTIONS | removed
    kept = {name: values for name, values in given.items() if name not in gone}
    codings = _tokens(given.get("te", ("none",))[0])
    if "trailers" in codings or codings == [""]:
        kept["te"] = ("trailers" if "trailers" in codings else "",)
    return kept


def connection_fault(headers: Headers) -> str:
    """Why Envoy answers 400 to a Connection header, as the end of a sentence; empty when it does not."""
    named = _nominated(_given(headers))
    if len(named) > _MOST_NAMED:
        return f"its Connection header names more than {_MOST_NAMED} headers"
    found = next((name for name in named if name in _PROTECTED or name.startswith(":")), "")
    return f"its Connection header names {found}, which must not be removed" if found else ""


def length_fault(headers: Headers) -> str:
    """Why Envoy answers 400 to a Content-Length header, as the end of a sentence; empty when it does not."""
    wrong = any(name == "content-length" and not (value.isascii() and value.isdecimal()) for name, value in headers)
    return "its Content-Length is no number" if wrong else ""


def unknown_coding(headers: Headers) -> bool:
    """Whether a request over HTTP/1.1 has a transfer coding that Envoy does not know."""
    return any(name == "transfer-encoding" and value.lower() != "chunked" for name, value in headers)


def asked_upgrade(headers: Headers) -> str:
    """The protocol that the client wants to go on with, when its Connection header says so, too."""
    return _upgrade(_given(headers))


def _upgrade(given: Values) -> str:
    if "upgrade" not in _named(given) or "upgrade" not in given:
        return ""
    protocol = given["upgrade"][0].lower()
    # Envoy passes over the one to HTTP/2.
    return "" if protocol == "h2c" else protocol or "an empty protocol"


def _nominated(given: Values) -> list[str]:
    """What a Connection header names as its own. Where an upgrade is asked for Envoy does not look at it."""
    return [] if _upgrade(given) else _named(given)


def _named(given: Values) -> list[str]:
    return [name for name in _tokens(given.get("connection", ("",))[0]) if name]


def _given(headers: Headers) -> Values:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        before = found.get(name, ())
        found[name] = (_joined(before[0], value),) if before and name in JOINED else (*before, value)
    return found


def _joined(one: str, other: str) -> str:
    """Empty values leave no comma (HeaderMapImpl::appendToHeader)."""
    return f"{one},{other}" if one and other else one or other


def _trusted(forwarded: str, hops: int) -> str:
    """The address that the last trusted proxy has seen; empty when nobody said."""
    addresses = [one.strip() for one in forwarded.split(",")]
    found = addresses[-hops] if 0 < hops <= len(addresses) else ""
    return found if is_address(found) else ""


def _tokens(value: str) -> list[str]:
    return [token.strip().lower() for token in value.split(",")]
