"""Which of a host's routes a person wants to see: the winner, those that nearly won, and those asked just before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

MOST = 12
MOST_OTHERS = 6
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
    near = [number for number, row in enumerate(rows) if _is_near(row)]
    at = next((number for number in near if rows[number].kind == "winner"), near[0] if near else 0)
    near.sort(key=lambda number: (rows[number].kind not in ("winner", "share"), abs(number - at)))
    others = sorted(set(range(len(rows))) - set(near), key=lambda number: abs(number - at))
    shown = near[:MOST] + others[: max(0, min(MOST_OTHERS, MOST - len(near)))]
    return Choice(tuple(rows[number] for number in sorted(shown)), total, foldable=True)


def _row(candidate: Json, winner: object, sharing: set[object]) -> Row:
    route = candidate.get("route")
    if winner is not None and route == winner:
        return Row("winner", candidate)
    if route in sharing:
        return Row("share", candidate)
    return Row("late" if candidate.get("matched") else "lost", candidate)


def _is_near(row: Row) -> bool:
    """Whether the route takes the request, or would if it were asked, or if one condition behind its path held."""
    last = str(row.candidate.get("path") or "").rpartition(".")[2].partition("[")[0]
    return row.kind != "lost" or (last != "" and last not in _PATHS)
