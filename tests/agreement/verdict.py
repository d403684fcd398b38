"""Whether what the evaluator says of a request is what Envoy did with it."""

from __future__ import annotations

from collections.abc import Iterator

from ambassador.explain.explanation import Explanation, Outcome
from ambassador.ir.route import DirectResponse
from tests.agreement.raw_client import Seen

_NOT_FOUND = 404


def random(told: Explanation) -> bool:
    """Whether chance decides about the route, so that Envoy may be asked more than once."""
    return bool(told.alternatives) or told.after.share < 100


def differences(told: Explanation, seen: Seen) -> tuple[str, ...]:
    """What disagrees, as sentences; nothing when both say the same."""
    if not seen.route and _answers_without_route(told):
        return () if seen.status == told.status else (f"status: explained as {told.status}, Envoy has {seen.status}",)
    if seen.route in routes(told) and seen.route != _winner(told):
        # An alternative, of which no more than its name is told; or nothing, where the rest of the shares goes.
        return () if seen.route or seen.status == _NOT_FOUND else (f"no route, and status {seen.status}",)
    return tuple(_of_winner(told, seen))


def routes(told: Explanation) -> frozenset[str]:
    """Names of the routes that may take the request; the empty one where it may be that none does."""
    found = {one.route.name: one.share for one in told.alternatives if one.share}
    if told.winner is None:
        return frozenset({""})
    left = 100 - told.after.share - sum(found.values())
    return frozenset({_winner(told), *found, *([""] if left > 0 else [])})


def _answers_without_route(told: Explanation) -> bool:
    """Whether Envoy answers before it comes to what its route would do, and says nothing of the route then."""
    action = told.winner.route.action if told.winner else None
    fixed = isinstance(action, DirectResponse) and action.status == told.status
    return told.outcome is Outcome.RESPOND and not fixed


def _winner(told: Explanation) -> str:
    return told.winner.route.name if told.winner else ""


def _of_winner(told: Explanation, seen: Seen) -> Iterator[str]:
    status = _status(told)
    pairs = [("route", _winner(told), seen.route), ("status", status, seen.status)]
    if told.outcome is Outcome.FORWARD:
        pairs += [("path", told.after.path, seen.path), ("host", told.after.host, seen.host)]
    if told.outcome is Outcome.REDIRECT:
        pairs.append(("location", told.after.location, seen.location))
    for name, expected, got in pairs:
        if expected != got:
            yield f"{name}: explained as {expected!r}, Envoy has {got!r}"


def _status(told: Explanation) -> int:
    if told.outcome is Outcome.NO_LISTENER:
        return 0
    return told.status or (200 if told.outcome is Outcome.FORWARD else _NOT_FOUND)
