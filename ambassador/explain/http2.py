"""What changes where client and Envoy speak HTTP/2: by ALPN, as curl and browsers offer it, when the certificate's
settings offer it as well. Of cleartext connections HTTP/1.1 is told."""

from __future__ import annotations

from dataclasses import replace

from ambassador.explain.request import Request
from ambassador.features.tls_downstream import DownstreamTls
from ambassador.ir.listener import FilterChain

# RFC 9113 section 8.2.2: clients leave them out.
_OF_CONNECTIONS = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
_OFFERED = ("h2", "http/1.1")


def speaks_http2(request: Request, chain: FilterChain) -> bool:
    """Whether a connection goes on with HTTP/2: Envoy's order decides among what both offer (RFC 7301 section 3.2)."""
    tls = chain.tls.get(DownstreamTls)
    known = [one for one in (tls.options.alpn if tls else ()) if one in _OFFERED]
    return request.http2 and known[:1] == ["h2"]


def over_http2(request: Request) -> Request:
    """The request as it is sent: without headers of connections, and with one Cookie header (RFC 9113 section
    8.2.3)."""
    kept = [(name, value) for name, value in request.headers if name not in _OF_CONNECTIONS]
    cookies = "; ".join(value for name, value in kept if name == "cookie")
    rest = tuple((name, value) for name, value in kept if name != "cookie")
    return replace(request, headers=(*rest, ("cookie", cookies)) if cookies else rest)
