"""Whether Envoy has activated clusters, asked of its admin endpoint on 127.0.0.1.

Nothing in ADS says for sure that a cluster has left warming. Measured with Envoy 1.40 and 10,000 clusters: a look
at a few clusters by an anchored `name_regex` takes 1–5 ms, the list of warming clusters 16 ms, `/stats` with a filter
90–200 ms. Only reads; never polls when nobody waits.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from urllib.parse import quote

_CAP = 2.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.003, 0.05
# Envoy compiles the name pattern with RE2 and refuses long ones: more names than this are looked up as "not warming".
_FEW = 2
_MAX_ANSWER = 64 * 1024 * 1024


def await_activation(port: int, cap: float = _CAP) -> Callable[[frozenset[str]], Awaitable[frozenset[str]]]:
    """A function that waits until at least one of the clusters is active, and returns those that are not.

    All of them are returned after `cap` seconds. `port` is Envoy's admin port; an admin endpoint that does not answer
    counts as "not active".
    """

    async def wait(names: frozenset[str]) -> frozenset[str]:
        pause, left = _FIRST_PAUSE, names
        try:
            async with asyncio.timeout(cap):
                while names and (left := await _still_inactive(port, names)) == names:
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, _LONGEST_PAUSE)
        except TimeoutError:
            return names
        return left

    return wait


async def _still_inactive(port: int, names: frozenset[str]) -> frozenset[str]:
    """Of these clusters those that are not active; all of them when Envoy cannot be asked."""
    if len(names) <= _FEW:
        pattern = "|".join(re.escape(name) for name in sorted(names))
        active = await _dumped(port, f"resource=dynamic_active_clusters&name_regex={quote(pattern, safe='')}")
        if active is not None:
            return names - active
    warming = await _dumped(port, "resource=dynamic_warming_clusters")
    return names if warming is None else names & warming


async def _dumped(port: int, query: str) -> frozenset[str] | None:
    """Names of the clusters in a part of Envoy's configuration dump; None when there is no usable answer."""
    try:
        body = await _get(port, f"/config_dump?{query}")
        configs = json.loads(body).get("configs", []) if body is not None else None
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
        return None
    return None if configs is None else frozenset(str(config["cluster"]["name"]) for config in configs)


async def _get(port: int, path: str) -> bytes | None:
    """Body of a 200 answer, None for another status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_MAX_ANSWER)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            return None
        return await _chunks(reader) if b"transfer-encoding: chunked" in head else await reader.read()
    finally:
        writer.close()


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    return b"".join(parts)
