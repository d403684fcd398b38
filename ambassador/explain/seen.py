"""What routes see of a request: Envoy's connection manager changes it before it looks for a route
(ConnectionManagerUtility::mutateRequestHeaders, normalizePath, normalizeHost). Seen on Envoy 1.40."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ambassador.explain import paths
from ambassador.explain.request import Headers, Request
from ambassador.features.client_address import ClientAddress
from ambassador.features.header_format import HeaderFormat
from ambassador.features.host_normalization import HostNormalization
from ambassador.features.path_normalization import PathNormalization
from ambassador.ir.listener import Listener
from ambassador.model.values import is_address

# Removed, because they are for this connection or for proxies only, or are set by Envoy alone.
_NOT_FOR_ROUTES = frozenset(
    "connection keep-alive proxy-connection upgrade te transfer-encoding x-forwarded-client-cert x-envoy-internal "
    "x-envoy-original-url x-envoy-expected-rq-timeout-ms x-envoy-force-trace x-envoy-hedge-on-per-try-timeout "
    "x-envoy-ip-tags x-envoy-max-retries x-envoy-retriable-header-names x-envoy-retriable-status-codes "
    "x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms "
    "x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms x-envoy-upstream-stream-duration-ms".split()
)
# Removed at the edge, which is where Envoy takes the connection's peer for the client.
_NOT_FROM_CLIENTS = frozenset(
    f"x-envoy-{name}"
    for name in "original-path decorator-operation downstream-service-cluster downstream-service-node".split()
)
# Of these Envoy keeps one entry, to which further values are added behind a comma. Others keep each value.
_ONE_ENTRY = _NOT_FROM_CLIENTS.union(
    "accept accept-encoding access-control-request-headers access-control-request-method "
    "access-control-request-private-network authorization cache-control cdn-loop content-encoding content-type expect "
    "grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin "
    "pragma referer te user-agent via x-client-trace-id x-envoy-attempt-count x-envoy-external-address "
    "x-envoy-is-timeout-retry x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-request-id".split()
)
# What Envoy takes for a Host header (nghttp2_check_authority).
_AUTHORITY = re.compile(r"[A-Za-z0-9!$%&'()*+,\-.:;=@\[\]_~]+")
_MOST_HEADERS = 100
_DEFAULT_KIB = 60
_UNKNOWN = "(made by Envoy)"


@dataclass(frozen=True, slots=True)
class Seen:
    """`path` is normalized and without query; `query` are parameters as they are written, of each name the first.

    `host` is what virtual hosts are chosen by; `authority` the Host header. `headers` are values by name, more than one
    where a header is repeated. `upgrade`: the protocol asked for.
    """

    path: str
    query_text: str
    query: Mapping[str, str]
    method: str
    host: str
    authority: str
    headers: Mapping[str, tuple[str, ...]]
    scheme: str
    upgrade: str = ""

    @property
    def secure(self) -> bool:
        return self.header("x-forwarded-proto") == "https"

    def header(self, name: str) -> str:
        """The first value of a header, empty where there is none."""
        return self.headers.get(name, ("",))[0]


@dataclass(frozen=True, slots=True)
class Refused:
    """Envoy answers before it looks for a route. `because` ends a sentence on the request."""

    status: int
    because: str


def see(request: Request, listener: Listener, *, tls: bool) -> Seen | Refused:
    """The request as routes of this listener see it."""
    fault = paths.fault_of(request.path)
    if fault:
        return Refused(400, f"its path {fault}")
    if not _AUTHORITY.fullmatch(request.authority):
        return Refused(400, "its Host header is no host" if request.authority else "it has no Host header")
    slashes = listener.features.get(PathNormalization) or PathNormalization()
    if slashes.reject_escaped_slashes and paths.has_escaped_slash(request.path):
        return Refused(400, "its path has an encoded slash (%2F or %5C), which the Module refuses")
    limit = (listener.features.get(HeaderFormat) or HeaderFormat()).max_request_kib or _DEFAULT_KIB
    if _size(request) > limit * 1024:
        return Refused(431, f"its headers are larger than {limit} KiB")
    if len(request.headers) >= _MOST_HEADERS:
        return Refused(431, f"it has more than {_MOST_HEADERS} headers")
    path, query = paths.split_query(paths.normalized(request.path, merge_slashes=slashes.merge_slashes))
    authority = _authority(request, listener)
    headers = _headers(request, listener, path + query, authority, tls)
    if headers["x-forwarded-proto"] == ("",):
        return Refused(404, "its X-Forwarded-Proto header is empty")
    host = without_port(authority).lower()
    upgrade = _upgrade(request)
    return Seen(path, query, parameters(query), request.method, host, authority, headers, request.scheme, upgrade)


def _size(request: Request) -> int:
    return len(request.path) + sum(len(name) + len(value) for name, value in request.headers)


def without_port(authority: str) -> str:
    """The Host header up to its port (HeaderUtility::getPortStart)."""
    host, colon, port = authority.rpartition(":")
    return host if colon and "]" not in port else authority


def _authority(request: Request, listener: Listener) -> str:
    """The Host header without a trailing dot, and without the listener's own port where that is asked for."""
    host = without_port(request.authority)
    port = request.authority[len(host) :]
    strips = listener.features.get(HostNormalization)
    if strips and strips.strip_port and port == f":{listener.identity.port}":
        port = ""
    return host.removesuffix(".") + port


def _headers(
    request: Request, listener: Listener, path: str, authority: str, tls: bool
) -> Mapping[str, tuple[str, ...]]:
    given = _given(request.headers)
    client = listener.features.get(ClientAddress) or ClientAddress(use_remote_address=True)
    remote = client.use_remote_address is not False
    gone = _NOT_FOR_ROUTES | _NOT_FROM_CLIENTS if remote else _NOT_FOR_ROUTES
    kept = {name: values for name, values in given.items() if name not in gone}
    if "trailers" in _tokens(given.get("te", ("",))[0]):
        kept["te"] = ("trailers",)
    own = "https" if tls else "http"
    if (remote and not client.trusted_hops) or "x-forwarded-proto" not in kept:
        kept["x-forwarded-proto"] = (own,)
    if remote:
        before = kept.get("x-forwarded-for", ("",))[0]
        kept["x-forwarded-for"] = (f"{before},{request.client}" if before else request.client,)
        kept["x-envoy-external-address"] = (_trusted(before, client.trusted_hops or 0) or request.client,)
    if remote or "x-request-id" not in kept:
        kept["x-request-id"] = (_UNKNOWN,)
    forwarded = kept["x-forwarded-proto"][0].lower()
    scheme = forwarded if forwarded in ("http", "https") else own
    return {**kept, ":path": (path,), ":method": (request.method,), ":authority": (authority,), ":scheme": (scheme,)}


def _given(headers: Headers) -> Mapping[str, tuple[str, ...]]:
    """Values by name, as Envoy holds those of repeated headers."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        before = found.get(name, ())
        found[name] = (f"{before[0]},{value}",) if before and name in _ONE_ENTRY else (*before, value)
    return found


def _trusted(forwarded: str, hops: int) -> str:
    """The address that the last trusted proxy has seen; empty when nobody said."""
    addresses = [one.strip() for one in forwarded.split(",")]
    found = addresses[-hops] if 0 < hops <= len(addresses) else ""
    return found if is_address(found) else ""


def _tokens(value: str) -> list[str]:
    return [token.strip().lower() for token in value.split(",")]


def parameters(query: str) -> Mapping[str, str]:
    """Query parameters without any decoding; of a repeated one the first (QueryParamsMulti::parseQueryString)."""
    found: dict[str, str] = {}
    for part in query[1:].split("&") if len(query) > 1 else ():
        name, _, value = part.partition("=")
        found.setdefault(name, value)
    return found


def _upgrade(request: Request) -> str:
    """The protocol that the client wants to go on with, when its Connection header says so, too."""
    headers = dict(request.headers)
    asked = "upgrade" in _tokens(headers.get("connection", ""))
    return headers.get("upgrade", "").lower() if asked else ""
