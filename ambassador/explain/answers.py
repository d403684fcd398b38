"""Both sides of a difference are asked the same requests: near the routes that changed, and where two overlap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from ambassador.explain.changes import Answer, OtherAnswer, Reordered
from ambassador.explain.details import action_words
from ambassador.explain.drafts import requests_for
from ambassador.explain.evaluate import Prepared
from ambassador.explain.host_lists import HostEntry, HostPair, ListPair, ListPairs, RouteId
from ambassador.explain.overlap import both
from ambassador.explain.request import Request
from ambassador.explain.taken import taken
from ambassador.ir.route import Route

# Asking is what costs: these keep thousands of changes at seconds. What is left out is counted, never passed over.
_EACH = 3
_MOST_ROUTES = 200
_MOST_OVERLAPS = 200
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
    unasked = 0
    for lot in lots:
        questions, left = _questions(lot)
        unasked += left
        for request in questions:
            found.note(request, answer(old, request), answer(new, request), lot)
    telling = frozenset(found.telling)
    return Asked(found.answers, tuple(_harmless(lots, telling)), telling, unasked)


def answer(prepared: Prepared, request: Request) -> Answer:
    """Who takes a request, in few words."""
    found = taken(prepared, request)
    if not found.takers:
        return Answer(str(found.status) if found.status else "no connection")
    words = [_share(one.route, one.share) for one in found.takers]
    rest = [f"{found.status} {found.rest}%"] if found.rest else []
    return Answer(", ".join(words + rest), tuple(one.route.name for one in found.takers))


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


def _harmless(lots: Iterable[_Lot], telling: frozenset[str]) -> Iterator[Reordered]:
    found: dict[tuple[str, ...], set[str]] = {}
    for lot in lots:
        names = tuple(sorted({name for name, _ in lot.lists.only_moved if name not in telling}))
        if names:
            found.setdefault(names, set()).update(lot.hosts)
    for names in sorted(found):
        yield Reordered(names, tuple(sorted(found[names])))


def _questions(lot: _Lot) -> tuple[Iterable[Request], int]:
    """Requests about one pair of lists, each once, and how many moved routes there was no room for."""
    old, new = lot.pair.old, lot.pair.new
    if old is None or new is None:
        entry, routes = (old, lot.lists.old) if old else (new, lot.lists.new)
        some = islice(routes.values(), _NEW_HOST_ROUTES)
        return dict.fromkeys(request for route in some for request in _some(entry, route)), 0
    doubtful = _doubtful(lot.lists)
    chosen = doubtful[:_MOST_ROUTES]
    routes_of = [(entry, route) for one in chosen for entry, route in _versions(lot.lists, one, old, new)]
    requests = dict.fromkeys(request for entry, route in routes_of for request in _some(entry, route))
    overlaps = islice(_overlaps(lot.lists, chosen, new), _MOST_OVERLAPS)
    requests |= dict.fromkeys(request for route in overlaps for request in _some(new, route))
    left = sum(one in lot.lists.moved for one in doubtful[_MOST_ROUTES:])
    return requests, left


def _doubtful(lists: ListPair) -> list[RouteId]:
    """Routes that may take other requests than before, those that only moved first."""
    matched_anew = [one for one in lists.changed if lists.old[one].match != lists.new[one].match]
    return list(dict.fromkeys((*sorted(lists.moved), *matched_anew, *lists.added, *lists.removed)))


def _versions(lists: ListPair, one: RouteId, old: HostEntry, new: HostEntry) -> Iterator[tuple[HostEntry, Route]]:
    if one in lists.old:
        yield old, lists.old[one]
    if one in lists.new and lists.new[one] != lists.old.get(one):
        yield new, lists.new[one]


def _some(entry: HostEntry | None, route: Route) -> Iterator[Request]:
    return iter(()) if entry is None else islice(requests_for(entry.listener, entry.domain, route), _EACH)


def _overlaps(lists: ListPair, chosen: Iterable[RouteId], new: HostEntry) -> Iterator[Route]:
    """Routes as narrow as two that may both take a request, one of which was moved, changed, added or removed."""
    everything = {**lists.old, **lists.new}
    left = _MOST_PAIRS
    for one in chosen:
        left -= len(everything)
        if left < 0:
            return
        for version in {id(side[one]): side[one] for side in (lists.old, lists.new) if one in side}.values():
            yield from _with_others(version, one, everything)


def _with_others(route: Route, one: RouteId, others: Mapping[RouteId, Route]) -> Iterator[Route]:
    for place, other in others.items():
        if place != one and is_of_object(other):
            narrow = both(route, other)
            if narrow is not None:
                yield narrow
