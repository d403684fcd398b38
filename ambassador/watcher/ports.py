"""Whether listeners can be opened. Envoy shares ports without a word (SO_REUSEPORT), so somebody has to look first."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
from collections.abc import Iterable

from ambassador.ir.listener import ListenerIdentity

_ADMIN_TIMEOUT = 2.0


def bind_fault(identity: ListenerIdentity) -> str:
    """Why an address can't be bound now; empty when it can. SO_REUSEADDR only forgives closed connections."""
    family = socket.AF_INET6 if ":" in identity.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((identity.address, identity.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "another program listens on it"
            return (error.strerror or str(error)).lower()
    return ""


async def held_by_envoy(admin_port: int) -> frozenset[tuple[str, int]]:
    """Addresses that our own Envoy listens on already; none when it can't be asked."""
    try:
        async with asyncio.timeout(_ADMIN_TIMEOUT):
            reader, writer = await asyncio.open_connection("127.0.0.1", admin_port)
            writer.write(b"GET /listeners?format=json HTTP/1.0\r\nHost: admin\r\n\r\n")
            answer = await reader.read(-1)
            writer.close()
    except (OSError, TimeoutError):
        return frozenset()
    return frozenset(_addresses(answer.partition(b"\r\n\r\n")[2]))


def _addresses(body: bytes) -> Iterable[tuple[str, int]]:
    try:
        statuses = json.loads(body or b"{}").get("listener_statuses", [])
    except ValueError:
        return
    for status in statuses:
        address = status.get("local_address", {}).get("socket_address", {})
        if "port_value" in address:
            yield str(address.get("address", "")), int(address["port_value"])
