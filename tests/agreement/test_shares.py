"""The shares that the evaluator names are those that Envoy gives."""

from __future__ import annotations

from collections import Counter

import pytest

from ambassador.explain.evaluate import explain, prepare
from ambassador.explain.request import Request
from tests.agreement.lab import ADDRESS, Lab
from tests.agreement.raw_client import ask
from tests.agreement.trial import Trial
from tests.agreement.world import HTTP, Manifest, World, manifest

_REQUESTS = 1500
_DEVIATIONS = 6
"""How many standard deviations a count may be off: once in a thousand million times it is more by chance."""


def _mapping(name: str, prefix: str, weight: int | None) -> Manifest:
    weighted = {} if weight is None else {"weight": weight}
    return manifest("Mapping", name, {"hostname": "*", "prefix": prefix, "service": "127.0.0.1:9000", **weighted})


_GROUPS: dict[str, tuple[Manifest, ...]] = {
    "the rest is shared evenly": (_mapping("a", "/a/", 10), _mapping("b", "/a/", None), _mapping("c", "/a/", None)),
    "nothing takes the rest": (_mapping("a", "/a/", 20), _mapping("b", "/a/", 30)),
    "a shorter prefix takes the rest": (_mapping("a", "/a/", 20), _mapping("b", "/a/", 5), _mapping("c", "/", None)),
    "another group takes the rest": (
        _mapping("a", "/a/", 20),
        _mapping("b", "/a/", 40),
        _mapping("c", "/", 50),
        _mapping("d", "/", 40),
    ),
}


@pytest.mark.parametrize("group", _GROUPS.values(), ids=[name.replace(" ", "-") for name in _GROUPS])
def test_given_a_canary_group_when_many_requests_come_then_each_route_gets_the_share_that_is_told(
    lab: Lab, group: tuple[Manifest, ...]
) -> None:
    prepared = prepare(lab.load(World(group), 1).gateway)
    asked = Trial(lab).placed(Request("http", "a.test", "/a/", HTTP, authority="a.test"))
    told = explain(prepared, asked)
    assert told.winner is not None
    shares = {told.winner.route.name: told.after.share, **{one.route.name: one.share for one in told.alternatives}}
    shares[""] = 100 - sum(shares.values())
    counts = Counter(ask((ADDRESS, asked.port or 0), asked).route for _ in range(_REQUESTS))
    assert counts.keys() <= shares.keys()
    for name, percent in shares.items():
        expected, deviation = _expected(percent)
        assert abs(counts[name] - expected) <= _DEVIATIONS * deviation, (shares, counts)


def _expected(percent: int) -> tuple[float, float]:
    """Mean and standard deviation of how many of the requests a route gets."""
    part = percent / 100
    return _REQUESTS * part, (_REQUESTS * part * (1 - part)) ** 0.5
