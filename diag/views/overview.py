"""The state at a glance: the watcher's overview joined with what Envoy says about itself.

The only report that is parsed: it is small. Its ETag is a digest of all but the clocks, because Envoy's state changes
(acknowledged, refused, gone) while the revision stays the same.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import Response, request

from diag.client import Part, Unavailable
from diag.services import Services

ENVOY_TIMEOUT = 0.5


def show(services: Services) -> Response:
    """Overview as JSON. Without the watcher 503, which still tells whether Envoy answers."""
    try:
        overview = joined(services)
    except Unavailable as error:
        return _json({"error": str(error), "envoy": {"process": envoy_process(services.admin)}}, 503)
    response = _json(overview, 200)
    response.set_etag(_digest(overview))
    response.make_conditional(request.environ)
    return response


def joined(services: Services) -> dict[str, Any]:
    """The watcher's overview, with Envoy's word on itself as `envoy.process`.

    Raises:
        Unavailable: the watcher cannot be asked, or its answer cannot be read.
    """
    overview = read(services.watcher)
    return {**overview, "envoy": {**overview.get("envoy", {}), "process": envoy_process(services.admin)}}


def read(watcher: Part) -> dict[str, Any]:
    """The watcher's overview as it is.

    Raises:
        Unavailable: the watcher cannot be asked, or its answer cannot be read.
    """
    answer = watcher.get("/overview")
    body = answer.body.read()
    try:
        overview = json.loads(body) if answer.status == 200 else None
    except ValueError as error:
        raise Unavailable(watcher.name, "its overview cannot be read") from error
    if not isinstance(overview, dict):
        raise Unavailable(watcher.name, f"it failed with status {answer.status}")
    return overview


def envoy_process(admin: Part) -> dict[str, Any]:
    """Envoy's word on itself: `{answers, state, version, uptime_seconds}`; only `{answers: false}` when it is gone."""
    try:
        info = json.loads(admin.get("/server_info", timeout=ENVOY_TIMEOUT).body.read())
        return {
            "answers": True,
            "state": str(info["state"]),
            "version": _short_version(str(info["version"])),
            "uptime_seconds": _seconds(info.get("uptime_current_epoch", "0s")),
        }
    except (Unavailable, ValueError, KeyError, TypeError):
        return {"answers": False}


def _short_version(text: str) -> str:
    """`<commit>/1.40.0/Clean/RELEASE/BoringSSL` → `1.40.0`."""
    parts = text.split("/")
    return parts[1] if len(parts) > 1 else text


def _seconds(text: object) -> int:
    digits = str(text).removesuffix("s").split(".")[0]
    return int(digits) if digits.isdecimal() else 0


def _digest(overview: dict[str, Any]) -> str:
    envoy = overview["envoy"]
    process = {name: value for name, value in envoy["process"].items() if name != "uptime_seconds"}
    still = {**overview, "uptime_seconds": None, "envoy": {**envoy, "process": process}}
    return hashlib.sha256(json.dumps(still, sort_keys=True).encode()).hexdigest()[:16]


def _json(value: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(value) + "\n", status=status, content_type="application/json")
