"""Sentences of an explanation: short, without words that only we know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ambassador.explain.explanation import After, Step, StepKind
from ambassador.explain.matching import short
from ambassador.explain.request import Request
from ambassador.ir.cluster import Cluster, DnsName
from ambassador.ir.gateway import Gateway
from ambassador.ir.route import DirectResponse, Forward, PathKind, Route, ValueKind, ValueMatch
from ambassador.model.sensitive import shown, without_credentials
from ambassador.model.values import ANY_HOST

_MOST_TOLD = 3


class _Taker(Protocol):
    @property
    def route(self) -> Route: ...
    @property
    def share(self) -> int: ...


def question(request: Request) -> str:
    """The request itself, for the beginning of a sentence."""
    host = "" if request.authority in (request.host, f"{request.host}:{request.port}") else f" for {request.authority}"
    return f"{request.method} {short(without_credentials(request.url))}{host}"


def closed(request: Request, because: str) -> str:
    """No listener, or no certificate."""
    return f"{question(request)} gets no answer. {because}"


def answered(request: Request, status: int, because: str) -> str:
    """Envoy itself answers without a route."""
    return f"{question(request)} is answered with {status}. {because}"


def taken(request: Request, takers: Sequence[_Taker], after: After, last: Step, *, empty: bool) -> str:
    """A route takes the request, or several share it. `empty`: the backend has no endpoint."""
    first, *others = takers
    by = f"by route {first.route.name}"
    asked = question(request)
    if last.kind is not StepKind.BACKEND and after.location:
        return f"{asked} is redirected to {short(without_credentials(after.location))} with {last.name}, {by}."
    if last.kind is not StepKind.BACKEND:
        return f"{asked} is answered with {last.name}, {by}. {last.because}"
    if first.share == 100:
        fault = " It has no endpoint, so Envoy answers 503." if empty else ""
        return f"{asked} goes to {last.name}, {by}.{fault}"
    rest = 100 - sum(one.share for one in takers)
    parts = [f"{_target(one)} ({one.share} %)" for one in others] + ([f"404 ({rest} %)"] if rest else [])
    return f"{asked} goes to {last.name} ({first.share} %) {by}, or to {', '.join(parts)}."


def _target(taker: _Taker) -> str:
    action = taker.route.action
    return action.service if isinstance(action, Forward) else f"route {taker.route.name}"


def host_choice(pattern: str, host: str) -> str:
    """Why this virtual host."""
    if pattern == ANY_HOST:
        return f"No other host covers {short(host) or 'an empty host'}." if pattern != host else "The host is *."
    if pattern == host:
        return "It is the request's host."
    return f"It is the longest pattern that covers {short(host)}."


def nobody_takes(count: int) -> str:
    """No route matched."""
    return "Its only route does not take it." if count == 1 else f"None of its {count:,} routes takes it."


def match(route: Route, share: int, *, is_first: bool) -> str:
    """Why a route takes the request."""
    path = route.match.path
    kinds = {
        PathKind.EXACT: f"The path is {short(path.value)}",
        PathKind.REGEX: f"The path matches the pattern {short(path.value)}",
        PathKind.PREFIX: f"The path begins with {short(path.value)}",
        PathKind.SEGMENT_PREFIX: f"The path is {short(path.value)} or below it",
    }
    others = _others(route)
    first = "It is the first that matches: t" if is_first else "T"
    text = f"{first}{kinds[path.kind][1:]}{' and ' + others if others else ''}."
    return text if share == 100 else f"{text} It gets {share} % of such requests."


def _others(route: Route) -> str:
    match = route.match
    told = [f"the method is {match.method.value}"] if match.method else []
    told += [_holds("header", one) for one in match.headers if one.name != ":authority"]
    told += [_holds("query parameter", one) for one in match.query]
    return " and ".join(told[:_MOST_TOLD]) + (" and so on" if len(told) > _MOST_TOLD else "")


def _holds(what: str, one: ValueMatch) -> str:
    signs = {ValueKind.EXACT: "is", ValueKind.REGEX: "matches", ValueKind.PRESENT: "is there"}
    value = "" if one.kind is ValueKind.PRESENT else f" {short(shown(one.name, one.value))}"
    return f"the {what} {one.name} {signs[one.kind]}{value}"


def fixed_answer(action: DirectResponse) -> str:
    """A route whose action is an answer."""
    body = " ".join(action.body.split())
    return f"Envoy answers {action.status} by itself{': ' + body if body else '.'}"


def endpoints_of(gateway: Gateway, cluster: Cluster | None) -> int | None:
    """How many endpoints a backend has; None when Envoy finds them by DNS."""
    if cluster is None or isinstance(cluster.backend, DnsName):
        return None
    assignment = gateway.assignments.get(cluster.backend.name)
    return len(assignment.endpoints) if assignment else 0


def backend(taker: _Taker, endpoints: int | None) -> str:
    """How a backend stands."""
    part = "" if taker.share == 100 else f"It gets {taker.share} % of such requests. "
    if endpoints is None:
        return f"{part}Envoy finds its addresses by DNS."
    if endpoints == 0:
        return f"{part}It has no endpoint, so Envoy answers 503."
    return f"{part}It has {endpoints} endpoint{'s' * (endpoints != 1)}."
