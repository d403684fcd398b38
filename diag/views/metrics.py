"""Prometheus text of the watcher and of Envoy, one after the other, as they arrive. One being gone leaves the other.

Envoy has some sixty series for each cluster, and does nothing else while it writes them out: whoever has thousands of
clusters asks for fewer.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator

from flask import Response, request

from diag.arguments import window
from diag.client import Part, Query, Unavailable
from diag.services import Services

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SCRAPE_TIMEOUT = 8.0
"""Seconds. Prometheus gives up after 10; Envoy with many clusters takes some of them before its first byte."""

_UP_HEAD = "# HELP ambassador_up Whether this part answered the scrape in full.\n# TYPE ambassador_up gauge\n"
_LOG = logging.getLogger("diag")


def show(services: Services) -> Response:
    """All of it; of Envoy's only what has ever changed with `usedonly`, and what a pattern finds with `filter`."""
    return Response(_text(services, window(request.args, ("usedonly", "filter"))), content_type=CONTENT_TYPE)


def _text(services: Services, of_envoy: Query) -> Iterator[bytes]:
    """`ambassador_up` comes last: only then is it known whether a part answered to its end."""
    up = []
    for label, part, path, query in (
        ("watcher", services.watcher, "/metrics", ()),
        ("envoy", services.admin, "/stats/prometheus", of_envoy),
    ):
        complete = yield from _whole_lines(part, path, query)
        up.append(f'ambassador_up{{part="{label}"}} {int(complete)}\n')
    yield (_UP_HEAD + "".join(up)).encode()


def _whole_lines(part: Part, path: str, query: Query) -> Generator[bytes, None, bool]:
    """Yields complete lines only: half a number would be a wrong number. Returns whether all of them came."""
    try:
        answer = part.get(path, query, timeout=SCRAPE_TIMEOUT)
    except Unavailable as error:
        _LOG.warning("metrics: %s", error)
        return False
    rest = b""
    try:
        for chunk in answer.body if answer.status == 200 else ():
            lines, newline, rest = (rest + chunk).rpartition(b"\n")
            if newline:
                yield lines + newline
        if rest:
            yield rest + b"\n"
    except Unavailable as error:
        _LOG.warning("metrics: %s", error)
        return False
    finally:
        answer.body.close()
    return answer.status == 200
