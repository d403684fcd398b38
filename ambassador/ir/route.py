"""A route: when it matches and what it does. Envoy's words, none of its messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ambassador.ir.features import EMPTY, FeatureBag
from ambassador.model.keys import ObjectKey


class PathKind(Enum):
    """How a path is compared. PREFIX is a plain text prefix; SEGMENT_PREFIX ends at an element boundary."""

    PREFIX = "prefix"
    SEGMENT_PREFIX = "segment_prefix"
    EXACT = "exact"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class PathMatch:
    kind: PathKind
    value: str
    case_sensitive: bool = True


class ValueKind(Enum):
    """How a header or query parameter is compared; REGEX must match the whole value (RE2)."""

    EXACT = "exact"
    REGEX = "regex"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """A condition on a header or query parameter; `value` is empty for PRESENT."""

    name: str
    kind: ValueKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """All conditions must hold. `hostname` is the pattern that virtual hosts are chosen by; `authority` is an
    RE2 pattern on the Host header, set only where the virtual host's domains do not already imply the hostname.
    `excluded_prefix`: paths below it do not match."""

    hostname: str
    path: PathMatch
    method: ValueMatch | None = None
    headers: tuple[ValueMatch, ...] = ()
    query: tuple[ValueMatch, ...] = ()
    authority: str = ""
    excluded_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """Sends the request to a cluster. `service` is the backend as the user wrote it, for people."""

    cluster: str
    service: str


class RedirectPath(Enum):
    """What a redirect does to the path."""

    KEEP = "keep"
    REPLACE = "replace"
    REPLACE_PREFIX = "replace prefix"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Answers with a Location. Empty `host` keeps the host, `port` None keeps the port."""

    host: str = ""
    https: bool = False
    port: int | None = None
    path: RedirectPath = RedirectPath.KEEP
    path_value: str = ""
    path_pattern: str = ""
    code: int = 301


@dataclass(frozen=True, slots=True)
class DirectResponse:
    """Envoy itself answers."""

    status: int
    body: str = ""


Action = Forward | Redirect | DirectResponse


@dataclass(frozen=True, slots=True)
class Share:
    """A canary group's member. `percent` is its own share; `upto` the cumulative one that Envoy compares with."""

    percent: int
    upto: int


class Scheme(Enum):
    """Which requests a route is for, judged by X-Forwarded-Proto."""

    ANY = "any"
    INSECURE = "insecure"
    SECURE = "secure"


@dataclass(frozen=True, slots=True)
class Route:
    """One Envoy route.

    `name` is also Envoy's name for it. `source` is None where the Host of the request's domain is the source
    (redirects to HTTPS), so that equal hosts can share one virtual host.
    """

    name: str
    source: ObjectKey | None
    match: RouteMatch
    action: Action
    features: FeatureBag = EMPTY
    share: Share | None = None
    scheme: Scheme = Scheme.ANY
