"""What arrives at each route. It changes with every request: nobody keeps it."""

from __future__ import annotations

import json

from flask import Response, request

from diag import passing
from diag.arguments import window
from diag.services import Services

_OFF = json.dumps({"error": "requests are not counted: AMBASSADOR_LIVE_TRAFFIC is false"}) + "\n"


def show(services: Services) -> Response:
    """Counts by route; with `route` its last requests, too. 404 where nothing is counted.

    With `limit` only routes of a window of the table, which `q`, `host` and `offset` choose as they do there.
    """
    query = window(request.args, ("q", "host", "name", "route", "limit", "offset"))
    response = passing.on(services, "/traffic", query)
    if response.status_code == 404:
        response.close()
        response = Response(_OFF, status=404, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
