"""Which of a host's routes a person wants to see: the winner, those that nearly won, and those asked just before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

MOST = 12
# The fields of a route's path: where another one decided, the path had matched.
_PATHS = ("prefix", "path", "regex")


@dataclass(frozen=True, slots=True)
class Row:
    """A route; `kind`: winner, share (it takes a part), late (it matches too, behind the winner) or lost."""

    kind: str
    candidate: Json


@dataclass(frozen=True, slots=True)
class Choice:
    """The rows to show, in evaluation order. `foldable`: some of the hidden ones are at hand."""

    rows: tuple[Row, ...]
    total: int
    foldable: bool = False

    @property
    def hidden(self) -> int:
        return max(0, self.total - len(self.rows))


def choice(answer: Json, *, everything: bool) -> Choice:
    """The routes to show of an answer."""
    winner = (answer.get("winner") or {}).get("route")
    sharing = {one.get("route") for one in answer.get("alternatives") or []}
    rows = [_row(candidate, winner, sharing) for candidate in answer.get("candidates") or []]
    total = max(len(rows), int(answer.get("total") or 0))
    if everything or len(rows) <= MOST:
        return Choice(tuple(rows), total)
    at = next((number for number, row in enumerate(rows) if row.kind == "winner"), 0)
    ranks = sorted(range(len(rows)), key=lambda number: (_rank(rows[number]), abs(number - at)))
    return Choice(tuple(rows[number] for number in sorted(ranks[:MOST])), total, foldable=True)


def _row(candidate: Json, winner: object, sharing: set[object]) -> Row:
    route = candidate.get("route")
    if winner is not None and route == winner:
        return Row("winner", candidate)
    if route in sharing:
        return Row("share", candidate)
    return Row("late" if candidate.get("matched") else "lost", candidate)


def _rank(row: Row) -> int:
    if row.kind in ("winner", "share"):
        return 0
    last = str(row.candidate.get("path") or "").rpartition(".")[2].partition("[")[0]
    nearly = row.kind == "lost" and last != "" and last not in _PATHS
    return 1 if nearly else 2 if row.kind == "late" else 3
