"""Every mistake in the current revision, with the way out of it."""

from __future__ import annotations

from flask import Response

from diag import passing
from diag.services import Services


def show(services: Services) -> Response:
    return passing.on(services, "/problems")
