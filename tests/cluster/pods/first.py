"""Asks for many routes until each has answered once, and prints when: a JSON list of epoch seconds. Runs in a pod.

argv[1] names a file with {address, port, seconds, window, connections, pause, targets: [[host, path]…], gone}. Only
the first `window` targets that have not answered are asked, in turn, so that each is asked often; null stands for those
that never answered. With `gone` an answer counts when it is a 404 instead of a 200.
"""

import asyncio
import json
import sys
import time
from typing import Any


class Targets:
    """Which have answered, and when."""

    def __init__(self, targets: list[list[str]], window: int) -> None:
        self.targets = targets
        self.window = window
        self.answered: list[float | None] = [None] * len(targets)
        self._left = list(range(len(targets)))
        self._turn = 0

    @property
    def complete(self) -> bool:
        return not self._left

    def next(self) -> int:
        """The one to ask now."""
        self._turn += 1
        return self._left[self._turn % min(self.window, len(self._left))]

    def note(self, number: int) -> None:
        if self.answered[number] is None:
            self.answered[number] = time.time()
            self._left.remove(number)


async def keep_asking(asked: dict[str, Any], targets: Targets, end: float) -> None:
    """On one connection after the other: whoever answers may be killed meanwhile."""
    while not targets.complete and time.time() < end:
        try:
            await ask(asked, targets, end)
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(asked["pause"])


async def ask(asked: dict[str, Any], targets: Targets, end: float) -> None:
    wanted = b"404" if asked.get("gone") else b"200"
    reader, writer = await asyncio.open_connection(asked["address"], asked["port"])
    while not targets.complete and time.time() < end:
        number = targets.next()
        host, path = targets.targets[number]
        writer.write(f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:] if line)
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
        if head.split(b" ")[1] == wanted:
            targets.note(number)
        else:
            await asyncio.sleep(asked["pause"])
        if fields.get(b"connection", b"").strip() == b"close":
            break
    writer.close()


async def main(asked: dict[str, Any]) -> None:
    targets = Targets(asked["targets"], asked["window"])
    end = time.time() + asked["seconds"]
    print("started", file=sys.stderr, flush=True)
    await asyncio.gather(*(keep_asking(asked, targets, end) for _ in range(asked["connections"])))
    print(json.dumps(targets.answered), flush=True)


if __name__ == "__main__":
    with open(sys.argv[1]) as given:
        asyncio.run(main(json.load(given)))
