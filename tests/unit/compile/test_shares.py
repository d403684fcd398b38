"""Weights of canary groups, as in the ancestor's documentation."""

import pytest

from ambassador.compile.group import shares
from ambassador.compile.mappings import RoutePlan
from ambassador.ir.route import Action, Forward, PathKind, PathMatch, Redirect, Route, RouteMatch
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Reason


def plan(number: int, weight: int | None, action: Action | None = None) -> RoutePlan:
    key = ObjectKey("Mapping", "default", f"m{number}")
    match = RouteMatch("*", PathMatch(PathKind.PREFIX, "/"))
    return RoutePlan(Route(key.name, key, match, action or Forward("cluster", "web")), weight, ())


@pytest.mark.parametrize(
    ("weights", "upto"),
    [
        ([10], [None]),
        ([0], [None]),
        ([None], [None]),
        ([None, None], [50, 100]),
        ([None, None, None], [33, 67, 100]),
        ([None] * 6, [17, 33, 50, 67, 83, 100]),
        ([10, None], [10, 100]),
        ([10, None, None], [10, 55, 100]),
        ([25, 25, None, None, None], [25, 50, 67, 83, 100]),
        ([50, 50], [50, 100]),
        ([10, 20], [10, 30]),
        ([100, None], [100]),
        ([0, None], [100]),
        ([0, 0], []),
        ([60, 40, None], [60, 100]),
        ([99, None, None], [99, 100]),
    ],
)
def test_given_weights_then_the_cumulative_shares_are(weights: list[int | None], upto: list[int | None]) -> None:
    found = shares([plan(number, weight) for number, weight in enumerate(weights)])
    assert [route.share.upto if route.share else None for route in found.value] == upto
    assert found.problems == ()


@pytest.mark.parametrize("count", range(2, 40))
def test_given_any_number_of_even_members_then_each_gets_the_same_but_for_rounding(count: int) -> None:
    found = shares([plan(number, None) for number in range(count)]).value
    parts = [route.share.percent for route in found if route.share]
    assert sum(parts) == 100
    assert max(parts) - min(parts) <= 1


def test_explicit_weights_come_first_whatever_the_order_of_names() -> None:
    found = shares([plan(1, None), plan(2, 10), plan(3, None), plan(4, 20)]).value
    assert [route.name for route in found] == ["m2", "m4", "m1", "m3"]


@pytest.mark.parametrize("weights", [[60, 50], [100, 1, None], [51, 50, None]])
def test_given_more_than_100_then_the_whole_group_is_refused_on_every_member(weights: list[int | None]) -> None:
    found = shares([plan(number, weight) for number, weight in enumerate(weights)])
    assert found.value == ()
    assert {problem.reason for problem in found.problems} == {Reason.CONFLICT}
    assert [problem.source.name for problem in found.problems] == [f"m{number}" for number in range(len(weights))]
    assert all(problem.path == ("spec", "weight") for problem in found.problems)


def test_given_a_redirect_among_others_then_the_group_is_refused_and_alone_it_is_not() -> None:
    redirect = plan(1, None, Redirect("b.test"))
    assert shares([redirect]).value == (redirect.route,)
    found = shares([redirect, plan(2, None)])
    assert found.value == ()
    assert {problem.path for problem in found.problems} == {("spec", "host_redirect")}


def test_given_a_group_of_many_when_refused_then_the_sentence_stays_short() -> None:
    found = shares([plan(number, 30) for number in range(9)])
    assert found.problems[0].message.endswith("default/m0, default/m1, default/m2, default/m3, default/m4 and 4 more")
