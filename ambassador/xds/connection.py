"""One connected client: runs the pure state machine of `stream` between a gRPC stream, timers and the cache.

Each connection has its own task and queue, so one that is slow to read holds up nobody else; what is published
meanwhile is taken up when it gets there, the newest snapshot only. Decides nothing about the protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from ambassador.xds.cache import SnapshotCache
from ambassador.xds.envelope import decode_request, encode_response
from ambassador.xds.events import (
    Activated,
    AwaitActive,
    Effect,
    Event,
    Published,
    Report,
    Requested,
    Send,
    SetTimer,
    TimeUp,
)
from ambassador.xds.ledger import Outcome
from ambassador.xds.stream import step
from ambassador.xds.stream_state import StreamState

Activation = Callable[[frozenset[str]], Awaitable[frozenset[str]]]
# Routes to a cluster that is not active after so many seconds are sent all the same: one dead cluster holds nobody up.
ACTIVATION_CAP = 2.0

Write = Callable[[bytes], Awaitable[None]]


class Connection:
    """State and task of one client. `state` is replaced, never changed; read it at any time."""

    def __init__(
        self, label: str, cache: SnapshotCache, activation: Activation, report: Callable[[Connection, Outcome], None]
    ) -> None:
        self.state = StreamState(label)
        self._cache = cache
        self._activation = activation
        self._report = report
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._published = False
        self._ends = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()

    @property
    def asked(self) -> bool:
        """Whether the client has asked for anything yet."""
        return any(of_type.started for of_type in self.state.types.values())

    async def run(self, requests: AsyncIterator[bytes], write: Write) -> None:
        """Serve until the client has closed its side, or until `end`.

        Raises:
            MalformedRequestError: the client sent bytes that are no request.
        """
        forget = self._cache.watch(self._wake)
        self._wake()
        reader = asyncio.create_task(self._read(requests))
        try:
            await self._serve(write)
            if not self._ends:
                await reader
        finally:
            forget()
            for task in (reader, *self._tasks):
                task.cancel()
            for timer in self._timers:
                timer.cancel()

    def end(self) -> None:
        """Lets `run` return soon."""
        self._ends = True
        self._events.put_nowait(None)

    async def _read(self, requests: AsyncIterator[bytes]) -> None:
        try:
            async for data in requests:
                self._events.put_nowait(Requested(decode_request(data)))
        finally:
            self._events.put_nowait(None)

    async def _serve(self, write: Write) -> None:
        while (event := await self._next()) is not None:
            self.state, effects = step(self.state, event)
            for effect in effects:
                await self._perform(effect, write)

    async def _next(self) -> Event | None:
        while True:
            event = await self._events.get()
            if not isinstance(event, Published):
                return event
            self._published = False
            newest = self._cache.current
            if newest is not None and newest is not self.state.target:
                return Published(newest)

    async def _perform(self, effect: Effect, write: Write) -> None:
        match effect:
            case Send(response):
                await write(encode_response(response))
            case AwaitActive(ticket, names):
                task = asyncio.create_task(self._activate(ticket, names))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case SetTimer(token, seconds):
                self._set_timer(token, seconds)
            case Report(outcome):
                self._report(self, outcome)

    async def _activate(self, ticket: int, names: frozenset[str]) -> None:
        left = names
        try:
            async with asyncio.timeout(ACTIVATION_CAP):
                while left and (news := left - await self._activation(left)):
                    self._events.put_nowait(Activated(ticket, news))
                    left -= news
        except TimeoutError:
            pass  # what is left is reported as inactive
        finally:
            if left:
                self._events.put_nowait(Activated(ticket, frozenset(), left))

    def _set_timer(self, token: str, seconds: float) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            self._events.put_nowait(TimeUp(token))

        timer = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers.add(timer)

    def _wake(self) -> None:
        newest = self._cache.current
        if newest is not None and not self._published:
            self._published = True
            self._events.put_nowait(Published(newest))
