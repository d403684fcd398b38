"""The routing table in evaluation order, or a window of it."""

from __future__ import annotations

from flask import Response, request

from diag import passing
from diag.arguments import window
from diag.services import Services


def show(services: Services) -> Response:
    return passing.on(services, "/routes", window(request.args, ("q", "host", "limit", "offset")))
