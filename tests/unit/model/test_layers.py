"""Tables made of one another, against plain ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.model.config_snapshot import diff
from ambassador.model.keys import ObjectKey
from ambassador.model.layers import LayeredTable, differing, flat, layered
from ambassador.model.objects import SourceObject

MANY = 10_000


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.integers(0, 30), st.one_of(st.none(), st.text(max_size=2)), max_size=40), max_size=30)
)
def test_given_any_changes_then_a_table_is_what_a_plain_one_is(steps: list[dict[int, str | None]]) -> None:
    table: LayeredTable[int, str] = LayeredTable({})
    plain: dict[int, str] = {}
    before, plain_before = table, dict(plain)
    for step in steps:
        before, plain_before = table, dict(plain)
        table = table.changed(step)
        for key, value in step.items():
            plain.pop(key, None)
            if value is not None:
                plain[key] = value
        known = differing(before, table)
        wrong = {key for key in plain | plain_before if plain.get(key) is not plain_before.get(key)}
        assert known is None or known == wrong
        assert dict(before) == plain_before
    assert dict(table) == dict(table.items()) == dict(flat(table)) == plain
    assert len(table) == len(plain)
    assert [key in table for key in range(-1, 32)] == [key in plain for key in range(-1, 32)]
    assert [table.get(key, "none") for key in range(-1, 32)] == [plain.get(key, "none") for key in range(-1, 32)]
    assert layered(table) is table


def test_given_a_key_that_is_gone_then_asking_for_it_fails() -> None:
    table = LayeredTable({1: "a"}).changed({1: None})
    with pytest.raises(KeyError):
        table[1]
    assert 1 not in table


def source(number: int, edition: int = 0) -> SourceObject:
    return SourceObject(ObjectKey("Mapping", "default", f"m{number}"), f"{number}/{edition}", {})


def test_given_very_many_objects_when_few_change_then_only_these_are_looked_at() -> None:
    everything = LayeredTable({source(number).key: source(number) for number in range(MANY)})
    table = everything
    for edition in range(1, 50):
        newer = table.changed({source(edition).key: source(edition, edition), source(MANY - edition).key: None})
        assert differing(table, newer) == {source(edition).key, source(MANY - edition).key}
        assert diff(table, newer) == {
            source(edition).key: source(edition, edition),
            source(MANY - edition).key: None,
        }
        table = newer
    assert len(diff(everything, table)) == 98
    # An object that is read again, and is the same, is no difference.
    assert diff(table, table.changed({source(MANY // 2).key: source(MANY // 2)})) == {}


def test_given_many_changes_then_they_become_a_table_of_their_own_and_the_difference_is_found_all_the_same() -> None:
    table = LayeredTable({source(number).key: source(number) for number in range(MANY)})
    newer = table.changed({source(number).key: source(number, 1) for number in range(MANY // 2)})
    assert differing(table, newer) is None
    assert len(diff(table, newer)) == MANY // 2
