"""Envoy's access log service, beside ADS on the same socket: takes what comes, counts it, answers nothing.

It runs in the event loop that also serves edits, so there is an end to the time that it may take. Beyond that requests
are only numbered, and told as dropped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import grpc

from ambassador.ops.metrics import TrafficMetrics
from ambassador.traffic.book import Book
from ambassador.traffic.wire import MalformedEntriesError, entries, number_of_entries

SERVICE = "envoy.service.accesslog.v3.AccessLogService"
METHOD = "StreamAccessLogs"

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
        method: grpc.RpcMethodHandler[bytes, bytes] = grpc.stream_unary_rpc_method_handler(self._handle)
        return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})

    async def _handle(self, messages: AsyncIterator[bytes], context: object) -> bytes:
        async for data in messages:
            self.take(data)
        return _ANSWER

    def take(self, data: bytes) -> None:
        """Counts the requests of one message."""
        began, now = self.stopwatch(), self.clock()
        if int(now) != self._second:
            self._second, self._spent = int(now), 0.0
        try:
            self._count(data, now)
        except MalformedEntriesError as error:
            self.metrics.undecodable.inc()
            _log.warning("an access log message cannot be read: %s", error)
        took = self.stopwatch() - began
        self._spent += took
        self.metrics.seconds.inc(took)

    def _count(self, data: bytes, now: float) -> None:
        if self._spent > SHARE:
            number = number_of_entries(data)
            self.book.drop(number)
            self.metrics.dropped.inc(number)
        else:
            number = self.book.enter(entries(data), now)
        self.metrics.entries.inc(number)
