"""A request back to one line of curl that asks the same, without what must not be shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote

from ambassador.explain.asking import header_lines, urls
from ambassador.explain.request import DEFAULT_PORTS, Headers, Request
from ambassador.model.sensitive import shown, without_credentials

_UNSENDABLE = re.compile(r"[^!-~]|#")


def to_curl(request: Request, connect_to: str = "") -> str:
    """One line for a shell that asks the same; what must not be shown of it is left out, and marked.

    Args:
        request: what to ask.
        connect_to: ADDRESS:PORT of a listener to ask there, whatever the URL's host and port are.
    """
    path = _UNSENDABLE.sub(lambda found: quote(found.group()), without_credentials(request.path))
    port = "" if request.port is None else f":{request.port}"
    url = f"{request.scheme}://{request.host}{port}{path}"
    words = ["curl", *_switches(request, path), *(["--connect-to", f"::{connect_to}"] if connect_to else [])]
    for line in _header_lines(request):
        words += ["-H", line]
    return shlex.join([*words, url])


def _switches(request: Request, path: str) -> Iterator[str]:
    if request.method == "HEAD":
        yield "-I"
    elif request.method != "GET":
        yield from ("-X", request.method)
    if request.scheme == "https" and not request.http2:
        yield "--http1.1"
    if urls.without_dots(path.partition("?")[0]) != path.partition("?")[0]:
        yield "--path-as-is"
    # curl takes these for several URLs in one.
    if re.search(r"[\[\]{}]", path):
        yield "-g"


def _header_lines(request: Request) -> Iterator[str]:
    port = "" if request.port in (None, DEFAULT_PORTS[request.scheme]) else f":{request.port}"
    if request.authority != request.host + port:
        yield f"host: {request.authority}" if request.authority else "host;"
    names = [name for name, _ in request.headers]
    yield from (f"{name}:" for name, _ in header_lines.DEFAULTS if name not in names)
    for name, value in request.headers[_unsaid(request.headers) :]:
        yield f"{name}: {shown(name, value)}" if value else f"{name};"


def _unsaid(headers: Headers) -> int:
    """How many headers, from the first on, curl sends without being told."""
    names = [name for name, _ in headers]
    count = 0
    for header in header_lines.DEFAULTS:
        if headers[count : count + 1] == (header,) and names.count(header[0]) == 1:
            count += 1
    return count
