"""The parts and probes that every view gets as its argument. Made once per app, never changed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from diag.client import Part, Query, Unavailable, envoy, watcher
from diag.probe import Probe
from diag.settings import Settings

_OWN_LISTENERS = 1
"""Those of the bootstrap: the ready listener."""


@dataclass(frozen=True, slots=True)
class WatcherHealth:
    """The watcher's own word on itself, and what the Module says about who may see the page.

    `began`: this process of it gives Envoy a configuration; until then Envoy has that of an earlier one, or none.
    """

    alive: bool
    ready: bool
    began: bool
    message: str
    diagnostics_enabled: bool
    allow_non_local: bool


@dataclass(frozen=True, slots=True)
class Services:
    """`ready` is a separate listener of Envoy: it answers 200 while Envoy takes traffic, and fails while it drains.

    `envoy_serves`: whether Envoy has a whole configuration, whoever gave it.
    """

    settings: Settings
    watcher: Part
    admin: Part
    ready: Part
    watcher_health: Probe[WatcherHealth]
    envoy_ready: Probe[bool]
    envoy_serves: Probe[bool]


def build(settings: Settings, clock: Callable[[], float] = time.monotonic) -> Services:
    """Wires the parts. Opens nothing: each question makes its own connection."""
    report = watcher(settings.report_socket)
    ready = envoy(settings.ready_port, "ready listener")
    admin = envoy(settings.admin_port, "admin API")
    return Services(
        settings=settings,
        watcher=report,
        admin=admin,
        ready=ready,
        watcher_health=Probe(lambda timeout: _watcher_health(report, timeout), clock),
        envoy_ready=Probe(lambda timeout: _answers_200(ready, timeout), clock),
        envoy_serves=Probe(lambda timeout: _serves(admin, timeout), clock),
    )


def _watcher_health(report: Part, timeout: float) -> WatcherHealth:
    body = report.get("/health", timeout=timeout).body.read()
    try:
        health = json.loads(body)
        diagnostics = health.get("diagnostics", {})
        return WatcherHealth(
            alive=health["alive"] is True,
            ready=health["ready"] is True,
            began=health.get("revision") != 0 and health.get("connected") is not False,
            message=" ".join(str(health.get("message", "")).split()),
            diagnostics_enabled=diagnostics.get("enabled", True) is True,
            allow_non_local=diagnostics.get("allow_non_local", False) is True,
        )
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise Unavailable(report.name, "its health report cannot be read") from error


def _answers_200(part: Part, timeout: float) -> bool:
    answer = part.get("/ready", timeout=timeout)
    answer.body.close()
    return answer.status == 200


def _serves(admin: Part, timeout: float) -> bool:
    """A listener is active when its routes and certificates have arrived; until then `/init_dump` names it.

    Both answer at once, however many clusters there are. Statistics would hold Envoy up for a quarter of a second at
    10,000 of them.
    """
    warming = _body(admin, "/init_dump", (("mask", "listener"),), timeout)
    active = _body(admin, "/listeners", (), timeout).splitlines()
    return b"unready_targets_dumps" not in warming and len(active) > _OWN_LISTENERS


def _body(admin: Part, path: str, query: Query, timeout: float) -> bytes:
    answer = admin.get(path, query, timeout=timeout)
    body = answer.body.read()
    if answer.status != 200:
        raise Unavailable(admin.name, f"{path} is answered {answer.status}")
    return body
