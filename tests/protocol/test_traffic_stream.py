"""The access log service beside ADS, as a gRPC client sees it."""

import asyncio
import tempfile
from pathlib import Path

import grpc
from envoy_data_plane.envoy.data.accesslog import v3 as data_v3
from envoy_data_plane.envoy.service.accesslog import v3 as service_v3

from ambassador.ops.metrics import new_metrics
from ambassador.traffic.book import Book
from ambassador.traffic.receiver import METHOD, SERVICE, Receiver
from ambassador.wire.encode import encode
from ambassador.xds.server import AdsServer


def message(route: str, number: int) -> bytes:
    entry = data_v3.HttpAccessLogEntry(common_properties=data_v3.AccessLogCommon(route_name=route))
    logs = service_v3.StreamAccessLogsMessageHttpAccessLogEntries(log_entry=[entry] * number)
    return encode(service_v3.StreamAccessLogsMessage(http_logs=logs))


async def nobody(names: frozenset[str]) -> frozenset[str]:
    return frozenset()


async def streamed(path: Path, *messages: bytes) -> bytes:
    """The service's answer after a stream has ended."""
    async with grpc.aio.insecure_channel(f"unix:{path}") as channel:
        call = channel.stream_unary(f"/{SERVICE}/{METHOD}")()
        for one in messages:
            await call.write(one)
        await call.done_writing()
        return bytes(await call)


def test_given_streams_of_messages_then_all_is_counted_and_one_that_is_none_ends_no_stream() -> None:
    metrics = new_metrics()
    book = Book(0.0)

    async def main() -> None:
        with tempfile.TemporaryDirectory(prefix="ads") as folder:
            path = Path(folder) / "ads.sock"
            services = (Receiver(book, metrics.traffic).handler(),)
            server = AdsServer(path, lambda _: None, nobody, services)
            await server.start()
            try:
                # The last one is as large as Envoy's buffer, and larger than gRPC's own windows.
                streams = [(message("a", 3), b"\xff", message("b", 2)), (message("a", 4),), (message("a", 10_000),)]
                answers = await asyncio.gather(*(streamed(path, *one) for one in streams))
                assert answers == [b"", b"", b""]
                assert server.streams == 0, "a stream of logs is no Envoy that wants configuration"
            finally:
                await server.stop()

    asyncio.run(main())
    assert {name: one.requests for name, one in book.counts(0.0).items()} == {"a": 10_007, "b": 2}
    assert metrics.registry.get_sample_value("ambassador_traffic_undecodable_total") == 1
