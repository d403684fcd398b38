"""Which rows of the table have the words that somebody types. What a route is found by is kept as long as the route is.

A file is looked up only for routes that the rest did not settle, and a line only where a word may be one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ambassador.ir.route import Forward, Route
from ambassador.model.keys import ObjectKey
from ambassador.model.origins import Origins

Routes = tuple[Route, ...]


_PATIENCE = 8
"""Revisions for which texts are kept that nobody asks for."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What each route of a list is found by. Lists are known by identity, so they are held here."""

    known: dict[int, tuple[Routes, Sequence[str]]] = field(default_factory=dict)
    earlier: Mapping[int, tuple[Route, str]] = field(default_factory=dict)
    unused: int = 0

    def of(self, routes: Routes) -> Sequence[str]:
        """A text for each of the routes, in small letters."""
        found = self.known.get(id(routes))
        if found is None:
            found = self.known[id(routes)] = (routes, [self._text(route) for route in routes])
        return found[1]

    def next(self) -> Texts:
        """For the next revision, most of whose routes are the same."""
        lists = list(self.known.values())
        if not lists:
            # Who searched may search again; after some revisions he has gone.
            return Texts() if self.unused > _PATIENCE else Texts(earlier=self.earlier, unused=self.unused + 1)
        return Texts(earlier={id(route): (route, text) for one in lists for route, text in zip(*one, strict=True)})

    def _text(self, route: Route) -> str:
        found = self.earlier.get(id(route))
        return found[1] if found is not None else _searchable(route)


@dataclass(frozen=True, slots=True)
class Search:
    """One search. What it finds in shared routes is looked for once, whatever number of hosts share them."""

    origins: Origins
    texts: Texts
    words: tuple[str, ...]
    found: dict[tuple[int, tuple[str, ...]], Sequence[int]] = field(default_factory=dict)

    def orders(self, pattern: str, routes: Routes) -> Sequence[int]:
        """Places of matching routes of a host."""
        left = tuple(word for word in self.words if word not in pattern)
        if not left:
            return range(len(routes))
        place = (id(routes), left)
        if place not in self.found:
            texts = zip(routes, self.texts.of(routes), strict=True)
            self.found[place] = [order for order, (route, text) in enumerate(texts) if self._has(route, text, left)]
        return self.found[place]

    def _has(self, route: Route, text: str, words: tuple[str, ...]) -> bool:
        missing = [word for word in words if word not in text]
        if not missing:
            return True
        return route.source is not None and self._is_at(route.source, missing)

    def _is_at(self, source: ObjectKey, words: list[str]) -> bool:
        """Whether the words are in the place of an object, as people write it."""
        if any(word.isdecimal() or ":" in word for word in words):
            place = str(self.origins.of(source)).lower()
        else:
            place = (self.origins.file(source) or "cluster").lower()
        return all(word in place for word in words)


def _searchable(route: Route) -> str:
    action = route.action
    texts = [route.name, route.match.path.value, *(one.name for one in route.match.headers)]
    if isinstance(action, Forward):
        texts.append(action.service)
    if route.match.method:
        texts.append(route.match.method.value)
    if route.source:
        texts.append(str(route.source))
    return " ".join(texts).lower()
