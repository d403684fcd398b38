"""The server's edges: its socket, clients that misbehave, several streams, superseded revisions."""

import asyncio
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
from ads_envoy import until
from ads_messages import plain, snapshot
from envoy_data_plane.envoy.service.discovery import v3 as discovery_v3

from ambassador.errors import StartError
from ambassador.ops.envoy_binary import envoy_path
from ambassador.xds.activation import await_activation
from ambassador.xds.cache import SnapshotCache
from ambassador.xds.connection import Connection
from ambassador.xds.ledger import Outcome
from ambassador.xds.server import METHOD, SERVICE, AdsServer
from ambassador.xds.types import ResourceType
from tests.free_ports import free_port

Stream = grpc.aio.StreamStreamCall
Scenario = Callable[[AdsServer, list[Outcome], Path], Coroutine[None, None, None]]


async def nobody(names: frozenset[str]) -> frozenset[str]:
    return frozenset()


def run(scenario: Scenario) -> None:
    async def main() -> None:
        with tempfile.TemporaryDirectory(prefix="ads") as folder:
            outcomes: list[Outcome] = []
            path = Path(folder) / "ads.sock"
            server = AdsServer(path, nobody)
            server.attach(outcomes.append)
            await server.start()
            try:
                await scenario(server, outcomes, path)
            finally:
                await server.stop()

    asyncio.run(main())


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[Stream]:
    async with grpc.aio.insecure_channel(f"unix:{path}") as channel:
        stream = channel.stream_stream(f"/{SERVICE}/{METHOD}")()
        yield stream
        stream.cancel()


def request(kind: ResourceType, nonce: str = "") -> bytes:
    return bytes(discovery_v3.DeltaDiscoveryRequest(type_url=kind.type_url, response_nonce=nonce))


async def response(stream: Stream) -> discovery_v3.DeltaDiscoveryResponse:
    return discovery_v3.DeltaDiscoveryResponse.parse(await stream.read())


async def acknowledge_everything(stream: Stream) -> None:
    """An Envoy without traffic: asks for clusters and listeners, and accepts all it gets."""
    await stream.write(request(ResourceType.CLUSTER))
    await stream.write(request(ResourceType.LISTENER))
    while (data := await stream.read()) is not grpc.aio.EOF:
        read = discovery_v3.DeltaDiscoveryResponse.parse(data)
        await stream.write(bytes(discovery_v3.DeltaDiscoveryRequest(type_url=read.type_url, response_nonce=read.nonce)))


def test_given_a_started_server_when_looked_at_then_its_socket_is_private_and_goes_with_it() -> None:
    async def scenario(server: AdsServer, outcomes: list[Outcome], path: Path) -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(StartError, match="in use"):
            await AdsServer(path, nobody).start()
        await server.stop()
        assert not path.exists()

    run(scenario)


def test_given_an_open_stream_when_the_server_stops_then_it_ends_in_order_and_nobody_logs_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario(server: AdsServer, outcomes: list[Outcome], path: Path) -> None:
        async with connected(path) as stream:
            await stream.write(request(ResourceType.CLUSTER))
            while not server.connected:
                await asyncio.sleep(0)
            await server.stop()
            assert await stream.read() is grpc.aio.EOF
            assert await stream.code() is grpc.StatusCode.OK

    run(scenario)
    assert caplog.records == []


def test_given_a_socket_left_behind_when_started_then_it_is_replaced() -> None:
    with tempfile.TemporaryDirectory(prefix="ads") as folder:
        path = Path(folder) / "ads.sock"
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))

        async def main() -> None:
            server = AdsServer(path, nobody)
            await server.start()
            await server.stop()

        asyncio.run(main())


@pytest.mark.parametrize(("name", "said"), [("x" * 120, "107"), ("file", "no socket"), ("file/inside", "cannot use")])
def test_given_a_path_that_cannot_be_used_when_started_then_the_reason_is_said(name: str, said: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").touch()
        with pytest.raises(StartError, match=said):
            asyncio.run(AdsServer(Path(folder) / name, nobody).start())


def test_given_a_folder_that_is_not_there_when_started_then_it_is_a_start_error() -> None:
    async def main() -> None:
        with pytest.raises(StartError, match="cannot listen"):
            await AdsServer(Path("/nonexistent/ads.sock"), nobody).start()

    asyncio.run(main())


def test_given_a_client_that_sends_garbage_when_read_then_only_its_stream_ends() -> None:
    async def scenario(server: AdsServer, outcomes: list[Outcome], path: Path) -> None:
        server.publish(snapshot(1))
        async with connected(path) as bad, connected(path) as good:
            await bad.write(b"\x12\xff")
            with pytest.raises(grpc.aio.AioRpcError):
                await bad.read()
            assert await bad.code() is grpc.StatusCode.INVALID_ARGUMENT
            await good.write(request(ResourceType.CLUSTER))
            assert (await response(good)).type_url == ResourceType.CLUSTER.type_url

    run(scenario)


def test_given_a_client_that_reads_nothing_when_others_connect_then_they_are_served_and_it_is_forgotten() -> None:
    async def scenario(server: AdsServer, outcomes: list[Outcome], path: Path) -> None:
        big = [plain(f"c{index}", "1" * 500) for index in range(50_000)]
        server.publish(snapshot(1, clusters=big))
        async with connected(path) as slow:
            await slow.write(request(ResourceType.CLUSTER))
            await until(lambda: server.streams == 1)
            server.publish(snapshot(2, clusters=big[:1]))
            async with connected(path) as quick:
                task = asyncio.create_task(acknowledge_everything(quick))
                await until(lambda: server.ledger.complete)
                task.cancel()
        await until(lambda: not server.connected)
        assert [(one.revision, one.acknowledged, one.superseded) for one in outcomes] == [
            (1, False, True),
            (2, True, False),
        ]

    run(scenario)


def test_given_no_client_when_published_then_the_ledger_knows_and_nothing_is_complete() -> None:
    async def scenario(server: AdsServer, outcomes: list[Outcome], path: Path) -> None:
        assert (server.connected, server.ledger.published) == (False, 0)
        server.publish(snapshot(7))
        assert (server.ledger.published, server.ledger.complete) == (7, False)

    run(scenario)


def test_given_no_admin_endpoint_when_asked_for_activation_then_all_are_inactive_when_time_is_up() -> None:
    names = frozenset({"a", "b", "c"})
    assert asyncio.run(await_activation(free_port(), cap=0.05)(names)) == names


def test_given_nothing_to_ask_for_when_asked_then_the_answer_is_there_at_once() -> None:
    assert asyncio.run(await_activation(free_port(), cap=60)(frozenset())) == frozenset()


def test_given_a_new_cluster_when_it_is_active_then_nobody_is_asked_again() -> None:
    asked: list[frozenset[str]] = []

    async def one_by_one(names: frozenset[str]) -> frozenset[str]:
        asked.append(names)
        return frozenset(sorted(names)[1:])

    async def main() -> None:
        cache, sent = SnapshotCache(), asyncio.Queue[bytes]()
        cache.publish(snapshot(1, clusters=[plain("a"), plain("b")]))
        outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        connection = Connection("1", cache, one_by_one, lambda _, outcome: outcomes.put_nowait(outcome))
        requests: asyncio.Queue[bytes] = asyncio.Queue()
        task = asyncio.create_task(connection.run(drain(requests), sent.put))
        requests.put_nowait(request(ResourceType.CLUSTER))
        requests.put_nowait(request(ResourceType.LISTENER))
        for _ in range(2):
            read = discovery_v3.DeltaDiscoveryResponse.parse(await sent.get())
            answer = discovery_v3.DeltaDiscoveryRequest(type_url=read.type_url, response_nonce=read.nonce)
            requests.put_nowait(bytes(answer))
        assert (await outcomes.get()).acknowledged
        requests.put_nowait(b"")
        await task

    asyncio.run(main())
    assert asked == [{"a", "b"}, {"b"}]


async def drain(requests: asyncio.Queue[bytes]) -> AsyncIterator[bytes]:
    """What is put in, until something empty is."""
    while data := await requests.get():
        yield data


def test_given_an_admin_endpoint_that_answers_nonsense_when_asked_then_it_counts_as_inactive() -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")
        writer.close()

    async def main() -> frozenset[str]:
        async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
            port = int(server.sockets[0].getsockname()[1])
            return await await_activation(port, cap=0.05)(frozenset({"a"}))

    assert asyncio.run(main()) == {"a"}


def test_given_the_wheel_when_looked_for_then_the_binary_is_there() -> None:
    assert envoy_path().name == "envoy"


@pytest.mark.parametrize("listed", [None, []])
def test_given_no_wheel_or_an_empty_one_when_looked_for_then_it_is_a_start_error(
    monkeypatch: pytest.MonkeyPatch, listed: list[str] | None
) -> None:
    monkeypatch.setattr("ambassador.ops.envoy_binary.files", lambda name: listed)
    with pytest.raises(StartError, match="Envoy"):
        envoy_path()
