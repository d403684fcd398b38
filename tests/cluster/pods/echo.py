"""A backend that says who it is, as JSON. HTTP/1.1 with keep-alive.

On SIGTERM it takes no new connections, answers what comes on the old ones once more, with `connection: close`, and
ends. A backend that closes idle connections instead can cut off a request that is just being sent.

`/slow?seconds=3` answers after that time. Runs in a pod: nothing but the standard library.
"""

import asyncio
import json
import os
import signal
import sys
from urllib.parse import parse_qs, urlsplit

IDLE_SECONDS = 3.0
PORT = int(os.environ.get("PORT", "8080"))
WHO = {"pod": os.environ.get("POD", ""), "service": os.environ.get("SERVICE", ""), "set": os.environ.get("SET", "")}

Headers = dict[str, str]


class Backend:
    """All connections, and whether they are to end."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.connections: set[asyncio.Task[None]] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            while await self.answered(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            # The other side is gone; there is nobody to tell.
            pass
        finally:
            self.connections.discard(task)
            writer.close()

    async def answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False when the connection is to be closed."""
        head = await self.next_head(reader)
        if head is None:
            return False
        line, *fields = head.decode("latin-1").split("\r\n")
        method, target, version = line.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        await reader.readexactly(int(headers.get("content-length", "0")))
        await asyncio.sleep(seconds_of(target))
        keep = not self.stopping.is_set() and version == "HTTP/1.1" and headers.get("connection", "") != "close"
        told: dict[str, object] = {**WHO, "method": method, "path": target, "version": version, "headers": headers}
        writer.write(answer(told, keep, method == "HEAD"))
        await writer.drain()
        return keep

    async def next_head(self, reader: asyncio.StreamReader) -> bytes | None:
        """The next request's lines; None when none comes any more."""
        reading = asyncio.ensure_future(reader.readuntil(b"\r\n\r\n"))
        stopping = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait((reading, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not reading.done():
            await asyncio.wait((reading,), timeout=IDLE_SECONDS)
        if not reading.done():
            reading.cancel()
            return None
        try:
            return reading.result()[:-4]
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            return None


def seconds_of(target: str) -> float:
    """How long `/slow?seconds=3` takes, at most a minute."""
    parts = urlsplit(target)
    if not parts.path.endswith("/slow"):
        return 0.0
    return min(60.0, float(parse_qs(parts.query).get("seconds", ["3"])[0]))


def answer(told: dict[str, object], keep: bool, without_body: bool) -> bytes:
    body = json.dumps(told).encode()
    fields = ["HTTP/1.1 200 OK", "content-type: application/json", f"content-length: {len(body)}"]
    fields += [] if keep else ["connection: close"]
    return "\r\n".join(fields).encode() + b"\r\n\r\n" + (b"" if without_body else body)


async def main() -> None:
    backend = Backend()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, backend.stopping.set)
    server = await asyncio.start_server(backend.connected, "0.0.0.0", PORT, limit=1 << 20, backlog=1024)
    print("ready", file=sys.stderr, flush=True)
    await backend.stopping.wait()
    server.close()
    if backend.connections:
        await asyncio.wait(backend.connections, timeout=60)


if __name__ == "__main__":
    asyncio.run(main())
