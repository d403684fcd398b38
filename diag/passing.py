"""Hands the watcher's answers on as they are: bytes, status and ETag. Nothing is parsed, whatever its size."""

from __future__ import annotations

import json

from flask import Response, request

from diag.client import Query, Unavailable
from diag.services import Services


def on(services: Services, path: str, query: Query = ()) -> Response:
    """The watcher's answer to `path`. A 304 comes back when the caller's If-None-Match still holds.

    Raises:
        Unavailable: the watcher cannot be asked, or fails.
    """
    answer = services.watcher.get(path, query, etag=request.headers.get("If-None-Match", ""))
    if answer.status >= 500:
        answer.body.close()
        raise Unavailable(services.watcher.name, f"it failed with status {answer.status}")
    response = Response(answer.body, status=answer.status, content_type="application/json")
    if answer.etag:
        response.headers["ETag"] = answer.etag
    if answer.length and answer.status == 200:
        response.headers["Content-Length"] = answer.length
    return response


def found(response: Response, missing: str) -> Response:
    """The response; a 404 with a sentence of its own, since the path itself is known."""
    if response.status_code != 404:
        return response
    response.close()
    return Response(json.dumps({"error": missing}) + "\n", status=404, content_type="application/json")
