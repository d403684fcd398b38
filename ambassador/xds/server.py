"""The ADS server: gRPC over a unix socket, raw bytes in and out. The only module here that opens a listening socket.

Incremental (delta) ADS only; anybody who can open the socket is trusted, so its mode is 0600.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from ambassador.errors import StartError
from ambassador.xds.cache import SnapshotCache
from ambassador.xds.connection import Activation, Connection
from ambassador.xds.envelope import MalformedRequestError
from ambassador.xds.ledger import Ledger, Outcome
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.stream_state import ledger_of

SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService"
METHOD = "DeltaAggregatedResources"

_MAX_PATH = 107  # bytes of sun_path without its final zero (unix(7))
_MAX_RECEIVE = 64 * 1024 * 1024  # a reconnecting Envoy lists all names and versions it holds in one message
_OPTIONS = (("grpc.max_receive_message_length", _MAX_RECEIVE), ("grpc.max_send_message_length", -1))

_LAST_WORDS = 0.5
"""Seconds until streams are cut off that have not ended by then."""

_log = logging.getLogger(__name__)


class AdsServer:
    """Serves the newest published snapshot to every Envoy that connects.

    All methods belong to the event loop that `start` ran in. `activation` gets names of clusters and returns those that
    are not active: as soon as one has become active, or all of them when it gives up. It is asked again for the rest,
    for 2 s in all. An Envoy may connect before anything is published: it waits.
    """

    def __init__(self, path: Path, activation: Activation) -> None:
        self._path = path
        self._activation = activation
        self._on_outcome: Callable[[Outcome], None] = _nobody
        self._others = _Others()
        self._cache = SnapshotCache()
        self._connections: tuple[Connection, ...] = ()
        self._served = 0
        self._outcome: Outcome | None = None
        self._server: grpc.aio.Server | None = None

    @property
    def connected(self) -> bool:
        """Whether an Envoy has an open stream on which it has asked for something."""
        return self._newest() is not None

    @property
    def streams(self) -> int:
        """Number of open streams on which an Envoy has asked for something."""
        return sum(one.asked for one in self._connections)

    @property
    def ledger(self) -> Ledger:
        """What the newest connected Envoy has acknowledged and refused."""
        newest = self._newest()
        return Ledger(published=self._revision()) if newest is None else ledger_of(newest.state)

    def attach(self, on_outcome: Callable[[Outcome], None], others: tuple[grpc.GenericRpcHandler, ...] = ()) -> None:
        """Who hears what Envoy makes of revisions, and which other services the same socket offers from now on.

        Belongs before the first `publish`. `on_outcome` is called in the loop, one call at a time; see `Outcome` for
        when.
        """
        self._on_outcome = on_outcome
        self._others.handlers = others

    async def start(self) -> None:
        """Listen. A socket file left by an instance that is gone is removed.

        Raises:
            StartError: the path is too long, is no socket, is in use, or cannot be bound.
        """
        _make_free(self._path)
        server = grpc.aio.server(options=_OPTIONS)
        handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.stream_stream_rpc_method_handler(self._handle)
        ads = grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler})
        server.add_generic_rpc_handlers((ads, self._others))
        before = os.umask(0o177)
        try:
            server.add_insecure_port(f"unix:{self._path}")
        except RuntimeError as error:
            raise StartError(f"cannot listen on {self._path}: {error}") from error
        finally:
            os.umask(before)
        await server.start()
        self._server = server

    def publish(self, snapshot: ResourceSnapshot) -> None:
        """Make this snapshot the one that every Envoy shall hold. Returns at once."""
        self._supersede()
        self._cache.publish(snapshot)

    async def stop(self) -> None:
        """Close all streams and the socket, and remove its file."""
        if self._server is None:
            return
        server, self._server = self._server, None
        for connection in self._connections:
            connection.end()
        await server.stop(_LAST_WORDS)
        self._path.unlink(missing_ok=True)

    async def _handle(self, requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        self._served += 1
        connection = Connection(f"{os.getpid():x}-{self._served}", self._cache, self._activation, self._reported)
        self._connections = (*self._connections, connection)
        try:
            await connection.run(requests, context.write)
        except MalformedRequestError as error:
            _log.warning("closed an ADS stream that sent no valid request: %s", error)
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        finally:
            self._connections = tuple(other for other in self._connections if other is not connection)

    def _reported(self, connection: Connection, outcome: Outcome) -> None:
        if connection is self._newest():
            self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        if outcome != self._outcome:
            self._outcome = outcome
            asyncio.get_running_loop().call_soon(self._on_outcome, outcome)

    def _supersede(self) -> None:
        current = self._revision()
        if current and (self._outcome is None or self._outcome.revision != current):
            self._tell(Outcome(current, acknowledged=False, superseded=True))

    def _revision(self) -> int:
        return 0 if self._cache.current is None else self._cache.current.revision

    def _newest(self) -> Connection | None:
        return next((one for one in reversed(self._connections) if one.asked), None)


class _Others(grpc.GenericRpcHandler):
    """Services that are known only once the server runs; gRPC itself takes none after its start."""

    def __init__(self) -> None:
        self.handlers: tuple[grpc.GenericRpcHandler, ...] = ()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        found = (one.service(handler_call_details) for one in self.handlers)
        return next((method for method in found if method is not None), None)


def _nobody(outcome: Outcome) -> None:
    """Hears outcomes before there is anybody."""
    _log.error("a bug: revision %s was published before anybody listens", outcome.revision)


def _make_free(path: Path) -> None:
    size = len(os.fsencode(path))
    if size > _MAX_PATH:
        raise StartError(f"the path of the ADS socket has {size} bytes, {_MAX_PATH} are possible: {path}")
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise StartError(f"cannot use {path} for the ADS socket: {error.strerror}") from error
    if not stat.S_ISSOCK(mode):
        raise StartError(f"{path} exists and is no socket")
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(os.fspath(path)) == 0:
            raise StartError(f"{path} is in use by another instance")
    path.unlink(missing_ok=True)
