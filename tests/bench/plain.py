"""A layout's routes written down by hand, for floors: one list a host, or a prefix map of short lists.

The product compiles one Mapping for each service. Everything else is made from these bytes by putting another host,
prefix and name in their place, so that 50,000 routes take no time, and no idea of the product's shapes how they are
written down.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ambassador.app import compilers
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.pipeline import Compiler
from ambassador.settings import Settings
from ambassador.sources.folder import load
from ambassador.wire.resource import EncodedResource
from ambassador.xds.envelope import DeltaResponse, encode_response
from ambassador.xds.resource_snapshot import ResourceSnapshot
from ambassador.xds.types import ResourceType
from tests.bench.buckets import PrefixRoute, as_list, as_prefix_map, framed, resource_frame
from tests.bench.changes import Change
from tests.bench.floor_server import read_varint
from tests.bench.layouts import Layout, ManyFiles, State

_ROUTES, _VIRTUAL_HOSTS = 3, 2
"""VirtualHost.routes, RouteConfiguration.virtual_hosts."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """A way to write down routes in evaluation order as fields of their virtual host."""

    name: str
    write: Callable[[Sequence[PrefixRoute]], bytes]


ROUTE_URL = ResourceType.ROUTE.type_url
Resources = dict[bytes, dict[bytes, bytes]]

LIST = Encoding("list", as_list)
BUCKETS = Encoding("prefix map of short lists", as_prefix_map)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the product makes of one Mapping for each service, cut up.

    `head`: the route table without the virtual host of the Mappings; `host`: that one without its routes.
    """

    layout: Layout
    name: str
    head: bytes
    host: bytes
    routes: tuple[bytes, ...]
    others: tuple[tuple[ResourceType, EncodedResource], ...]

    def virtual_host(self, encoding: Encoding, states: Iterable[State]) -> bytes:
        """The virtual host of these Mappings, framed as an element of the table."""
        # The order in which the product asks them: the greatest prefix first.
        ordered = sorted(states, key=lambda one: one.prefix, reverse=True)
        routes = [(one.prefix.encode(), self._route(one)) for one in ordered]
        name = self.layout.host(ordered[0].number)
        host = self.host.replace(self.layout.host(0).encode(), name.encode()) if self.layout.hosts else self.host
        return framed(_VIRTUAL_HOSTS, host + encoding.write(routes))

    def _route(self, state: State) -> bytes:
        first = State(state.service, state.service)
        route = self.routes[state.service].replace(first.prefix.encode(), state.prefix.encode())
        return route.replace(first.name.encode(), state.name.encode())


def sample(layout: Layout, settings: Settings, scratch: Path) -> Sample:
    """Compiles one Mapping for each service, on one host."""
    few = Layout(len(layout.services), min(layout.hosts, 1), layout.services, redirect=layout.redirect)
    scratch.mkdir()
    ManyFiles(scratch).fill(few.texts())
    compiler = Compiler()
    compiler.set(OPTIONS, {None: compilers.options(settings)})
    snapshot = ResourceSnapshot(1, compiler.compile(load([scratch]).objects).resources)
    [table] = snapshot.table(ResourceType.ROUTE).values()
    host, head = _cut(table.body, _VIRTUAL_HOSTS, lambda one: _ROUTES in {number for number, _, _ in fields_of(one)})
    routes = [content for number, _, content in fields_of(host) if number == _ROUTES]
    if len(routes) != len(layout.services):
        raise AssertionError(f"{len(layout.services)} Mappings give {len(routes)} routes")
    rest = b"".join([whole for number, whole, _ in fields_of(host) if number != _ROUTES])
    kinds = [kind for kind in ResourceType if kind is not ResourceType.ROUTE]
    others = [(kind, one) for kind in kinds for one in snapshot.table(kind).values()]
    return Sample(layout, table.name, head, rest, tuple(reversed(routes)), tuple(others))


class FloorBytes:
    """The bytes of a floor: everything at first, then one response for each change."""

    def __init__(self, found: Sample, encoding: Encoding) -> None:
        self.sample = found
        self._encoding = encoding
        self._states: dict[str, dict[str, State]] = {}
        self.hosts: dict[str, bytes] = {}

    def data(self, changes: Sequence[Change] = ()) -> bytes:
        """The floor server's data file."""
        layout = self.sample.layout
        for number in range(layout.mappings):
            self._take(layout.first(number))
        for name in self._states:
            self._encode(name)
        initial: Resources = {kind.type_url.encode(): {} for kind in ResourceType}
        for type_url, name, body in [*self.others(), *self._frames(self.tables())]:
            initial.setdefault(type_url.encode(), {})[name.encode()] = resource_frame(type_url, name, "0", body)
        steps = []
        for number, change in enumerate(changes):
            host = self._take(change.state)
            self._encode(host)
            frames = [resource_frame(*one[:2], str(number + 1), one[2]) for one in self._frames(self.tables(host))]
            tail = encode_response(DeltaResponse(ROUTE_URL, f"e{number}", ()))
            steps.append([(ROUTE_URL.encode(), b"".join([*frames, tail]))])
        return pickle.dumps((initial, steps))

    def tables(self, changed: str = "") -> list[tuple[str, bytes]]:
        """Names and bodies of all route tables, or of those that hold a host."""
        return [(self.sample.name, self.sample.head + b"".join(self.hosts.values()))]

    def others(self) -> list[tuple[str, str, bytes]]:
        """Type URL, name and body of everything else."""
        return [(kind.type_url, one.name, one.body) for kind, one in self.sample.others]

    def _frames(self, tables: Iterable[tuple[str, bytes]]) -> list[tuple[str, str, bytes]]:
        return [(ROUTE_URL, name, body) for name, body in tables]

    def _take(self, state: State) -> str:
        name = self.sample.layout.host(state.number)
        self._states.setdefault(name, {})[state.name] = state
        return name

    def _encode(self, name: str) -> None:
        self.hosts[name] = self.sample.virtual_host(self._encoding, self._states[name].values())


def _cut(message: bytes, number: int, chosen: Callable[[bytes], bool]) -> tuple[bytes, bytes]:
    """The one element of a field that is chosen, and the message without it."""
    parts = [(one == number and chosen(content), whole, content) for one, whole, content in fields_of(message)]
    [element] = [content for taken, _, content in parts if taken]
    return element, b"".join([whole for taken, whole, _ in parts if not taken])


def fields_of(message: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, whole bytes, and (of a length-delimited one) content of each field."""
    at = 0
    while at < len(message):
        start = at
        key, at = read_varint(message, at)
        size, at = read_varint(message, at)
        content = b""
        if key & 7 == 2:
            content = message[at : at + size]
            at += size
        yield key >> 3, message[start:at], content
