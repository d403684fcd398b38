"""The service that Envoy's access log goes to, beside ADS on the same socket: takes what comes and counts it.

It runs in the event loop that also serves edits, so there is an end to the time that it may take. Beyond that requests
are only numbered, and told as dropped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from ambassador.ops.metrics import TrafficMetrics
from ambassador.traffic.book import Book
from ambassador.traffic.wire import MalformedRecordsError, records

SERVICE = "opentelemetry.proto.collector.logs.v1.LogsService"
METHOD = "Export"

SHARE = 0.25
"""Of each second, how much may go into requests."""
_ANSWER = b""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Receiver:
    """`clock`: seconds since the epoch; `stopwatch`: CPU time of the thread, which a busy machine does not inflate."""

    book: Book
    metrics: TrafficMetrics
    clock: Callable[[], float] = time.time
    stopwatch: Callable[[], float] = time.thread_time
    _second: int = 0
    _spent: float = 0.0

    def handler(self) -> grpc.GenericRpcHandler:
        """The service, as a gRPC server takes it."""
        method: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(self._handle)
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    async def _handle(self, data: bytes, context: object) -> bytes:
        self.take(data)
        return _ANSWER

    def take(self, data: bytes) -> None:
        """Counts the requests of one message."""
        began, now = self.stopwatch(), self.clock()
        if int(now) != self._second:
            self._second, self._spent = int(now), 0.0
        try:
            self._count(data, now)
        except MalformedRecordsError as error:
            self.metrics.undecodable.inc()
            _log.warning("an access log message cannot be read: %s", error)
        took = self.stopwatch() - began
        self._spent += took
        self.metrics.seconds.inc(took)

    def _count(self, data: bytes, now: float) -> None:
        found = records(data)
        self.metrics.requests.inc(len(found))
        if self._spent > SHARE:
            self.book.drop(len(found))
            self.metrics.dropped.inc(len(found))
        else:
            self.book.enter(found, now)
