"""Both sides of a difference are asked the same requests: near the routes that changed, and where two overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from ambassador.explain.difference.changes import Answer, OtherAnswer, Reordered
from ambassador.explain.difference.details import action_words
from ambassador.explain.difference.host_lists import HostEntry, HostPair, ListPair, ListPairs, RouteId
from ambassador.explain.difference.overlap import Neighbours, both, neighbours
from ambassador.explain.evaluate import Prepared
from ambassador.explain.examples.drafts import requests_for
from ambassador.explain.request import Request
from ambassador.explain.taken import taken
from ambassador.ir.route import Route

# Asking is what costs: these keep thousands of changes at seconds. What is left out is counted, never passed over.
_EACH = 3
_MOST_REQUESTS = 1_000
_MOST_ALTOGETHER = 20_000
_MOST_PAIRS = 400_000
_NEW_HOST_ROUTES = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking. `telling` are names of routes that win or lose requests; `unasked` counts moved routes that
    there were too many of."""

    answers: tuple[OtherAnswer, ...] = ()
    harmless: tuple[Reordered, ...] = ()
    telling: frozenset[str] = frozenset()
    unasked: int = 0


@dataclass(frozen=True, slots=True)
class _Lot:
    """A pair of lists with the hosts that have it, of which one is asked."""

    lists: ListPair
    pair: HostPair
    hosts: list[str] = field(default_factory=list)

    @property
    def routes(self) -> str:
        """What stands for any of the routes."""
        return f"the routes of {self.pair.id.pattern}"


def ask(old: Prepared, new: Prepared, pairs: Iterable[HostPair], lists: ListPairs) -> Asked:
    """Asks about every pair of lists at one of its hosts."""
    lots = _lots(pairs, lists)
    found = _Findings()
    unasked: set[str] = set()
    room = _MOST_ALTOGETHER
    for lot in lots:
        questions, left = _questions(lot, min(room, _MOST_REQUESTS))
        unasked |= left
        room -= len(questions)
        for request in questions:
            found.note(request, answer(old, request), answer(new, request), lot)
    telling = frozenset(found.telling)
    return Asked(found.answers, tuple(_harmless(lots, telling | unasked)), telling, len(unasked - telling))


def answer(prepared: Prepared, request: Request) -> Answer:
    """Who takes a request, in few words."""
    found = taken(prepared, request)
    if not found.takers:
        return Answer(str(found.status) if found.status else "no connection")
    words = [_share(one.route, one.share) for one in found.takers]
    rest = [f"{found.status} {found.rest}%"] if found.rest else []
    source = found.takers[0].route.source or (found.domain.host if found.domain else None)
    return Answer(", ".join(words + rest), tuple(one.route.name for one in found.takers), source)


def _share(route: Route, share: int) -> str:
    name = route.name if is_of_object(route) else action_words(route)
    return name if share == 100 else f"{name} {share}%"


def is_of_object(route: Route) -> bool:
    """Whether a route stands for an object's rule; others stand for the policy of a host."""
    return "/" in route.name


class _Findings:
    """Requests that are answered otherwise, one example of each kind."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], OtherAnswer] = {}
        self.telling: set[str] = set()

    def note(self, request: Request, old: Answer, new: Answer, lot: _Lot) -> None:
        """Takes in one request and its answers."""
        if old == new:
            return
        if _of_objects(old) and _of_objects(new):
            self.telling |= {*old.routes, *new.routes}
        if _follows(old, new, lot.lists.old) or _follows(new, old, lot.lists.new):
            return
        if _of_objects(old) is not _of_objects(new) and old.routes and new.routes:
            # The host's policy is another one: what each of its routes has to do with it is told in one line.
            old, new = (replace(one, words=lot.routes) if _of_objects(one) else one for one in (old, new))
        place = (old.words, new.words)
        known = self._found.get(place)
        first = request if known is None else min(known.request, request, key=_plainness)
        self._found[place] = OtherAnswer(first, old, new, 1 + (known.count if known else 0))

    @property
    def answers(self) -> tuple[OtherAnswer, ...]:
        return tuple(sorted(self._found.values(), key=lambda one: (one.old.words, one.new.words)))


def _of_objects(one: Answer) -> bool:
    return bool(one.routes) and all("/" in name for name in one.routes)


def _follows(nobody: Answer, somebody: Answer, lists: Mapping[RouteId, Route]) -> bool:
    """Whether it goes without saying: a route that is not on the other side takes what nobody took there."""
    return not nobody.routes and bool(somebody.routes) and all((name, 0) not in lists for name in somebody.routes)


def _plainness(request: Request) -> tuple[int, str]:
    extra = len(request.headers) + (request.method != "GET")
    return len(request.url) + 20 * extra, repr(request)


def _lots(pairs: Iterable[HostPair], lists: ListPairs) -> list[_Lot]:
    found: dict[int, _Lot] = {}
    for pair in pairs:
        both_lists = lists.of(pair)
        lot = found.setdefault(id(both_lists), _Lot(both_lists, pair))
        lot.hosts.append(pair.id.pattern)
    return list(found.values())


def _harmless(lots: Iterable[_Lot], doubted: frozenset[str]) -> Iterator[Reordered]:
    found: dict[tuple[str, ...], set[str]] = {}
    for lot in lots:
        names = tuple(sorted({name for name, _ in lot.lists.only_moved if name not in doubted}))
        if names:
            found.setdefault(names, set()).update(lot.hosts)
    for names in sorted(found):
        yield Reordered(names, tuple(sorted(found[names])))


def _questions(lot: _Lot, room: int) -> tuple[list[Request], frozenset[str]]:
    """About `room` requests on one pair of lists, each once, and the moved routes that there was no room for."""
    old, new = lot.pair.old, lot.pair.new
    if old is None or new is None:
        entry, routes = (old, lot.lists.old) if old else (new, lot.lists.new)
        some = islice(routes.values(), _NEW_HOST_ROUTES)
        return list(dict.fromkeys(request for route in some for request in _some(entry, route))), frozenset()
    doubts = _doubts(lot.lists)
    found: dict[Request, None] = {}
    left = _MOST_PAIRS
    unasked: set[str] = set()
    for one in doubts.routes():
        if len(found) >= room or left < 0:
            unasked |= {one[0]} if one in doubts.only_moved else set()
            continue
        overlaps = doubts.overlaps(one)
        left -= overlaps.looked_at
        own = () if one in doubts.only_moved else _versions(lot.lists, one, old, new)
        found |= dict.fromkeys(request for entry, route in own for request in _some(entry, route))
        found |= dict.fromkeys(request for route in overlaps.routes for request in _some(new, route))
    return list(found), frozenset(unasked)


def _versions(lists: ListPair, one: RouteId, old: HostEntry, new: HostEntry) -> Iterator[tuple[HostEntry, Route]]:
    if one in lists.old:
        yield old, lists.old[one]
    if one in lists.new and lists.new[one] != lists.old.get(one):
        yield new, lists.new[one]


def _some(entry: HostEntry | None, route: Route) -> Iterator[Request]:
    return iter(()) if entry is None else islice(requests_for(entry.listener, entry.domain, route), _EACH)


def _doubts(lists: ListPair) -> _Doubts:
    near = neighbours((route.match.path, one) for one, route in lists.new.items())
    old, new = ({one: order for order, one in enumerate(side)} for side in (lists.old, lists.new))
    return _Doubts(lists, near, frozenset(lists.only_moved), old, new)


@dataclass(frozen=True, slots=True)
class _Overlaps:
    """Routes as narrow as two that may both take a request; `looked_at` counts the pairs."""

    routes: tuple[Route, ...]
    looked_at: int


@dataclass(frozen=True, slots=True)
class _Doubts:
    """Which routes of a pair of lists may take other requests than before, and from whom."""

    lists: ListPair
    near: Neighbours[RouteId]
    only_moved: frozenset[RouteId]
    old_order: Mapping[RouteId, int]
    new_order: Mapping[RouteId, int]

    def routes(self) -> list[RouteId]:
        """Those that only moved first: of the others it is told anyway that they are not what they were."""
        lists = self.lists
        matched_anew = [one for one in lists.changed if lists.old[one].match != lists.new[one].match]
        return list(dict.fromkeys((*sorted(self.only_moved), *matched_anew, *lists.added, *lists.removed)))

    def overlaps(self, one: RouteId) -> _Overlaps:
        """What a route may take from another, or lose to it."""
        versions = {id(side[one]): side[one] for side in (self.lists.old, self.lists.new) if one in side}
        pairs = [(route, other) for route in versions.values() for other in self.near.of(route.match.path)]
        asked = (both(route, self.lists.new[other]) for route, other in pairs if self._matters(one, other))
        return _Overlaps(tuple(route for route in asked if route), len(pairs))

    def _matters(self, one: RouteId, other: RouteId) -> bool:
        """Two that only moved take from each other only what one of them is asked first for now."""
        if other == one or not is_of_object(self.lists.new[other]):
            return False
        if one not in self.only_moved or other not in self.old_order:
            return True
        return (self.old_order[one] < self.old_order[other]) != (self.new_order[one] < self.new_order[other])
