"""Empties an Envoy before it is stopped: no request that was accepted gets cut off while there is time left.

Speaks to Envoy's admin endpoint only; must not start or stop processes.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

# New connections are taken for this share of the time (load balancers notice late); what is left is for requests
# in flight.
ACCEPTING_SHARE = 2 / 3
# Clients keep idle connections open for minutes. Nothing is lost when they are closed after such a silence.
SILENCE = 2.0
POLL = 0.1
# With thousands of clusters a look at them takes Envoy long, which has other work: it rests four times as long.
REST = 4.0

GAUGE = re.compile(r"(listener|http)\.(.+)\.downstream_(cx|rq)_active: (\d+)")
ACTIVE_GAUGES = "/stats?type=Gauges&filter=%5E(listener%7Chttp)%5C..*downstream_(cx%7Crq)_active%24"
OWN = ("admin", "ready")
FAULTS = (OSError, http.client.HTTPException)
"""What is raised when Envoy does not answer."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Open connections of clients, and how much of that is work: requests in flight and connections without HTTP."""

    connections: int
    busy: int


def activity(stats: str) -> Activity:
    """Reads `listener.NAME.downstream_cx_active: N` and `http.NAME.downstream_(cx|rq)_active: N` lines."""
    sums = {"listener cx": 0, "http cx": 0, "http rq": 0}
    for scope, name, what, count in GAUGE.findall(stats):
        per_thread = ".worker_" in name or name.endswith(".main_thread")
        if name not in OWN and not per_thread:
            sums[f"{scope} {what}"] = sums.get(f"{scope} {what}", 0) + int(count)
    without_http = max(0, sums["listener cx"] - sums["http cx"])
    return Activity(sums["listener cx"], sums["http rq"] + without_http)


@dataclass(frozen=True, slots=True)
class Admin:
    """Envoy's admin endpoint on loopback. Every call raises OSError or HTTPException when Envoy does not answer."""

    port: int

    def post(self, path: str) -> None:
        self._call("POST", path)

    def activity(self) -> Activity:
        return activity(self._call("GET", ACTIVE_GAUGES))

    def _call(self, method: str, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()


def drain(admin: Admin, timeout: float, pause: Callable[[float], bool]) -> None:
    """Fails health, asks clients to leave, waits for them, stops listening, waits for the rest.

    Args:
        admin: the Envoy to empty.
        timeout: seconds for all of it.
        pause: waits that many seconds; True means: stop draining at once.
    """
    start = time.monotonic()
    admin.post("/healthcheck/fail")
    # Responses begin to say "Connection: close"; with skip_exit the listeners stay open until the second call.
    admin.post("/drain_listeners?graceful&skip_exit")
    if _wait_for_quiet(admin, start + timeout * ACCEPTING_SHARE, pause):
        admin.post("/drain_listeners")
        _wait_for_quiet(admin, start + timeout, pause)


def _wait_for_quiet(admin: Admin, deadline: float, pause: Callable[[float], bool]) -> bool:
    """Until no connection is left, or none did anything for a while, or the deadline; False: told to stop."""
    last_busy = time.monotonic()
    while (now := time.monotonic()) < deadline:
        seen = admin.activity()
        looked = time.monotonic() - now
        if seen.busy:
            last_busy = now
        if not seen.connections or now - last_busy >= SILENCE:
            return True
        if pause(max(POLL, REST * looked)):
            return False
    return True
