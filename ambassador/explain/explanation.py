"""What is said of a request, as data: frozen values that refer to the IR. Rendered by `report/explain_view.py`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ambassador.explain.request import Request
from ambassador.ir.listener import FilterChain, Listener
from ambassador.ir.route import Route
from ambassador.ir.virtual_host import Domain


class Outcome(Enum):
    """What becomes of a request. NO_LISTENER: no connection, or one that is closed before a request is read."""

    FORWARD = "forward"
    REDIRECT = "redirect"
    RESPOND = "respond"
    NOT_FOUND = "not_found"
    NO_LISTENER = "no_listener"


class ConditionKind(Enum):
    """Parts of a route's match, in the order in which they are told."""

    PATH = "path"
    METHOD = "method"
    HEADER = "header"
    QUERY = "query"
    AUTHORITY = "authority"
    SCHEME = "scheme"
    EXCLUDED_PATH = "excluded path"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a route. `name` is that of a header or query parameter."""

    kind: ConditionKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route of the request's virtual host. `because`: one sentence; `condition`: the one that decided.

    `order` counts from 0 within the host. A route behind the winner may match too; it is asked too late.
    """

    route: Route
    order: int
    matched: bool
    because: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """A route that takes the request as well, in `share` percent of cases."""

    route: Route
    share: int


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A route of another host or listener that would take the request there."""

    listener: Listener
    domain: Domain
    route: Route
    because: str


class StepKind(Enum):
    """Stations on the way of a request."""

    LISTENER = "listener"
    CERTIFICATE = "certificate"
    HOST = "host"
    ROUTE = "route"
    ANSWER = "answer"
    BACKEND = "backend"


@dataclass(frozen=True, slots=True)
class Step:
    """One station: its name, and why the request came (or came no further than) here."""

    kind: StepKind
    name: str
    because: str


@dataclass(frozen=True, slots=True)
class After:
    """What happens to a request after its route took it.

    `path` and `host` are what the backend gets; `location` is a redirect's. `acts` are sentences on the features that
    act, in the order in which they do. `share`: how much of what matches the winner takes, in percent.
    """

    path: str = ""
    host: str = ""
    location: str = ""
    acts: tuple[str, ...] = ()
    share: int = 100


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer. `status` is set when Envoy itself answers. `total` counts the routes of the host, of which
    `candidates` are all, or the nearest ones where there are very many."""

    request: Request
    outcome: Outcome
    summary: str
    status: int | None = None
    listener: Listener | None = None
    chain: FilterChain | None = None
    domain: Domain | None = None
    winner: Candidate | None = None
    after: After = After()
    alternatives: tuple[Alternative, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    total: int = 0
    near: tuple[NearMiss, ...] = ()
    steps: tuple[Step, ...] = ()
