"""Routes that no request can reach: what others take first, what contradicts itself, and paths that none can have.

Asked only for reports. Who is called unreachable gets no request from Envoy, whatever Listener it comes by; not all of
those who get none are found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from ambassador.compile.covering import contradiction, takes
from ambassador.compile.group import BY_REACH, BY_ROUTE, accepts, filing, shares
from ambassador.compile.hosts import hosts
from ambassador.compile.ingresses import PlannedPath
from ambassador.compile.mappings import RoutePlan
from ambassador.compile.memo import Read, rule
from ambassador.compile.objects import module
from ambassador.compile.precedence import RouteKey, ingress_key, weight
from ambassador.compile.reach import is_above, scopes, spots, unfiled
from ambassador.features.path_normalization import DECODED, ENCODED, ESCAPED_SLASH, PathNormalization
from ambassador.ir.route import PathKind, PathMatch, Route, RouteMatch
from ambassador.kinds.host import Labels
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Problem, Reason

# Of very many routes in one spot only those that are asked first are looked at.
_MOST = 32

_NO_REQUEST = "no request reaches this route"
_ALL = PathMatch(PathKind.PREFIX, "/")

_ODD = re.compile(rf"/\.|//|[^!#-\[\]-~]|[%{ENCODED}]")
# What never stands in a path once Envoy has normalized it (HCM: normalize_path, merge_slashes,
# path_with_escaped_slashes_action), and what stands there instead. A prefix may end in the middle of a segment.
_WITHIN = (
    (re.compile(r"/\.\.?/"), "/./ and /../ are resolved before: write the path without them"),
    (re.compile(r"\\"), "a backslash becomes a slash before: write /"),
    (re.compile(r"[\x00-\x20\x7f]"), "it has a space or a control character: write it as it arrives, %20 for a space"),
    (re.compile(f"[{ENCODED}]"), 'paths arrive with " < > ^ ` { | } encoded: write %7B for {, or use prefix_regex'),
    (DECODED, "letters, digits and - . _ ~ are decoded before: write them as they are"),
)
_AT_THE_END = re.compile(r"/\.\.?$")
_SLASHES = (re.compile("//"), "Module ambassador has merge_slashes: write one slash")
_ESCAPED_SLASH = (ESCAPED_SLASH, "Module ambassador rejects paths with %2F and %5C")


def unreachable(read: Read, key: ObjectKey, plan: RoutePlan) -> tuple[Problem, ...]:
    """The warning on a Mapping that is served and gets nothing."""
    route = read(filing, key).route
    if route is None:
        return ()
    name = contradiction(route.match)
    why = f"{name} can't have two values at once; keep one of them" if name else _impossible(read, route.match.path)
    why = why or _taken(read, route, plan)
    return (Cursor(key, None, ("spec", "prefix")).warning(Reason.UNREACHABLE, f"{_NO_REQUEST}: {why}"),) if why else ()


def _impossible(read: Read, path: PathMatch) -> str:
    """Why no request has such a path, as the end of a sentence; empty when one may."""
    text = path.value
    if path.kind is PathKind.REGEX or not _ODD.search(text):
        return ""
    why = next((words for pattern, words in _WITHIN if pattern.search(text)), "")
    if path.kind is PathKind.EXACT and _AT_THE_END.search(text):
        why = why or _WITHIN[0][1]
    return why or _forbidden(read, text)


def _forbidden(read: Read, text: str) -> str:
    # Of a path of slashes alone two are left.
    slashes, escaped = text.strip("/") and _SLASHES[0].search(text), _ESCAPED_SLASH[0].search(text)
    settings = read(module, None).features.get(PathNormalization) if slashes or escaped else None
    if settings is None:
        return ""
    if slashes and settings.merge_slashes:
        return _SLASHES[1]
    return _ESCAPED_SLASH[1] if escaped and settings.reject_escaped_slashes else ""


def _taken(read: Read, route: RouteKey, plan: RoutePlan) -> str:
    """Who takes all requests of a route before it, as the end of a sentence; empty when nobody is seen to."""
    rivals = dict.fromkeys(one for one in _rivals(read, route) if weight(one) > weight(route))
    for rival in sorted(rivals, key=weight, reverse=True):
        members = _complete(read, rival, plan) if takes(rival.match, route.match) else ()
        if members:
            why = _why(rival, route, "its" if len(members) == 1 else "their")
            return f"{_who(members)} all of them first, since {why}; narrow that, or raise this one's precedence"
    return ""


def _rivals(read: Read, route: RouteKey) -> Iterator[RouteKey]:
    """Routes that may take all requests of this one; some of them are not there."""
    yield from unfiled(route)
    # In most installations no route is filed, and this is all that a route asks.
    if not read(BY_REACH.bucket, None):
        return
    for scope in scopes(route):
        if any(is_above(one.level, route) for one in read(BY_REACH.bucket, scope)):
            for spot in spots(route, scope):
                found = read(BY_REACH.bucket, spot)
                yield from (one.route for one in islice(reversed(found), _MOST) if one.route)


@rule
def selectors(read: Read, _: None) -> frozenset[Labels | None]:
    """How Hosts select Mappings, each way once."""
    return frozenset(plan.host.selector for plan in read(hosts, None))


def _complete(read: Read, rival: RouteKey, plan: RoutePlan) -> tuple[Route, ...]:
    """The members of a group that is there, with nothing left over, wherever this Mapping is; else none."""
    members = read(BY_ROUTE.bucket, rival)
    if not members:
        return ()
    for selector in read(selectors, None):
        if accepts((selector,), plan) and not all(accepts((selector,), one) for one in members):
            return ()
    routes = shares(list(members)).value
    last = routes[-1].share if routes else None
    return routes if last is None or last.upto == 100 else ()


def _who(routes: tuple[Route, ...]) -> str:
    names = [f"{one.source.namespace}/{one.source.name}" for one in routes if one.source]
    if len(names) == 1:
        return f"Mapping {names[0]} takes"
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"Mappings {', '.join(names[:5])}{more} together take"


def _why(rival: RouteKey, route: RouteKey, whose: str) -> str:
    if rival.precedence > route.precedence:
        return f"{whose} precedence is higher"
    if len(rival.match.path.value) > len(route.match.path.value):
        return f"{whose} pattern is longer than this path"
    if rival.match.path.kind is PathKind.PREFIX and route.match.path.kind is PathKind.EXACT:
        return "a prefix is asked before an exact path of the same text"
    return "longer conditions are asked first"


def idle_default(read: Read, paths: Iterable[PlannedPath]) -> tuple[Problem, ...]:
    """The warning on a defaultBackend whose hosts have the path / all. `paths` are those of an Ingress that are served.

    Other paths of Ingresses always get something: of equal ones one is served, and longer ones are asked first.
    """
    defaults = [path for path in paths if path.key.precedence and not path.plan.rank[0]]
    wholes = [read(BY_ROUTE.bucket, ingress_key(RouteMatch(one.key.match.hostname, _ALL))) for one in defaults]
    if not wholes or not all(wholes):
        return ()
    owners = dict.fromkeys(str(plans[0].route.source) for plans in wholes)
    named = ", ".join(list(owners)[:5]) + (f" and {len(owners) - 5} more" if len(owners) > 5 else "")
    own = defaults[0].plan.route.source or ObjectKey("Ingress", "", "")
    message = f"no request reaches the default backend: path / takes all of them ({named}); remove one of them"
    return (Cursor(own, None, defaults[0].at).warning(Reason.UNREACHABLE, message),)
