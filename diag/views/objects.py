"""What became of each object: accepted or not, where, and which routes it gave."""

from __future__ import annotations

from flask import Response, request

from diag import passing
from diag.arguments import window
from diag.services import Services


def show(services: Services) -> Response:
    return passing.on(services, "/objects", window(request.args, ("q", "host", "limit", "offset")))
