"""Health for probes: one line, 200 or 503, within 100 ms while the parts answer. Never refused, never queued."""

from __future__ import annotations

from flask import Response

from diag.client import Unavailable
from diag.services import Services


def alive(services: Services) -> Response:
    """200 while the watcher says that it is alive. Envoy's death is supervisord's to mend, not the kubelet's."""
    try:
        health = services.watcher_health.answer()
    except Unavailable as error:
        return _line(503, f"Ambassador is not alive: {error}")
    if not health.alive:
        return _line(503, f"Ambassador is not alive: {health.message or 'the watcher says so'}")
    return _line(200, "Ambassador is alive and well")


def ready(services: Services) -> Response:
    """200 once Envoy acknowledged the first full configuration and its ready listener answers."""
    try:
        health = services.watcher_health.answer()
        envoy_ready = services.envoy_ready.answer()
    except Unavailable as error:
        return _line(503, f"Ambassador is not ready: {error}")
    if not health.ready:
        return _line(503, f"Ambassador is not ready: {health.message or 'the watcher says so'}")
    if not envoy_ready:
        return _line(503, "Ambassador is not ready: Envoy is starting or draining")
    return _line(200, "Ambassador is ready and waiting")


def _line(status: int, text: str) -> Response:
    return Response(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
