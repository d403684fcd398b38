"""Says before anything starts whether our ports can be had. Must run before Envoy: it shares a taken port silently."""

from __future__ import annotations

import dataclasses
import errno
import socket
from contextlib import ExitStack

from ambassador.errors import StartError, UsageError
from ambassador.settings import Settings

FLAGS = {
    "http_port": "--http-port",
    "https_port": "--https-port",
    "diag_port": "--diag-port",
    "admin_port": "--admin-port",
    "ready_port": "--ready-port",
}
# The others listen where --bind says. diag listens everywhere: kubelets ask it for health.
ADDRESSES = {"admin_port": "127.0.0.1", "ready_port": "127.0.0.1", "diag_port": "0.0.0.0"}


def choose(settings: Settings) -> Settings:
    """The same settings with a free port in place of each 0.

    Raises:
        UsageError: two ports are the same.
        StartError: a port is taken, or may not be opened; one line that names port and flag.
    """
    wanted = {name: getattr(settings, name) for name in FLAGS}
    _refuse_twins({name: port for name, port in wanted.items() if port})
    with ExitStack() as held:
        return dataclasses.replace(
            settings,
            http_port=_hold(held, settings, "http_port"),
            https_port=_hold(held, settings, "https_port"),
            diag_port=_hold(held, settings, "diag_port"),
            admin_port=_hold(held, settings, "admin_port"),
            ready_port=_hold(held, settings, "ready_port"),
        )


def _refuse_twins(wanted: dict[str, int]) -> None:
    seen: dict[int, str] = {}
    for name, port in wanted.items():
        if port in seen:
            raise UsageError(f"{FLAGS[seen[port]]} and {FLAGS[name]} are both {port}: give each its own port")
        seen[port] = name


def _hold(held: ExitStack, settings: Settings, name: str) -> int:
    port = getattr(settings, name)
    address = ADDRESSES.get(name, settings.bind)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    probe = held.enter_context(socket.socket(family, socket.SOCK_STREAM))
    # Reuse only what a connection in TIME_WAIT left behind; a listening socket, also one with SO_REUSEPORT, refuses.
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((address, port))
        probe.listen(1)
    except OSError as error:
        raise StartError(_refusal(error, name, address, port)) from error
    return int(probe.getsockname()[1])


def _refusal(error: OSError, name: str, address: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken: choose another with {FLAGS[name]}, or 0 for any free one"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has: choose another with {FLAGS[name]}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{address} is no address of this machine: choose another with --bind"
    return f"port {port} ({FLAGS[name]}) on {address} cannot be opened: {error.strerror}"
