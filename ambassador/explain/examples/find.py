"""What would match here: a request that reaches a given route, confirmed by the evaluator."""

from __future__ import annotations

from itertools import islice

from ambassador.explain.evaluate import Prepared
from ambassador.explain.examples.drafts import requests_for
from ambassador.explain.request import Request
from ambassador.explain.taken import Taken, taken
from ambassador.ir.listener import Listener
from ambassador.ir.route import Route
from ambassador.ir.virtual_host import Domain

_TRIES = 40


def example(prepared: Prepared, listener: Listener, domain: Domain, route: Route) -> Request | None:
    """A request that this route of this host takes, at least its share of them; None when none is found."""
    drafts = islice(requests_for(listener, domain, route), _TRIES)
    return next((one for one in drafts if _reaches(taken(prepared, one), listener, domain, route)), None)


def _reaches(found: Taken, listener: Listener, domain: Domain, route: Route) -> bool:
    if found.listener != listener or found.domain is None or found.domain.pattern != domain.pattern:
        return False
    return any(one.route is route or one.route == route for one in found.takers)
