"""What routes see of a request: Envoy's connection manager changes it before it looks for a route
(ConnectionManagerUtility::mutateRequestHeaders, normalizePath, normalizeHost). Seen on Envoy 1.40."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ambassador.explain import paths
from ambassador.explain.request import Request
from ambassador.features.client_address import ClientAddress
from ambassador.features.header_format import HeaderFormat
from ambassador.features.host_normalization import HostNormalization
from ambassador.features.path_normalization import PathNormalization
from ambassador.ir.listener import Listener

# Removed, because they are for this connection or for proxies only.
_NOT_FOR_ROUTES = frozenset({"connection", "keep-alive", "proxy-connection", "upgrade", "te", "transfer-encoding"})
_INTERNAL = frozenset(
    f"x-envoy-{name}"
    for name in (
        "retriable-status-codes",
        "retriable-header-names",
        "retry-on",
        "retry-grpc-on",
        "max-retries",
        "hedge-on-per-try-timeout",
        "upstream-alt-stat-name",
        "upstream-rq-timeout-ms",
        "upstream-rq-per-try-timeout-ms",
        "upstream-rq-timeout-alt-response",
        "expected-rq-timeout-ms",
        "ip-tags",
        "original-url",
        "original-path",
        "force-trace",
        "decorator-operation",
        "downstream-service-cluster",
        "downstream-service-node",
        "attempt-count",
        "internal",
    )
)
_DEFAULT_KIB = 60
_UNKNOWN = "(made by Envoy)"


@dataclass(frozen=True, slots=True)
class Seen:
    """`path` is normalized and without query; `query` are parameters as they are written, of each name the first.

    `host` is what virtual hosts are chosen by; `authority` the Host header. `upgrade`: the protocol asked for.
    """

    path: str
    query_text: str
    query: Mapping[str, str]
    method: str
    host: str
    authority: str
    headers: Mapping[str, str]
    scheme: str
    upgrade: str = ""

    @property
    def secure(self) -> bool:
        return self.headers.get("x-forwarded-proto") == "https"


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
    slashes = listener.features.get(PathNormalization) or PathNormalization()
    if slashes.reject_escaped_slashes and paths.has_escaped_slash(request.path):
        return Refused(400, "its path has an encoded slash (%2F or %5C), which the Module refuses")
    limit = (listener.features.get(HeaderFormat) or HeaderFormat()).max_request_kib or _DEFAULT_KIB
    if _size(request) > limit * 1024:
        return Refused(431, f"its headers are larger than {limit} KiB")
    path, query = paths.split_query(paths.normalized(request.path, merge_slashes=slashes.merge_slashes))
    authority = _authority(request, listener)
    headers = _headers(request, listener, path + query, authority, tls)
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


def _headers(request: Request, listener: Listener, path: str, authority: str, tls: bool) -> Mapping[str, str]:
    given: dict[str, str] = {}
    for name, value in request.headers:
        # Conditions see the values of repeated headers as one (HeaderUtility::getAllOfHeaderAsString).
        given[name] = f"{given[name]},{value}" if name in given else value
    client = listener.features.get(ClientAddress) or ClientAddress(use_remote_address=True)
    remote = client.use_remote_address is not False
    gone = _NOT_FOR_ROUTES | _INTERNAL if remote else _NOT_FOR_ROUTES
    kept = {name: value for name, value in given.items() if name not in gone}
    if given.get("te") == "trailers":
        kept["te"] = "trailers"
    own = "https" if tls else "http"
    if (remote and not client.trusted_hops) or "x-forwarded-proto" not in kept:
        kept["x-forwarded-proto"] = own
    if remote:
        kept["x-forwarded-for"] = ",".join(one for one in (kept.get("x-forwarded-for"), request.client) if one)
    kept["x-request-id"] = _UNKNOWN if remote else kept.get("x-request-id", _UNKNOWN)
    scheme = kept["x-forwarded-proto"] if kept["x-forwarded-proto"] in ("http", "https") else own
    return {**kept, ":path": path, ":method": request.method, ":authority": authority, ":scheme": scheme}


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
    tokens = [token.strip().lower() for token in headers.get("connection", "").split(",")]
    return headers.get("upgrade", "").lower() if "upgrade" in tokens else ""
