"""A question to the request that a client would send for it, with curl's semantics: pure, and strict where Envoy is.

As curl does, a request without a User-Agent or Accept header gets curl's own: they may decide a match.
"""

from __future__ import annotations

from base64 import b64encode

from ambassador.explain.asking import header_lines, hosts, urls
from ambassador.explain.asking.question import BadRequest, Question, Understood, is_token, quoted
from ambassador.explain.request import Request

__all__ = ["BadRequest", "Question", "Understood", "remarks", "understand"]

_LOCAL = "127.0.0.1"
# Those that Envoy's HTTP/1 parser knows (MSEARCH is its spelling); it answers 400 to any other.
_METHODS = """
    ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE MSEARCH NOTIFY
    OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK
    UNSUBSCRIBE
"""
METHODS = frozenset(_METHODS.split())


def understand(question: Question) -> Request:
    """The request that is sent.

    Raises:
        BadRequest: there is none; one sentence says what is wrong and what to write instead.
    """
    url = urls.parse(question.url, path_as_is=question.path_as_is)
    lines = tuple(map(header_lines.parse, question.headers))
    authority, headers = header_lines.sent(_with_credentials(lines, url.credentials), url.authority)
    method = _method(question.method)
    header_lines.refuse_what_is_too_large(f"{method} {url.path} HTTP/1.1\r\n", (("host", authority), *headers))
    return Request(
        scheme=url.scheme,
        host=url.host,
        path=urls.target(question.target) if question.target else url.path,
        port=url.port,
        method=method,
        headers=headers,
        authority=authority,
        server_name=_server_name(url),
        client=hosts.address(question.client) if question.client else _LOCAL,
        http2=url.scheme == "https" and not question.http1,
    )


def remarks(question: Question) -> tuple[str, ...]:
    """What was taken otherwise than it was written, one sentence each. Raises BadRequest as `understand` does."""
    return urls.parse(question.url, path_as_is=question.path_as_is).notes


def _with_credentials(lines: tuple[header_lines.Line, ...], credentials: bytes) -> tuple[header_lines.Line, ...]:
    """A user in the URL is sent as a header, unless one is given."""
    if not credentials or any(line.name == "authorization" for line in lines):
        return lines
    return (header_lines.Line("authorization", "Basic " + b64encode(credentials).decode()), *lines)


def _method(text: str) -> str:
    method = text or "GET"
    if not is_token(method):
        raise BadRequest(f"the method {quoted(method)} is none: write one word, such as GET or POST")
    if method not in METHODS:
        if method.upper() in METHODS:
            raise BadRequest(f"the method {quoted(method)} gets 400 from Envoy: write {method.upper()}")
        raise BadRequest(f"the method {quoted(method)} is none that Envoy's HTTP/1 parser knows: it answers 400")
    if method == "CONNECT":
        raise BadRequest("CONNECT asks for a tunnel and not for a path: it cannot be explained")
    return method


def _server_name(url: urls.Url) -> str:
    if url.scheme != "https" or hosts.is_address(url.host):
        return ""
    return url.host.removesuffix(".")
