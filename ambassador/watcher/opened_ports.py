"""Which listeners' ports can be had: those in use, and those that another program has taken, until it lets go.

Keeps what was found; `ports` looks. Must not compile or publish.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ambassador.ir.listener import ListenerIdentity

PortCheck = Callable[[Iterable[ListenerIdentity]], Awaitable[Mapping[ListenerIdentity, str]]]
"""Which of some listeners cannot be opened, and why."""


@dataclass(slots=True)
class OpenedPorts:
    """Belongs to one event loop. `taken`: listeners that wait for their port, and why."""

    check: PortCheck
    taken: Mapping[ListenerIdentity, str] = field(default_factory=dict)
    _opened: frozenset[ListenerIdentity] = frozenset()

    async def refused(self, wanted: frozenset[ListenerIdentity]) -> Mapping[ListenerIdentity, str]:
        """Those of all listeners there are to be whose ports can't be had, of those that are new."""
        unknown = wanted - self._opened
        refused = await self.check(unknown) if unknown else {}
        self._opened = wanted - refused.keys()
        self._wait_for(refused)
        return refused

    async def lost(self) -> Mapping[ListenerIdentity, str]:
        """Those of the opened ones that somebody else was quicker to open than Envoy."""
        lost = await self.check(self._opened)
        self._opened -= lost.keys()
        self._wait_for(lost)
        return lost

    async def freed(self) -> Collection[ListenerIdentity]:
        """Those whose ports can be had again."""
        before = self.taken
        self.taken = await self.check(before) if before else before
        return before.keys() - self.taken.keys()

    def _wait_for(self, listeners: Mapping[ListenerIdentity, str]) -> None:
        if listeners:
            self.taken = {**self.taken, **listeners}
