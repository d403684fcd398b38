"""Where a request goes, and why not elsewhere."""

from __future__ import annotations

from flask import Response, request

from diag import passing
from diag.services import Services

_PARAMETERS = ("url", "curl", "method", "header", "client_ip")


def show(services: Services) -> Response:
    """By `url` (or `curl`, a whole command line), `method`, `header` (repeatable) and `client_ip`. The watcher judges
    them: what is no request gets its 400."""
    query = tuple((name, value) for name in _PARAMETERS for value in request.args.getlist(name))
    return passing.on(services, "/explain", query)
