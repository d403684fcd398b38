"""Mistakes in the current revision, with the way out of each: all, some, or those of one object."""

from __future__ import annotations

from flask import Response, request

from diag import passing
from diag.arguments import window
from diag.services import Services


def show(services: Services) -> Response:
    query = window(request.args, ("kind", "namespace", "name", "limit", "offset"))
    return passing.on(services, "/problems", query)
