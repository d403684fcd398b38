"""What would match here: requests that reach a route, each confirmed by the evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import parse_qs

from ambassador.explain.asking.to_curl import to_curl
from ambassador.explain.evaluate import Prepared
from ambassador.explain.examples.find import example
from ambassador.explain.request import Request
from ambassador.ir.listener import Listener
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Reason
from ambassador.model.sensitive import shown, without_credentials
from ambassador.report.places import Place, of_name
from ambassador.report.render import Json, listener
from ambassador.report.revision import Revision

_MOST = 10
_TRIED = 20
"""Hosts at which a route is asked for; a route for all hosts may stand at thousands."""


def route_query(text: str) -> str:
    """The route that the query of an address names."""
    return parse_qs(text).get("route", [""])[-1]


def example_view(revision: Revision, prepared: Prepared, name: str) -> Json | None:
    """Examples of one route, at most ten, as contract JSON; None when there is no such route."""
    places = tuple(of_name(revision.compiled.gateway, name))
    if not places:
        return None
    found = list(islice(_examples(prepared, spread(places)), _MOST))
    return {
        "revision": revision.number,
        "route": name,
        "examples": found,
        "unreachable": None if found else _unreachable(revision, places[0].route.source, name),
    }


def spread(places: Iterable[Place]) -> list[Place]:
    """The places to try: a few hosts of each listener in turn."""
    by_listener: dict[str, list[Place]] = {}
    for place in places:
        rows = by_listener.setdefault(place.listener.name, [])
        if len(rows) < _TRIED:
            rows.append(place)
    turns = max((len(rows) for rows in by_listener.values()), default=0)
    return [rows[turn] for turn in range(turns) for rows in by_listener.values() if turn < len(rows)][:_TRIED]


def _examples(prepared: Prepared, places: Iterable[Place]) -> Iterator[Json]:
    return (one for one in (example_at(prepared, place) for place in places) if one)


def example_at(prepared: Prepared, place: Place) -> Json | None:
    """An example for one place of a route; None when none is found."""
    request = example(prepared, place.listener, place.domain, place.route)
    return None if request is None else _told(request, place)


def _told(request: Request, place: Place) -> Json:
    return {
        "listener": listener(place.listener)["name"],
        "hostname": place.domain.pattern,
        "url": without_credentials(request.url),
        "curl": to_curl(request, _connect_to(request, place.listener)),
        "request": {
            "method": request.method,
            "authority": request.authority,
            "headers": [[name, shown(name, value)] for name, value in request.headers],
        },
    }


def _connect_to(request: Request, one: Listener) -> str:
    """Where curl finds the listener on this machine, unless the URL says so itself."""
    port = one.identity.port
    return "" if request.host == "localhost" and request.port == port else f"localhost:{port}"


def _unreachable(revision: Revision, source: ObjectKey | None, name: str) -> Json | None:
    """Why no request reaches a route, if that is known: that no example was found is no proof."""
    if source is None or source not in revision.config.objects:
        return None
    report = revision.report(source)
    found = [one for one in report.problems if one.reason is Reason.UNREACHABLE]
    # Of the many routes of an Ingress a problem points at one.
    place = dict(report.places).get(name)
    told = next((one.message for one in found if place in (None, one.path)), None)
    return None if told is None else {"because": told}
