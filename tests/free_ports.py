"""Ports for servers of tests. Below the range that the system takes outgoing connections from: of thousands of those
one may have any port of that range a moment later."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

_LOWEST = 10_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int) -> list[int]:
    """Different ports of 127.0.0.1 where nobody listens."""
    first_of_clients = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32768
    candidates = list(range(_LOWEST, max(first_of_clients, _LOWEST + 1000)))
    random.SystemRandom().shuffle(candidates)
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            probe = held.enter_context(socket.socket())
            port = candidates.pop()
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                found.append(port)
    return found


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]
