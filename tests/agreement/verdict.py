"""Whether what the evaluator says of a request is what Envoy did with it."""

from __future__ import annotations

from collections.abc import Iterator

from ambassador.explain.explanation import Explanation, Outcome
from ambassador.ir.route import DirectResponse
from tests.agreement.raw_client import Seen

_NOT_FOUND = 404
Pair = tuple[str, object, object]
"""What is compared, what was told of it, and what was seen."""


def random(told: Explanation) -> bool:
    """Whether chance decides about the route, so that Envoy may be asked more than once."""
    return bool(told.alternatives) or told.after.share < 100


def differences(told: Explanation, seen: Seen) -> tuple[str, ...]:
    """What disagrees, as sentences; nothing when both say the same."""
    shares = (told.after.share, *(one.share for one in told.alternatives))
    if min(shares) <= 0 or sum(shares) > 100:
        return (f"shares: explained as {shares}",)
    if told.winner and _by_chance(told, seen):
        return ()
    pairs = _before_routes(told, seen) if _answers_first(told, seen) else _of_winner(told, seen)
    return tuple(f"{name}: explained as {one!r}, Envoy has {other!r}" for name, one, other in pairs if one != other)


def _by_chance(told: Explanation, seen: Seen) -> bool:
    """Whether it was not the winner's turn. Of an alternative no more than its name is told."""
    if seen.route:
        return seen.route != _winner(told) and seen.route in routes(told)
    return seen.status == _NOT_FOUND and "" in routes(told)


def _answers_first(told: Explanation, seen: Seen) -> bool:
    """Whether Envoy answers before it comes to what a route would do: what it says of routes then has no meaning."""
    action = told.winner.route.action if told.winner else None
    fixed = isinstance(action, DirectResponse) and action.status == told.status
    return told.outcome is Outcome.RESPOND and (told.winner is None or (not seen.route and not fixed))


def _before_routes(told: Explanation, seen: Seen) -> Iterator[Pair]:
    yield "status", told.status, seen.status
    yield "certificate", _certificate(told), seen.certificate


def routes(told: Explanation) -> frozenset[str]:
    """Names of the routes that may take the request; the empty one where it may be that none does."""
    found = {one.route.name: one.share for one in told.alternatives}
    if told.winner is None:
        return frozenset({""})
    left = 100 - told.after.share - sum(found.values())
    return frozenset({_winner(told), *found, *([""] if left > 0 else [])})


def _winner(told: Explanation) -> str:
    return told.winner.route.name if told.winner else ""


def _of_winner(told: Explanation, seen: Seen) -> Iterator[Pair]:
    yield "route", _winner(told), seen.route
    yield "status", _status(told), seen.status
    yield "certificate", _certificate(told), seen.certificate
    if told.outcome is Outcome.FORWARD and told.status is None:
        yield "path", told.after.path, seen.path
        yield "host", told.after.host, seen.host
    if told.outcome is Outcome.REDIRECT:
        yield "location", told.after.location, seen.location


def _certificate(told: Explanation) -> str:
    return "".join(told.chain.certificates) if told.chain else ""


def _status(told: Explanation) -> int:
    if told.outcome is Outcome.NO_LISTENER:
        return 0
    return told.status or (200 if told.outcome is Outcome.FORWARD else _NOT_FOUND)
