"""The floor: a delta ADS server that only hands out bytes that lie ready. Run as a program.

`floor_server.py SOCKET DATA`; each line on stdin sends the next edit: its responses in order, each after the ACK of the
one before. It compiles nothing, compares nothing and watches nothing; what it takes is what Envoy takes.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"


class Floor:
    """`initial`: per type URL the resources of a response by name; `edits`: per edit, (type URL, whole response)s."""

    def __init__(self, initial: dict[bytes, dict[bytes, bytes]], edits: list[list[tuple[bytes, bytes]]]) -> None:
        self.initial = initial
        self.edits = iter(edits)
        self.acknowledged: asyncio.Queue[bytes] = asyncio.Queue()
        self.asked = asyncio.Event()

    async def serve(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        editor = asyncio.create_task(self._edit(context))
        try:
            async for data in requests:
                type_url, names, nonce = read_request(data)
                if nonce:
                    self.acknowledged.put_nowait(type_url)
                ready = self.initial.get(type_url, {})
                if names or not nonce:
                    everything = not names or names == [b"*"]
                    wanted = list(ready.values()) if everything else [ready[name] for name in names if name in ready]
                    await context.write(response(type_url, b"0", wanted))
        finally:
            editor.cancel()

    async def _edit(self, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        while True:
            await self.asked.wait()
            self.asked.clear()
            while not self.acknowledged.empty():
                self.acknowledged.get_nowait()
            for type_url, whole in next(self.edits):
                await context.write(whole)
                while await self.acknowledged.get() != type_url:
                    pass


def response(type_url: bytes, nonce: bytes, resources: list[bytes]) -> bytes:
    """A DeltaDiscoveryResponse around framed resources."""
    return b"".join([*resources, b"\x22", varint(len(type_url)), type_url, b"\x2a", varint(len(nonce)), nonce])


def read_request(data: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Type URL, names subscribed to, and nonce of a DeltaDiscoveryRequest. A NACK ends the bench."""
    type_url, names, nonce = b"", [], b""
    for number, value in fields(data):
        if number == 2:
            type_url = value
        elif number == 3:
            names.append(value)
        elif number == 6:
            nonce = value
        elif number == 7:
            raise SystemExit(f"Envoy refuses {type_url!r}: {value!r}")
    return type_url, names, nonce


def fields(data: bytes) -> list[tuple[int, bytes]]:
    """The length-delimited fields of a message; the requests and the messages read here have only such and varints."""
    found, at = [], 0
    while at < len(data):
        key, at = read_varint(data, at)
        size, at = read_varint(data, at)
        if key & 7 == 2:
            found.append((key >> 3, data[at : at + size]))
            at += size
    return found


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


async def main(address: str, data: str) -> None:
    initial, edits = pickle.loads(Path(data).read_bytes())
    floor = Floor(initial, edits)
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), lambda: _triggered(floor))
    server = grpc.aio.server(options=(("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)))
    handler: Any = grpc.stream_stream_rpc_method_handler(floor.serve)
    handlers = {"DeltaAggregatedResources": handler}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"unix:{address}")
    await server.start()
    await server.wait_for_termination()


def _triggered(floor: Floor) -> None:
    if os.read(sys.stdin.fileno(), 1):
        floor.asked.set()
    else:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
