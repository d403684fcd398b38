"""The bisect: for any set of culprits it finds exactly them, in few trials, and sets everyone else free."""

from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambassador.model.keys import ObjectKey
from ambassador.xds.quarantine import Quarantine, changed, observed, refused


def keys(count: int) -> list[ObjectKey]:
    return [ObjectKey("Mapping", "default", f"m{index:05d}") for index in range(count)]


def run(state: Quarantine, live: frozenset[ObjectKey], bad: frozenset[ObjectKey]) -> tuple[Quarantine, int]:
    """Play Envoy until the search ends: refused exactly when a bad object is not held back."""
    trials = 0
    while state.searching:
        trials += 1
        assert trials < 10_000
        state = observed(state, not bad & live - state.held_back)
    return state, trials


@given(st.data())
def test_given_any_culprits_when_searched_then_exactly_they_are_held_back(data: st.DataObject) -> None:
    everyone = keys(data.draw(st.integers(1, 60)))
    bad = frozenset(data.draw(st.sets(st.sampled_from(everyone), min_size=1)))
    hinted = data.draw(st.sets(st.sampled_from(everyone)))
    state, trials = run(refused(Quarantine(), everyone, hinted), frozenset(everyone), bad)
    assert state.culprits == state.held_back == bad
    assert trials <= 2 + len(bad) * (ceil(log2(len(everyone) + 1)) + 2)


@given(st.data())
def test_given_edits_during_a_search_when_it_ends_then_the_newest_culprits_are_held_back(data: st.DataObject) -> None:
    everyone = keys(20)
    known, newcomers = everyone[:14], everyone[14:]
    bad = frozenset(data.draw(st.sets(st.sampled_from(known), min_size=1)))
    live = frozenset(known)
    state = refused(Quarantine(), known, data.draw(st.sets(st.sampled_from(known))))
    for _ in range(data.draw(st.integers(0, 6))):
        edited = frozenset(data.draw(st.sets(st.sampled_from(everyone), min_size=1, max_size=3)))
        broken = frozenset(data.draw(st.sets(st.sampled_from(sorted(edited)))))
        bad, live = bad - edited | broken, live | edited
        state = changed(state, edited)
        if state.searching:
            state = observed(state, not bad & live - state.held_back)
        elif bad & live - state.held_back:
            state = refused(state, edited, ())
    state, _ = run(state, live, bad)
    if not state.stuck and bad - state.culprits:
        state, _ = run(refused(state, live, ()), live, bad)
    assert state.held_back == bad
    assert newcomers


def test_given_10000_suspects_and_a_wrong_hint_when_searched_then_one_culprit_takes_17_trials() -> None:
    everyone = keys(10_000)
    state, trials = run(refused(Quarantine(), everyone, everyone[:1]), frozenset(everyone), frozenset({everyone[7777]}))
    assert state.culprits == {everyone[7777]}
    assert trials <= 17


def test_given_a_right_hint_when_it_alone_is_held_back_then_the_search_is_over_at_once() -> None:
    everyone = keys(100)
    state = refused(Quarantine(), everyone, everyone[4:5])
    assert state.held_back == {everyone[4]}
    assert observed(state, accepted=True) == Quarantine(culprits=frozenset({everyone[4]}))


def test_given_a_search_when_objects_prove_innocent_then_they_are_live_before_it_ends() -> None:
    everyone = keys(8)
    state = observed(refused(Quarantine(), everyone, ()), accepted=True)
    state = observed(state, accepted=True)
    assert state.searching
    assert state.held_back.isdisjoint(everyone[:4])


def test_given_everybody_held_back_when_still_refused_then_nobody_is_blamed() -> None:
    stuck = observed(refused(Quarantine(), keys(3), ()), accepted=False, message="no address")
    assert (stuck.culprits, stuck.held_back, stuck.stuck) == (frozenset(), frozenset(), "no address")
    assert refused(stuck, keys(3), ()) == stuck
    assert changed(stuck, keys(1)) == Quarantine()


@pytest.mark.parametrize("edited", [0, 1])
def test_given_a_culprit_when_it_is_edited_then_it_gets_another_chance(edited: int) -> None:
    everyone = keys(2)
    state, _ = run(refused(Quarantine(), everyone, ()), frozenset(everyone), frozenset(everyone))
    assert changed(state, everyone[edited : edited + 1]).held_back == {everyone[1 - edited]}


def test_given_a_suspect_that_is_edited_all_the_time_when_searched_then_the_others_go_free() -> None:
    everyone = keys(16)
    bad = frozenset({everyone[3]})
    state = refused(Quarantine(), everyone, ())
    for _ in range(12):
        state = changed(state, everyone[9:10])
        state = observed(state, not bad - state.held_back)
    assert state.culprits == bad
    assert state.held_back <= {everyone[3], everyone[9]}


def test_given_no_search_when_an_outcome_arrives_then_nothing_happens() -> None:
    assert observed(Quarantine(), accepted=False) == Quarantine()
    assert not Quarantine().searching
