"""Which hosts share which routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ambassador.ir.route import Route
from ambassador.model.keys import ObjectKey


@dataclass(frozen=True, slots=True)
class Domain:
    """One host pattern of a route table with the Host object that governs it (None: the default Host)."""

    pattern: str
    host: ObjectKey | None


class Routes(Protocol):
    """A list of routes that many virtual hosts may share; put in order only when somebody looks."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """All routes in evaluation order."""

    @property
    def size(self) -> int:
        """How many there are."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How routes are laid out for Envoy: as one list, or in `buckets` by the beginning of their paths.

    `longest`: the most routes that Envoy asks for one request. `copies`: routes that stand in a bucket besides their
    first. None of it changes which route a request takes.
    """

    buckets: int = 0
    longest: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class VirtualHost:
    """Domains with one equal route list. `ported` are lists before it, whose routes demand a port of their own."""

    name: str
    domains: tuple[Domain, ...]
    shared: Routes
    ported: tuple[Routes, ...] = ()
    layout: Layout = Layout()

    @property
    def routes(self) -> tuple[Route, ...]:
        """All routes in evaluation order."""
        if not self.ported:
            return self.shared.routes
        return tuple(route for part in (*self.ported, self.shared) for route in part.routes)

    @property
    def size(self) -> int:
        """How many routes it shows, each of its domains having all of them."""
        return sum(part.size for part in (*self.ported, self.shared)) * len(self.domains)
