"""Sends requests at a bounded rate until its time is over or SIGTERM comes, then prints one JSON line. Runs in a pod.

argv[1]: {"seconds": 60, "flows": [FLOW…]}; a FLOW: {name, address, port, host, path, rate, connections, reuse, sni,
timeout}. Every flow keeps at most `connections` requests under way, `rate` a second in all; `reuse` says whether a
connection is used again. A request fails when no whole answer with status 200 comes within `timeout` seconds; nothing
is tried twice. Printed: by flow the count of requests, of each status, of failures (with when they began and ended, in
seconds since the epoch), the slowest answer and how often each pod answered.
"""

import asyncio
import json
import signal
import ssl
import sys
import time
from collections import Counter
from typing import Any

MOST_TOLD = 5000


class Flow:
    """One sort of request, and what became of it."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.statuses: Counter[str] = Counter()
        self.pods: Counter[str] = Counter()
        self.failures: list[dict[str, Any]] = []
        self.slowest = 0.0
        self.durations: list[float] = []

    @property
    def request(self) -> bytes:
        fields = [f"GET {self.asked['path']} HTTP/1.1", f"host: {self.asked['host']}"]
        fields += [] if self.asked["reuse"] else ["connection: close"]
        return "\r\n".join(fields).encode() + b"\r\n\r\n"

    @property
    def tls(self) -> ssl.SSLContext | None:
        if not self.asked.get("sni"):
            return None
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def note(self, status: int, body: bytes, began: float, what: str) -> None:
        ended = time.time()
        self.statuses[str(status or what)] += 1
        if status == 200:
            self.slowest = max(self.slowest, ended - began)
            self.durations.append(ended - began)
            self.pods[pod_of(body)] += 1
        else:
            self.failures.append({"began": began, "ended": ended, "what": what or f"status {status}"})

    def told(self) -> dict[str, Any]:
        ordered = sorted(self.durations)
        return {
            "requests": sum(self.statuses.values()),
            "statuses": dict(self.statuses),
            "failed": len(self.failures),
            "failures": self.failures[:MOST_TOLD],
            "median_ms": round(1000 * ordered[len(ordered) // 2], 2) if ordered else None,
            "p99_ms": round(1000 * ordered[len(ordered) * 99 // 100], 2) if ordered else None,
            "slowest_ms": round(1000 * self.slowest, 2),
            "pods": dict(self.pods),
        }


class Client:
    """One connection at a time."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.tls = flow.tls
        self.request = flow.request
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self) -> None:
        began = time.time()
        try:
            status, body, keep = await asyncio.wait_for(self.exchanged(), self.flow.asked["timeout"])
            what = ""
        except TimeoutError:
            status, body, keep, what = 0, b"", False, "no answer in time"
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:
            status, body, keep, what = 0, b"", False, type(error).__name__
        self.flow.note(status, body, began, what)
        if not keep:
            self.close()

    async def exchanged(self) -> tuple[int, bytes, bool]:
        """Status, body, and whether the connection may be used again."""
        if self.reader is not None and self.reader.at_eof():
            # Closed by the other side while nothing was under way: whoever keeps connections looks before using one.
            self.close()
        if self.reader is None or self.writer is None:
            asked = self.flow.asked
            sni = asked.get("sni") or None
            self.reader, self.writer = await asyncio.open_connection(
                asked["address"], asked["port"], ssl=self.tls, server_hostname=sni
            )
        self.writer.write(self.request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        fields = dict(line.split(":", 1) for line in head[1:] if line)
        body = await body_of(self.reader, fields)
        keep = bool(self.flow.asked["reuse"]) and "close" not in fields.get("connection", "")
        return int(head[0].split(" ")[1]), body, keep

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def body_of(reader: asyncio.StreamReader, fields: dict[str, str]) -> bytes:
    if "chunked" not in fields.get("transfer-encoding", ""):
        return await reader.readexactly(int(fields.get("content-length", "0")))
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return body


def pod_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["pod"])
    except (ValueError, KeyError, TypeError):
        return "?"


async def drive(flow: Flow, stopping: asyncio.Event, number: int) -> None:
    """One of the flow's connections: a request each `interval`, never two at once."""
    interval = flow.asked["connections"] / flow.asked["rate"]
    client = Client(flow)
    due = time.monotonic() + interval * number / flow.asked["connections"]
    while not await over(stopping, due - time.monotonic()):
        await client.ask()
        due = max(due + interval, time.monotonic())
    client.close()


async def over(stopping: asyncio.Event, seconds: float) -> bool:
    """Waits; True when there is to be no further request."""
    if seconds <= 0:
        return stopping.is_set()
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def main(asked: dict[str, Any]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.call_later(asked["seconds"], stopping.set)
    flows = [Flow(one) for one in asked["flows"]]
    began = time.time()
    print("started", file=sys.stderr, flush=True)
    await asyncio.gather(*(drive(flow, stopping, n) for flow in flows for n in range(flow.asked["connections"])))
    told = {"began": began, "ended": time.time(), "flows": {flow.asked["name"]: flow.told() for flow in flows}}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
