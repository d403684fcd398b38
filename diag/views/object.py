"""One object: its YAML with problems on their lines, what became of it, and what Envoy said of it."""

from __future__ import annotations

from flask import Response, request

from diag import passing
from diag.arguments import needed, window
from diag.services import Services


def show(services: Services) -> Response:
    """By `kind`, `namespace` (empty for objects of the whole cluster) and `name`; `field` is marked."""
    needed(request.args, ("kind", "name"))
    query = window(request.args, ("kind", "namespace", "name", "field"))
    return passing.found(passing.on(services, "/object", query), "there is no such object")
