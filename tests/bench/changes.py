"""What happens to the Mappings of a layout while it is measured: prefixes edited, services flipped, Mappings added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.bench.layouts import Layout, State

EDITED, FLIPPED, ADDED = "prefix edited", "service flipped", "Mapping added"
EDITIONS = 100
"""After so many a Mapping has its first prefix again: all are to be equally long."""
KINDS = (EDITED, FLIPPED, ADDED)


@dataclass(frozen=True, slots=True)
class Change:
    """One Mapping as it is afterwards."""

    kind: str
    state: State

    @property
    def path(self) -> str:
        """A path that its route takes."""
        return self.state.prefix + "x"

    @property
    def answer(self) -> bytes:
        """What the route's backend says."""
        return f"backend-{self.state.service}".encode()


def changes(layout: Layout, rounds: int, kinds: Sequence[str] = KINDS) -> list[Change]:
    """So many of each kind, in turns; spread over all Mappings, none twice if there are enough."""
    found: list[Change] = []
    now: dict[int, State] = {}
    for turn, number in enumerate(layout.edited(rounds * len(kinds))):
        state = now.get(number, layout.first(number))
        change = _change(kinds[turn % len(kinds)], state, turn // len(kinds), len(layout.services))
        if not change.state.added:
            now[number] = change.state
        found.append(change)
    return found


def _change(kind: str, state: State, turn: int, services: int) -> Change:
    if kind == EDITED:
        return Change(kind, state.after(edition=(state.edition + 1) % EDITIONS))
    other = (state.service + 1) % services
    if kind == FLIPPED:
        return Change(kind, state.after(service=other))
    return Change(kind, replace(state, service=other, edition=turn % EDITIONS, added=True))
