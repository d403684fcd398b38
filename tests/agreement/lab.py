"""One real Envoy that is fed by the compiler in this process, over ADS, and a backend that tells what it got."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from ambassador.cli import bootstrap, layout
from ambassador.compile.host_shards import shard_of
from ambassador.compile.inputs import OPTIONS, Options
from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.ir.listener import FilterChain, Listener
from ambassador.ops.envoy_binary import envoy_path
from ambassador.settings import Settings
from ambassador.xds.activation import await_activation
from ambassador.xds.ledger import Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.server import AdsServer
from tests.agreement.marks import MARK_HEADER, MARK_HOSTS, MARK_SOURCE, Marked, marked
from tests.agreement.raw_client import GOT_HEADER, exchange, headers_of
from tests.agreement.world import BACKEND, PORTS, World

ADDRESS = "127.0.0.1"
_PATIENCE = 30.0
T = TypeVar("T")


class RefusedByEnvoy(Exception):
    """Envoy refused what a world was compiled to."""


class Lab:
    """The Envoy of a test. `ports`: what the placeholders of a world stand for."""

    def __init__(self, folder: Path, ports: Mapping[int, int], settings: Settings) -> None:
        self.folder = folder
        self.ports = ports
        self.settings = settings
        self.tables = 0
        self._loop = asyncio.new_event_loop()
        self._outcome: Outcome | None = None
        self._told = threading.Condition()
        self._server = AdsServer(settings.ads_socket, await_activation(settings.admin_port))
        self._server.attach(self._tell)
        self._stack = ExitStack()

    def start(self) -> None:
        """Starts the thread that serves, the backend and Envoy."""
        thread = threading.Thread(target=self._loop.run_forever, name="lab")
        thread.start()
        self._stack.callback(thread.join, _PATIENCE)
        self._stack.callback(self._loop.call_soon_threadsafe, self._loop.stop)
        self._do(self._serve())
        self._stack.callback(lambda: self._do(self._server.stop()))
        config = self.folder / "envoy.yaml"
        config.write_text(bootstrap.render(layout.BOOTSTRAP_TEMPLATE.read_text(), self.settings, 4096))
        flags = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "error", "--drain-time-s", "1"]
        log = self._stack.enter_context((self.folder / "envoy.log").open("ab"))
        envoy = subprocess.Popen([str(envoy_path()), "-c", str(config), *flags], stdout=subprocess.DEVNULL, stderr=log)
        self._stack.callback(envoy.wait)
        self._stack.callback(envoy.kill)

    def stop(self) -> None:
        """Ends everything that was started."""
        self._stack.close()
        self._loop.close()

    def load(self, world: World, bucket_size: int, host_shards: int = 0) -> Compiled:
        """Compiles a world and returns when Envoy's worker uses all of it.

        Raises:
            RefusedByEnvoy: with its words.
        """
        compiler = Compiler()
        http, https, *_ = (self.ports[one] for one in PORTS)
        options = Options(
            bind=ADDRESS,
            http_port=http,
            https_port=https,
            own_ports=frozenset(),
            bucket_size=bucket_size,
            host_shards=host_shards,
        )
        compiler.set(OPTIONS, {None: options})
        compiled = compiler.compile(world.objects(self.ports))
        self._publish(marked(compiled.resources, compiled.gateway.listeners), compiled)
        return compiled

    def _publish(self, found: Marked, compiled: Compiled) -> None:
        self.tables += 1
        number = self.tables
        self._loop.call_soon_threadsafe(self._server.publish, ResourceSnapshot(number, found.resources))
        with self._told:
            # On a busy machine Envoy may be told of before it has everything.
            self._told.wait_for(lambda: self._ended(number), _PATIENCE)
        if self._outcome != Outcome(number, acknowledged=True):
            raise RefusedByEnvoy(str(self._outcome))
        for listener in compiled.gateway.listeners:
            _until_used(listener, found, compiled.shards)
        # Backends have no listener, and what is closed is closed a moment after it was acknowledged.
        used = {self.ports[BACKEND], *(listener.identity.port for listener in compiled.gateway.listeners)}
        for port in set(self.ports.values()) - used:
            _until_closed(port)

    def _ended(self, number: int) -> bool:
        outcome = self._outcome
        refused = outcome is not None and outcome.revision == number and bool(outcome.nacks)
        return refused or outcome == Outcome(number, acknowledged=True)

    def _tell(self, outcome: Outcome) -> None:
        with self._told:
            self._outcome = outcome
            self._told.notify_all()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    async def _serve(self) -> None:
        await self._server.start()
        backend = await asyncio.start_server(_echo, ADDRESS, self.ports[BACKEND])
        self._stack.callback(self._loop.call_soon_threadsafe, backend.close)


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A backend that answers with the path and the host that it got."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode("latin-1")
            got = f"{path}\n{headers_of(head).get('host', '')}".encode("latin-1").hex()
            writer.write(f"HTTP/1.1 200 OK\r\n{GOT_HEADER}: {got}\r\ncontent-length: 0\r\n\r\n".encode())
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        writer.close()


def _until_used(listener: Listener, found: Marked, shards: Mapping[str, tuple[str, ...]]) -> None:
    """Waits until the worker has this version of a listener, and of all its route tables."""
    port = listener.identity.port
    _until(lambda: _mark(port, source=MARK_SOURCE) == found.listeners[listener.name])
    for chain in {one.route_table: one for one in listener.chains}.values():
        names = shards.get(chain.route_table, (chain.route_table,))
        asked = {names[shard_of(host, len(names))]: host for host in MARK_HOSTS}
        for name in dict.fromkeys(names):
            _until_routed(port, chain, asked[name], found.routes[name])


def _until_routed(port: int, chain: FilterChain, host: str, version: str) -> None:
    name = chain.server_names[0].replace("*", "any") if chain.server_names else ""
    _until(lambda: _mark(port, host, tls=bool(chain.certificates), sni=name) == version)


def _until_closed(port: int) -> None:
    _until(lambda: not _listens(port))


def _mark(port: int, host: str = MARK_HOSTS[0], **way: Any) -> str:
    sent = f"GET / HTTP/1.1\r\nhost: {host}\r\n\r\n".encode()
    return exchange((ADDRESS, port), sent, **way).headers.get(MARK_HEADER, "")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((ADDRESS, port)) == 0


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "Envoy does not use in time what it acknowledged"
        time.sleep(0.001)


def _reserved(stack: ExitStack) -> int:
    """A port that nobody else is given while it is held; Envoy may listen on it nevertheless."""
    held = stack.enter_context(socket.socket())
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((ADDRESS, 0))
    return int(held.getsockname()[1])


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.create_server((ADDRESS, 0))) for _ in range(count)]
        return [int(one.getsockname()[1]) for one in held]


@contextmanager
def running_lab() -> Iterator[Lab]:
    """An Envoy without any configuration yet."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="agree")))
        ports = {one: _reserved(stack) for one in PORTS}
        admin, ready, ports[BACKEND] = _free_ports(3)
        settings = Settings(admin_port=admin, ready_port=ready, state=folder, bind=ADDRESS)
        lab = Lab(folder, ports, settings)
        stack.callback(lab.stop)
        lab.start()
        yield lab
