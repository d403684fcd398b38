"""A cluster as a source of batches. Its threads do the reading; here they meet the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from ambassador.kube.api import Api
from ambassador.model.keys import ObjectKey
from ambassador.sources.base import Batch
from ambassador.sources.cluster.observed import ObservedTable
from ambassador.sources.cluster.outbox import Outbox
from ambassador.sources.cluster.reach import Reach
from ambassador.sources.cluster.reflector import Around, Timings
from ambassador.sources.cluster.resources import Wanted, wanted
from ambassador.sources.cluster.scope import Scope
from ambassador.sources.cluster.secrets import Secrets
from ambassador.sources.cluster.supervisor import Supervisor

_EVERYTHING = Scope()
_USUAL = Timings()


class ClusterSource:
    """One cluster. `batches` may be used once."""

    def __init__(
        self,
        api: Api,
        scope: Scope = _EVERYTHING,
        timings: Timings = _USUAL,
        kinds: Sequence[Wanted] | None = None,
    ) -> None:
        self._outbox = Outbox(api.host)
        self._observed = ObservedTable()
        self._secrets = Secrets(api, self._outbox, timings.forget)
        reach = Reach(self._outbox.reach)
        around = Around(api, scope, self._outbox, reach, timings)
        self._supervisor = Supervisor(around, wanted() if kinds is None else kinds, self._secrets, self._observed)

    @property
    def observed(self) -> ObservedTable:
        """What is known beside the content of our kinds, Ingresses and Services; may be read from any thread."""
        return self._observed

    def want_secrets(self, keys: frozenset[ObjectKey]) -> None:
        """The Secrets whose content is given, and no others'; may be called from any thread."""
        self._secrets.want(keys)

    def secrets_expected(self) -> frozenset[ObjectKey]:
        """Wanted Secrets that exist, fetched or not: objects without one of them are not the whole of it."""
        return self._secrets.expected

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Batches; the first at once. `complete` when every kind was listed once, or cannot be however long one waits.

        Raises:
            Exception: a bug that ended one of the threads.
        """
        loop = asyncio.get_running_loop()
        news = asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(news.set)

        self._outbox.bind(wake)
        self._supervisor.start()
        try:
            while True:
                await news.wait()
                news.clear()
                batch = self._outbox.drain()
                if batch is not None:
                    yield batch
        finally:
            self._outbox.bind(_nothing)
            await asyncio.to_thread(self._supervisor.stop)


def _nothing() -> None:
    """The loop does not listen any more."""
