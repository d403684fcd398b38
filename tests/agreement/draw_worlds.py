"""Random worlds: a few objects of each kind that meet on the same few hosts and paths."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.agreement.draw_around import (
    contexts,
    guard,
    hosts,
    ingresses,
    listeners,
    modules,
    needed,
)
from tests.agreement.draw_mappings import families
from tests.agreement.draws import chance
from tests.agreement.world import Manifest, World


@st.composite
def worlds(draw: st.DrawFn) -> World:
    found: list[Manifest] = []
    for number in range(draw(st.integers(1, 7))):
        found += draw(families(number))
    if chance(draw, 3):
        found += [draw(ingresses(number)) for number in range(draw(st.integers(1, 3)))]
    if chance(draw, 2):
        found += [draw(hosts(number)) for number in range(draw(st.integers(1, 4)))]
    if chance(draw, 3):
        found += [draw(listeners(number)) for number in range(draw(st.integers(1, 3)))]
    if chance(draw, 4):
        found.append(draw(modules()))
    if chance(draw, 8):
        found.append(draw(contexts()))
    if chance(draw, 20):
        found.append(guard())
    return World((*found, *needed(found)))
