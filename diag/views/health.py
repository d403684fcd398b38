"""Health for probes: one line, 200 or 503, within 100 ms while the parts answer. Never refused, never queued."""

from __future__ import annotations

from typing import NamedTuple

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
    """200 once Envoy acknowledged the first full configuration and its ready listener answers.

    Then also while the watcher is away or begins anew: Envoy serves what it has, and a pod is not taken out of service
    (as a rule all of them at once) because nobody could tell it of changes.
    """
    missing = _missing(services)
    try:
        if not services.envoy_ready.answer():
            return _line(503, "Ambassador is not ready: Envoy is starting or draining")
        if missing and not (missing.passing and services.envoy_serves.answer()):
            return _line(503, f"Ambassador is not ready: {missing.why}")
    except Unavailable as error:
        return _line(503, f"Ambassador is not ready: {missing.why if missing else error}")
    return _line(200, f"Ambassador serves what it has: {missing.why}" if missing else "Ambassador is ready and waiting")


class _Missing(NamedTuple):
    """`passing`: what Envoy has from before counts meanwhile."""

    why: str
    passing: bool


def _missing(services: Services) -> _Missing | None:
    """Why the watcher does not call Envoy configured; None when it does."""
    try:
        health = services.watcher_health.answer()
    except Unavailable as error:
        return _Missing(str(error), passing=True)
    return None if health.ready else _Missing(health.message or "the watcher says so", not health.began)


def _line(status: int, text: str) -> Response:
    return Response(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
