"""A real Envoy on the ADS server under test, and a backend and clients for it. Loopback only, free ports only."""

import asyncio
import contextlib
import json
import socket
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from ambassador.ops.envoy_binary import envoy_path
from ambassador.xds.activation import await_activation
from ambassador.xds.ledger import Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.server import AdsServer
from tests.free_ports import free_port

OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
HTTP2 = {"http2_protocol_options": {}}


def bootstrap(ads: Path, admin: int) -> dict[str, object]:
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(ads)}}}}
    options = {OPTIONS: {"@type": f"type.googleapis.com/{OPTIONS}", "explicit_http_config": HTTP2}}
    config = {"ads": {}, "resource_api_version": "V3"}
    grpc_service = {"envoy_grpc": {"cluster_name": "ads"}}
    return {
        "node": {"id": "test-node", "cluster": "test"},
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": admin}}},
        "deferred_stat_options": {"enable_deferred_creation_stats": True},
        "dynamic_resources": {
            "ads_config": {"api_type": "DELTA_GRPC", "transport_api_version": "V3", "grpc_services": [grpc_service]},
            "cds_config": config,
            "lds_config": config,
        },
        "static_resources": {
            "clusters": [
                {
                    "name": "ads",
                    "type": "STATIC",
                    "typed_extension_protocol_options": options,
                    "load_assignment": {"cluster_name": "ads", "endpoints": [{"lb_endpoints": [endpoint]}]},
                }
            ]
        },
    }


class Lab:
    """One ADS server and one Envoy. `outcomes` are all that the server has told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.admin = free_port()
        self.port = free_port()
        self.other_port = free_port()
        self.outcomes: list[Outcome] = []
        self.server = self.new_server()

    def new_server(self) -> AdsServer:
        server = AdsServer(self.folder / "ads.sock", await_activation(self.admin))
        server.attach(self.outcomes.append)
        return server

    async def publish(self, snapshot: ResourceSnapshot, timeout: float = 20) -> Outcome:
        """Publish and wait for the outcome of this revision."""
        self.server.publish(snapshot)
        return await self.outcome(lambda one: one.revision == snapshot.revision, timeout)

    async def outcome(self, wanted: Callable[[Outcome], bool], timeout: float = 20) -> Outcome:
        await until(lambda: any(wanted(one) for one in self.outcomes), timeout)
        return next(one for one in reversed(self.outcomes) if wanted(one))


@contextlib.asynccontextmanager
async def silent_dns() -> AsyncIterator[int]:
    """A DNS server that never answers; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


async def until(condition: Callable[[], bool], timeout: float = 20) -> None:
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def envoy(lab: Lab) -> AsyncIterator[asyncio.subprocess.Process]:
    config = lab.folder / f"bootstrap-{lab.admin}.json"
    config.write_text(json.dumps(bootstrap(lab.folder / "ads.sock", lab.admin)))
    flags = ("--disable-hot-restart", "--concurrency", "1", "-l", "warning")
    with (lab.folder / f"envoy-{lab.admin}.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(str(envoy_path()), "-c", str(config), *flags, stderr=log)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def running_lab() -> AsyncIterator[Lab]:
    with tempfile.TemporaryDirectory(prefix="ads") as folder:
        lab = Lab(Path(folder))
        await lab.server.start()
        try:
            async with envoy(lab):
                yield lab
        finally:
            await lab.server.stop()


@contextlib.asynccontextmanager
async def backend(text: str) -> AsyncIterator[int]:
    """An HTTP server that answers every request with a text; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(text)}\r\n\r\n{text}".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def get(port: int, path: str) -> tuple[int, str]:
    """Status and body of one request on its own connection."""
    async with client(port) as ask:
        return await ask(path)


@contextlib.asynccontextmanager
async def client(port: int) -> AsyncIterator[Callable]:
    """A keep-alive connection as a function from path to (status, body)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def ask(path: str) -> tuple[int, str]:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: test\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        return int(head.split(" ", 2)[1]), (await reader.readexactly(size)).decode()

    try:
        yield ask
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def load(port: int, path: str, connections: int = 4) -> AsyncIterator[Counter[tuple[int, str]]]:
    """Keep-alive requests as fast as they are answered, counted by (status, body)."""
    seen: Counter[tuple[int, str]] = Counter()

    async def one() -> None:
        async with client(port) as ask:
            while True:
                seen[await ask(path)] += 1

    tasks = [asyncio.create_task(one()) for _ in range(connections)]
    try:
        yield seen
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        seen.update((0, repr(result)) for result in results if not isinstance(result, asyncio.CancelledError))
