"""How far revisions may run ahead of Envoy: under a flood of changes it must have the time to answer for one of them.

Envoy needs longer for a large route table than the watcher for an edit. Were there always a newer revision before it
has answered, none would ever be accepted, no status written, and most of what is made would be thrown away unsent.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from ambassador.report.revision import Revision
from ambassador.xds.ledger import Outcome

AHEAD = 8
"""So many revisions go out without an answer: a few edits in a row never wait."""

PATIENCE = 1.0
"""Seconds; an Envoy that does not answer at all holds nobody up for longer."""


@dataclass(slots=True)
class Pace:
    """Belongs to one event loop."""

    _answered: int = 0
    _answer: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, outcome: Outcome) -> None:
        """Envoy answered, or was given something newer before it did."""
        if not outcome.superseded:
            self._answered = outcome.revision
            self._answer.set()

    async def keep(self, newest: Revision | None) -> None:
        """Returns when the next revision may be made; at once when none has just been."""
        if newest is None or not newest.connected or newest.number - self._answered < AHEAD:
            return
        self._answer.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._answer.wait()
