"""The log service beside ADS, as a gRPC client sees it."""

import asyncio
import struct
import tempfile
from pathlib import Path

import grpc
import pytest

from ambassador.features.access_log import LIVE_FORMAT
from ambassador.ops.metrics import new_metrics
from ambassador.traffic.book import Book
from ambassador.traffic.receiver import METHOD, SERVICE, Receiver
from ambassador.wire.scalars import varint
from ambassador.xds.server import AdsServer


def message(route: str, number: int) -> bytes:
    values = {"route": route, "status": "200", "microseconds": "1"}
    text = "\n".join(values.get(name, "-") for name, _ in LIVE_FORMAT).encode()
    record = b"\x09" + struct.pack("<Q", 1) + field(5, field(1, text))
    return field(1, field(2, field(2, record) * number))


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


async def nobody(names: frozenset[str]) -> frozenset[str]:
    return frozenset()


async def sent(path: Path, *messages: bytes) -> list[bytes]:
    """The service's answers on one connection."""
    async with grpc.aio.insecure_channel(f"unix:{path}") as channel:
        call = channel.unary_unary(f"/{SERVICE}/{METHOD}")
        return [bytes(await call(one)) for one in messages]


def test_given_messages_on_several_connections_then_all_is_counted_and_one_that_is_none_harms_no_other() -> None:
    metrics = new_metrics()
    book = Book(0.0)

    async def main() -> None:
        with tempfile.TemporaryDirectory(prefix="ads") as folder:
            path = Path(folder) / "ads.sock"
            server = AdsServer(path, nobody)
            await server.start()
            # The watcher loads what counts requests while an Envoy may be sending already.
            with pytest.raises(grpc.aio.AioRpcError, match="UNIMPLEMENTED"):
                await sent(path, message("early", 1))
            server.attach(lambda _: None, (Receiver(book, metrics.traffic).handler(),))
            try:
                # The last one is larger than gRPC's own windows.
                calls = [(message("a", 3), b"\xff", message("b", 2)), (message("a", 4),), (message("a", 10_000),)]
                answers = await asyncio.gather(*(sent(path, *one) for one in calls))
                assert answers == [[b"", b"", b""], [b""], [b""]]
                assert server.streams == 0, "who sends logs is no Envoy that wants configuration"
            finally:
                await server.stop()

    asyncio.run(main())
    assert {name: one.requests for name, one in book.counts(0.0).items()} == {"a": 10_007, "b": 2}
    assert metrics.registry.get_sample_value("ambassador_traffic_undecodable_total") == 1
