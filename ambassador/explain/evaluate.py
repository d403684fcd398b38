"""Where a request goes, told the way Envoy takes it: listener, filter chain, virtual host, route, backend.

Pure: it reads the IR and what is kept of it (`prepared.py`), and refers to both in its answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ambassador.explain import after, near, words
from ambassador.explain.arrival import Arrival, has_tls
from ambassador.explain.explanation import (
    After,
    Alternative,
    Candidate,
    Condition,
    ConditionKind,
    Explanation,
    NearMiss,
    Outcome,
    Step,
    StepKind,
)
from ambassador.explain.matching import deciding, first_failure, path_words
from ambassador.explain.prepared import Prepared, RouteIndex, Served, prepare
from ambassador.explain.request import Request
from ambassador.explain.seen import Refused, Seen
from ambassador.explain.taken import Asked, Taker, taken
from ambassador.ir.cluster import Cluster
from ambassador.ir.listener import FilterChain, Listener
from ambassador.ir.route import DirectResponse, Forward, Redirect, Route, Scheme

__all__ = ["Prepared", "explain", "prepare"]

_ALL_SHOWN = 400
"""Hosts with more routes show only those near the request."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a request has come to before routes are asked."""

    listener: Listener
    chain: FilterChain
    seen: Seen
    steps: tuple[Step, ...]


def explain(prepared: Prepared, request: Request) -> Explanation:
    """The whole answer. It costs what the routes near the request's path cost, not what all do."""
    found = taken(prepared, request)
    arrival, seen = found.arrival, found.seen
    if arrival.listener is None or arrival.chain is None or seen is None:
        return _nobody_there(prepared, request, arrival)
    if isinstance(seen, Refused):
        return _refused(request, arrival, seen)
    place = _Place(arrival.listener, arrival.chain, seen, arrival.steps)
    if found.served is None:
        return _no_host(prepared, request, place)
    return _on_host(prepared, request, place, found.served, found.asked)


def _nobody_there(prepared: Prepared, request: Request, arrival: Arrival) -> Explanation:
    step = arrival.steps[-1]
    summary = words.closed(request, step.because)
    other = _over_other_scheme(prepared, request) if arrival.listener is None or request.scheme == "https" else ()
    return Explanation(
        request, Outcome.NO_LISTENER, summary, listener=arrival.listener, near=other, steps=arrival.steps
    )


def _refused(request: Request, arrival: Arrival, refused: Refused) -> Explanation:
    because = f"Envoy answers {refused.status} before it looks for a route, since {refused.because}."
    return Explanation(
        request,
        Outcome.RESPOND,
        words.answered(request, refused.status, because),
        refused.status,
        arrival.listener,
        arrival.chain,
        steps=(*arrival.steps, Step(StepKind.ANSWER, str(refused.status), because)),
    )


def _no_host(prepared: Prepared, request: Request, place: _Place) -> Explanation:
    because = f"No host of this listener covers {place.seen.host or 'an empty host'}."
    step = Step(StepKind.HOST, "no host", because)
    misses = near.on_other_hosts(prepared, place.listener, place.chain.route_table, place.seen, None, None)
    return _not_found(prepared, request, place, Explanation(request, Outcome.NOT_FOUND, "", near=misses), step)


def _not_found(prepared: Prepared, request: Request, place: _Place, so_far: Explanation, last: Step) -> Explanation:
    answer = Step(StepKind.ANSWER, "404", "Envoy answers 404 by itself.")
    return replace(
        so_far,
        summary=words.answered(request, 404, last.because),
        outcome=Outcome.NOT_FOUND,
        status=404,
        listener=place.listener,
        chain=place.chain,
        near=(*so_far.near, *_elsewhere(prepared, request, place, None)),
        steps=(*place.steps, *so_far.steps, last, answer),
    )


def _on_host(prepared: Prepared, request: Request, place: _Place, served: Served, asked: Asked) -> Explanation:
    index = prepared.routes_of(served.host)
    winner = asked.takers[0] if asked.takers else None
    host_step = Step(StepKind.HOST, served.domain.pattern, words.host_choice(served.domain.pattern, place.seen.host))
    misses = near.on_other_hosts(
        prepared, place.listener, place.chain.route_table, place.seen, served.host, winner.route if winner else None
    )
    base = Explanation(
        request,
        Outcome.NOT_FOUND,
        "",
        listener=place.listener,
        chain=place.chain,
        domain=served.domain,
        candidates=_candidates(index, asked, place.seen),
        total=len(index.routes),
        near=misses,
        steps=(host_step,),
    )
    if winner is None:
        count = len(index.routes)
        none = words.nobody_takes(count) if count else f"No route is for {place.seen.host or 'an empty host'}."
        return _not_found(prepared, request, place, base, Step(StepKind.ROUTE, "no route", none))
    return _taken(prepared, base, place, asked)


def _taken(prepared: Prepared, base: Explanation, place: _Place, asked: Asked) -> Explanation:
    winner, *others = asked.takers
    action = winner.route.action
    cluster = prepared.gateway.clusters.get(action.cluster) if isinstance(action, Forward) else None
    found = _outcome(prepared, place, winner, cluster)
    candidate = next(one for one in base.candidates if one.order == winner.order)
    route_step = Step(StepKind.ROUTE, winner.route.name, candidate.because)
    return replace(
        base,
        outcome=found.outcome,
        status=found.status,
        summary=words.taken(base.request, asked.takers, found.after, found.last, empty=found.status == 503),
        winner=candidate,
        after=found.after,
        alternatives=tuple(Alternative(one.route, one.share) for one in others),
        near=(*base.near, *_elsewhere(prepared, base.request, place, winner.route)),
        steps=(*place.steps, *base.steps, route_step, found.last),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    outcome: Outcome
    status: int | None
    after: After
    last: Step


def _outcome(prepared: Prepared, place: _Place, taker: Taker, cluster: Cluster | None) -> _Found:
    """What the winner's action makes of the request."""
    route, seen = taker.route, place.seen
    sentences = after.acts(place.listener, route, cluster)
    unchanged = After(seen.path + seen.query_text, seen.authority, acts=sentences, share=taker.share)
    if after.refused_upgrade(route, seen):
        because = f"The route does not let {seen.upgrade} through: allow_upgrade would."
        return _Found(Outcome.RESPOND, 403, unchanged, Step(StepKind.ANSWER, "403", because))
    if after.is_preflight(route, seen):
        because = "It is a CORS preflight request, which Envoy answers for the backend."
        return _Found(Outcome.RESPOND, 200, unchanged, Step(StepKind.ANSWER, "200", because))
    if isinstance(route.action, Redirect):
        where = after.location(route, route.action, seen)
        last = Step(StepKind.ANSWER, str(route.action.code), f"Redirected to {where}.")
        return _Found(Outcome.REDIRECT, route.action.code, replace(unchanged, location=where), last)
    if isinstance(route.action, DirectResponse):
        last = Step(StepKind.ANSWER, str(route.action.status), words.fixed_answer(route.action))
        return _Found(Outcome.RESPOND, route.action.status, unchanged, last)
    onward = after.sent(route, seen, cluster)
    endpoints = words.endpoints_of(prepared.gateway, cluster)
    last = Step(StepKind.BACKEND, route.action.service, words.backend(taker, endpoints))
    status = 503 if endpoints == 0 else None
    return _Found(Outcome.FORWARD, status, replace(unchanged, path=onward.path, host=onward.host), last)


def _candidates(index: RouteIndex, asked: Asked, seen: Seen) -> tuple[Candidate, ...]:
    taken = {one.order: one for one in asked.takers}
    first = asked.takers[0] if asked.takers else None
    orders = range(len(index.routes)) if len(index.routes) <= _ALL_SHOWN else _nearest(index, asked, seen)
    return tuple(_candidate(order, index.routes[order], asked, seen, (taken.get(order), first)) for order in orders)


def _candidate(
    order: int, route: Route, asked: Asked, seen: Seen, takers: tuple[Taker | None, Taker | None]
) -> Candidate:
    taker, first = takers
    failure = asked.failures.get(order)
    if taker is not None:
        because = words.match(route, taker.share, is_first=taker is first)
        return Candidate(route, order, True, because, deciding(route))
    if failure is not None:
        return Candidate(route, order, False, failure.because, failure.condition)
    late = first is not None and order > first.order and first_failure(route, seen) is None
    if late and first is not None:
        return Candidate(
            route, order, True, f"It would take the request as well, but {first.route.name} is asked first."
        )
    because = path_words(route.match.path, seen.path)
    return Candidate(route, order, False, because, Condition(ConditionKind.PATH))


def _nearest(index: RouteIndex, asked: Asked, seen: Seen) -> list[int]:
    """Of very many routes: those whose path fits, those that begin alike, and the winner's neighbours."""
    fitting = [*(one.order for one in asked.takers), *asked.failures, *index.on_path(seen.path)][: _ALL_SHOWN // 2]
    first_segment = seen.path[: seen.path.find("/", 1) + 1 or None]
    alike = (order for order, route in enumerate(index.routes) if route.match.path.value.startswith(first_segment))
    near_by = [order for _, order in zip(range(_ALL_SHOWN // 4), alike, strict=False)]
    middle = asked.takers[0].order if asked.takers else 0
    around = range(max(0, middle - 20), min(len(index.routes), middle + 20))
    return sorted({*fitting, *near_by, *around})


def _elsewhere(prepared: Prepared, request: Request, place: _Place, winner: Route | None) -> tuple[NearMiss, ...]:
    """What the other scheme would say: a redirect to HTTPS, or another listener that has the route."""
    redirected = winner is not None and winner.scheme is Scheme.INSECURE and isinstance(winner.action, Redirect)
    if winner is not None and not redirected:
        return ()
    return _over_other_scheme(prepared, request)


def _over_other_scheme(prepared: Prepared, request: Request) -> tuple[NearMiss, ...]:
    scheme = "https" if request.scheme == "http" else "http"
    name = request.host if scheme == "https" and "[" not in request.host else ""
    found = taken(prepared, replace(request, scheme=scheme, port=None, server_name=name))
    if found.listener is None or found.domain is None or not found.takers or found.takers[0].route.source is None:
        return ()
    spoken = "HTTPS" if has_tls(found.listener) and scheme == "https" else "HTTP"
    because = f"It takes this request over {spoken}, on listener {found.listener.label}."
    return (NearMiss(found.listener, found.domain, found.takers[0].route, because),)
