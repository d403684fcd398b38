"""Whether listeners can be opened. Envoy shares ports without a word (SO_REUSEPORT), so somebody has to look first."""

from __future__ import annotations

import asyncio
import errno
import http.client
import json
import socket
from collections.abc import Iterable

from ambassador.ir.listener import ListenerIdentity

_ADMIN_TIMEOUT = 2.0
_NO_SOCKET = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


def bind_fault(identity: ListenerIdentity) -> str:
    """Why an address can't be bound now; empty when it can, or when nobody knows (no socket to try with)."""
    family = socket.AF_INET6 if ":" in identity.address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Only forgives closed connections; a socket that listens refuses, also one with SO_REUSEPORT.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((identity.address, identity.port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "another program listens on it"
        return "" if error.errno in _NO_SOCKET else (error.strerror or str(error)).lower()
    return ""


async def held_by_envoy(admin_port: int, timeout: float = _ADMIN_TIMEOUT) -> frozenset[tuple[str, int]] | None:
    """Addresses that our own Envoy listens on already; none when there is no Envoy.

    None when it does not answer within `timeout` seconds: then nothing may be concluded from a port that is taken.
    """
    try:
        body = await asyncio.to_thread(_listeners, admin_port, timeout)
    except TimeoutError:
        return None
    except (OSError, http.client.HTTPException):
        return frozenset()
    return frozenset(_addresses(body))


def _listeners(admin_port: int, timeout: float) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", admin_port, timeout=timeout)
    try:
        connection.request("GET", "/listeners?format=json")
        return connection.getresponse().read()
    finally:
        connection.close()


def _addresses(body: bytes) -> Iterable[tuple[str, int]]:
    try:
        statuses = json.loads(body or b"{}").get("listener_statuses", [])
    except ValueError:
        return
    for status in statuses:
        address = status.get("local_address", {}).get("socket_address", {})
        if "port_value" in address:
            yield str(address.get("address", "")), int(address["port_value"])
