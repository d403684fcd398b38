"""What the evaluator keeps from one revision to the next changes nothing in what it says. Needs no Envoy."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from ambassador.compile.pipeline import Compiler
from ambassador.explain.evaluate import Prepared, explain, prepare
from ambassador.explain.request import Request
from ambassador.ir.gateway import Gateway
from ambassador.model.config_snapshot import diff
from tests.agreement.draw_requests import requests
from tests.agreement.draw_worlds import worlds
from tests.agreement.hints import hints
from tests.agreement.world import SAME_PORTS, World


@dataclass(frozen=True, slots=True, repr=False)
class _History:
    """Worlds one after another, each with an object more or less than the one before, and requests for all of them."""

    worlds: tuple[World, ...]
    requests: tuple[Request, ...]

    def __repr__(self) -> str:
        return "\n=== then ===\n".join(one.text for one in self.worlds) + f"\n{self.requests}"


@st.composite
def _histories(draw: st.DrawFn) -> _History:
    first, other = draw(worlds()), draw(worlds())
    near = hints(first)
    asked = tuple(draw(requests(near)) for _ in range(6))
    found = [first]
    for _ in range(draw(st.integers(1, 4))):
        left = list(found[-1].manifests)
        place = draw(st.integers(0, len(left)))
        # Names may be taken already: then it is an edit.
        change = [draw(st.sampled_from(other.manifests))] if draw(st.booleans()) else []
        names = {(one["kind"], one["metadata"]["name"]) for one in change}
        kept = [one for one in left[:place] + left[place + 1 :] if (one["kind"], one["metadata"]["name"]) not in names]
        found.append(World((*kept, *change)))
    return _History(tuple(found), asked)


def _gateways(history: _History) -> list[Gateway]:
    """What a watcher compiles, one revision after another."""
    compiler = Compiler()
    tables = [{}, *(world.objects(SAME_PORTS) for world in history.worlds)]
    return [compiler.compile(diff(old, new)).gateway for old, new in zip(tables, tables[1:], strict=False)]


@seed(7)
@settings(max_examples=60, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(_histories())
def test_given_one_revision_after_another_when_the_same_is_asked_then_nothing_is_told_of_an_earlier_one(
    history: _History,
) -> None:
    kept: Prepared | None = None
    for gateway in _gateways(history):
        kept = prepare(gateway, kept)
        for request in history.requests:
            assert explain(kept, request) == explain(prepare(gateway), request), (request, history)
