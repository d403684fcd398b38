"""What routes see of a request: Envoy's connection manager changes it before it looks for a route
(ConnectionManagerUtility::mutateRequestHeaders, normalizePath, normalizeHost). Seen on Envoy 1.40."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ambassador.explain import paths
from ambassador.explain.request import Request
from ambassador.explain.seen_headers import asked_upgrade, connection_fault, headers_kept, length_fault, unknown_coding
from ambassador.features.client_address import ClientAddress
from ambassador.features.header_format import HeaderFormat
from ambassador.features.host_normalization import HostNormalization
from ambassador.features.path_normalization import PathNormalization
from ambassador.ir.listener import Listener

# What Envoy takes for a Host header (nghttp2_check_authority).
_AUTHORITY = re.compile(r"[A-Za-z0-9!$%&'()*+,\-.:;=@\[\]_~]+")
_DEFAULT_KIB = 60
_MOST_HEADERS = 100


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
    refused = next(_refusals(request, listener), None)
    if refused is not None:
        return refused
    slashes = listener.features.get(PathNormalization) or PathNormalization()
    path, query = paths.split_query(paths.normalized(request.path, merge_slashes=slashes.merge_slashes))
    authority = _authority(request, listener)
    kept = headers_kept(request, listener.features.get(ClientAddress) or ClientAddress(), tls=tls)
    if kept["x-forwarded-proto"] == ("",):
        return Refused(404, "its X-Forwarded-Proto header is empty")
    headers = {**kept, ":path": (path + query,), ":method": (request.method,), ":authority": (authority,)}
    host = without_port(authority).lower()
    upgrade = asked_upgrade(request.headers)
    return Seen(path, query, parameters(query), request.method, host, authority, headers, request.scheme, upgrade)


def _refusals(request: Request, listener: Listener) -> Iterator[Refused]:
    """What Envoy answers before it looks for a route; the first of it."""
    fault = paths.fault_of(request.path)
    if fault:
        yield Refused(400, f"its path {fault}")
    if not _AUTHORITY.fullmatch(request.authority):
        yield Refused(400, "its Host header is no host" if request.authority else "it has no Host header")
    fault = connection_fault(request.headers) or length_fault(request.headers)
    if fault:
        yield Refused(400, fault)
    if unknown_coding(request.headers):
        yield Refused(501, "its Transfer-Encoding is not chunked")
    slashes = listener.features.get(PathNormalization)
    if slashes and slashes.reject_escaped_slashes and paths.has_escaped_slash(request.path):
        yield Refused(400, "its path has an encoded slash (%2F or %5C), which the Module refuses")
    limit = (listener.features.get(HeaderFormat) or HeaderFormat()).max_request_kib or _DEFAULT_KIB
    if _size(request) > limit * 1024:
        yield Refused(431, f"its headers are larger than {limit} KiB")
    if len(request.headers) >= _MOST_HEADERS:
        yield Refused(431, f"it has more than {_MOST_HEADERS} headers")


_LINE = len(": \r\n")


def _size(request: Request) -> int:
    """Bytes of the request line and all header lines, as Envoy counts them."""
    lines = (("host", request.authority), *request.headers)
    first = len(f"{request.method} {request.path} HTTP/1.1\r\n")
    return first + sum(len(name) + len(value.encode()) + _LINE for name, value in lines)


def without_port(authority: str) -> str:
    """The Host header up to its port (HeaderUtility::getPortStart)."""
    host, colon, port = authority.rpartition(":")
    return host if colon and "]" not in port else authority


def _authority(request: Request, listener: Listener) -> str:
    """The Host header without a trailing dot, and without the listener's own port where that is asked for."""
    text = _without_last_dot(request.authority)
    host = without_port(text)
    port = text[len(host) + 1 :]
    strips = listener.features.get(HostNormalization)
    own = strips is not None and strips.strip_port and port.isdecimal() and int(port) == listener.identity.port
    return host if own else text


def _without_last_dot(authority: str) -> str:
    """Without the dot at its end, or before its port (HeaderUtility::stripTrailingHostDot)."""
    before, dot, behind = authority.rpartition(".")
    return before + behind if dot and (not behind or behind.startswith(":")) else authority


def parameters(query: str) -> Mapping[str, str]:
    """Query parameters without any decoding; of a repeated one the first (QueryParamsMulti::parseQueryString)."""
    found: dict[str, str] = {}
    for part in query[1:].split("&") if len(query) > 1 else ():
        name, _, value = part.partition("=")
        found.setdefault(name, value)
    return found
