"""The clients of the long run: keep-alive connections that ask without a break. Run as a program.

`soak_traffic.py SPEC`: a JSON file with ports, number of connections, requests a second and questions. Ends when stdin
is closed, and prints what it saw as JSON. Everything but a 200 from an allowed backend, and every connection that the
gateway closes or wants closed, is a failure.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
MOST_FAILURES = 200


class Clients:
    """`failures`: (seconds since the epoch, what was asked, what came instead)."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.requests = 0
        self.failed = 0
        self.failures: list[tuple[float, str, str]] = []
        self.stopped = asyncio.Event()

    async def run(self) -> None:
        """Asks until `stopped`; the last connections are those with TLS."""
        plain = [one for one in self.spec["questions"] if not one["tls"]]
        secure = [one for one in self.spec["questions"] if one["tls"]]
        jobs = [self._client(number, plain, False) for number in range(self.spec["plain"])]
        jobs += [self._client(number, secure, True) for number in range(self.spec["secure"])]
        await asyncio.gather(*jobs)

    async def _client(self, number: int, questions: list[dict[str, Any]], tls: bool) -> None:
        pause = 1 / self.spec["rate"]
        streams = None
        for turn in count(number * 7):
            if self.stopped.is_set():
                break
            question = questions[turn % len(questions)]
            began = time.monotonic()
            try:
                streams = streams or await self._connect(tls)
                async with asyncio.timeout(20):
                    fault = await _ask(*streams, question)
            except (OSError, EOFError, TimeoutError, ssl.SSLError) as error:
                fault = f"{type(error).__name__} {error}"
            self.requests += 1
            if fault:
                self._note(question, fault)
                streams = None
            await asyncio.sleep(max(0.0, began + pause - time.monotonic()))
        if streams:
            streams[1].close()

    def _note(self, question: dict[str, Any], fault: str) -> None:
        self.failed += 1
        if len(self.failures) < MOST_FAILURES:
            self.failures.append((time.time(), f"{question['host']}{question['path']}", fault))

    async def _connect(self, tls: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not tls:
            return await asyncio.open_connection("127.0.0.1", self.spec["http_port"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        name = self.spec["tls_host"]
        return await asyncio.open_connection("127.0.0.1", self.spec["https_port"], ssl=context, server_hostname=name)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, question: dict[str, Any]) -> str:
    """One request; what is wrong with its answer, empty for nothing."""
    writer.write(f"GET {question['path']} HTTP/1.1\r\nhost: {question['host']}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = (await reader.readexactly(int(length.group(1)) if length else 0)).decode()
    status = int(head[9:12])
    if status != 200:
        return f"status {status} {body[:80]}"
    if body not in question["allowed"]:
        return f"answered by {body[:80]}"
    return "the connection is to be closed" if _CLOSE.search(head) else ""


async def main(spec: dict[str, Any]) -> None:
    clients = Clients(spec)
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), clients.stopped.set)
    await clients.run()
    print(json.dumps({"requests": clients.requests, "failed": clients.failed, "failures": clients.failures}))


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(sys.argv[1]).read_text())))
