"""A scene: a world and requests for it, in a form that people can read and try."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

from ambassador.explain.request import Request
from tests.agreement.draw_crowds import crowds
from tests.agreement.draw_requests import requests
from tests.agreement.draw_worlds import worlds
from tests.agreement.hints import hints
from tests.agreement.world import World


@dataclass(frozen=True, slots=True, repr=False)
class Scene:
    """`requests` name placeholders for ports, as the world does. `bucket_sizes`: how its routes are laid out for Envoy,
    one way after the other; 0: as lists. `host_shards`: into how many its tables may be cut."""

    world: World
    requests: tuple[Request, ...]
    bucket_sizes: tuple[int, ...] = (1,)
    host_shards: int = 0

    @property
    def key(self) -> str:
        """A text that only an equal scene has."""
        return f"{self.world.key} {self.requests} {self.bucket_sizes} {self.host_shards}"

    def __repr__(self) -> str:
        return "\n".join((self.world.text, *(curl(one) for one in self.requests)))


_SHARDS = st.sampled_from((0, 4, 256))


@st.composite
def scenes(draw: st.DrawFn, count: int) -> Scene:
    """Random scenes of so many requests."""
    world = draw(worlds())
    near = hints(world)
    return Scene(world, tuple(draw(requests(near)) for _ in range(count)), host_shards=draw(_SHARDS))


@st.composite
def crowded_scenes(draw: st.DrawFn, count: int) -> Scene:
    """Random requests for many routes of one host, which Envoy gets as a list and in buckets."""
    world = draw(crowds())
    near = hints(world)
    return Scene(world, tuple(draw(requests(near)) for _ in range(count)), (0, draw(st.integers(1, 3))))


def curl(request: Request) -> str:
    """A request as a command line; a server name of its own is a comment, since curl takes it from the URL."""
    return " ".join(_words(request))


def _words(request: Request) -> Iterator[str]:
    yield f"curl -k --path-as-is -X {request.method}"
    yield "-H " + (shlex.quote(f"Host: {request.authority}") if request.authority else "Host:")
    yield from (f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}" for name, value in request.headers)
    yield shlex.quote(request.url)
    if request.scheme == "https":
        yield f"# SNI {request.server_name}" if request.server_name else "# no SNI"
