"""What would match a route: requests that reach it."""

from __future__ import annotations

from flask import Response, request

from diag import passing
from diag.arguments import needed, window
from diag.services import Services


def show(services: Services) -> Response:
    """By `route`, the name that Envoy and its access log have for it."""
    needed(request.args, ("route",))
    response = passing.on(services, "/example", window(request.args, ("route",)))
    return passing.found(response, "there is no such route")
