"""Where a request goes, and why not elsewhere: what the watcher says, and how Envoy finds the backends right now."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, request

from diag import passing
from diag.client import Part, Unavailable
from diag.services import Services

_PARAMETERS = ("url", "curl", "method", "header", "client_ip")
_ENVOY_SECONDS = 0.5
_HEALTHY = "HEALTHY"


def show(services: Services) -> Response:
    """By `url` (or `curl`, a whole command line), `method`, `header` (repeatable) and `client_ip`. The watcher judges
    them: what is no request gets its 400."""
    query = tuple((name, value) for name in _PARAMETERS for value in request.args.getlist(name))
    response = passing.on(services, "/explain", query)
    # Health changes within a revision.
    response.headers.pop("ETag", None)
    if response.status_code != 200:
        return response
    return Response(_with_health(services.admin, response.get_data()), content_type="application/json")


def _with_health(admin: Part, body: bytes) -> bytes:
    """The answer with `healthy`, how many endpoints of each backend Envoy would use; without it when nobody knows."""
    answer = json.loads(body)
    backends = list(_backends(answer))
    counts = _healthy(admin, {one["cluster"] for one in backends}) if backends else {}
    for one in backends:
        if one["cluster"] in counts:
            one["healthy"], one["endpoints"] = counts[one["cluster"]]
    return json.dumps(answer).encode()


def _backends(answer: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for route in (answer.get("winner") or {}, *answer.get("alternatives", ())):
        yield from route.get("backends", ())


def _healthy(admin: Part, names: set[str]) -> Mapping[str, tuple[int, int]]:
    """By cluster: endpoints that Envoy takes for healthy, and all that it has."""
    pattern = f"^({'|'.join(re.escape(name) for name in sorted(names))})$"
    try:
        answer = admin.get("/clusters", (("format", "json"), ("filter", pattern)), timeout=_ENVOY_SECONDS)
        statuses = json.loads(answer.body.read()).get("cluster_statuses", ())
    except (Unavailable, ValueError):
        return {}
    return {one["name"]: _counted(one.get("host_statuses", ())) for one in statuses}


def _counted(hosts: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    health = [one.get("health_status", {}) for one in hosts]
    return sum(_is_healthy(one) for one in health), len(health)


def _is_healthy(health: Mapping[str, Any]) -> bool:
    """Envoy names what is wrong with an endpoint; one that EDS calls degraded or worse is none (HostHealthStatus)."""
    wrong = any(value is True for value in health.values())
    return not wrong and health.get("eds_health_status", _HEALTHY) in (_HEALTHY, "UNKNOWN")
