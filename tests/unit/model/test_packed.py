"""Packed content: equal to what was packed, and nobody's change to what it gave comes back."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from ambassador.model.packed import packed

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@settings(deadline=None)
@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_given_any_json_then_packed_it_is_the_same(content: dict[str, object]) -> None:
    kept = packed(content)
    assert kept == content
    assert list(kept.items()) == list(content.items())
    assert [kept[name] for name in kept] == list(content.values())
    assert (len(kept), list(kept)) == (len(content), list(content))


def test_given_a_name_that_is_not_there_then_it_is_missed_as_in_a_dictionary() -> None:
    kept = packed({"kind": "Mapping"})
    assert ("kind" in kept, "spec" in kept) == (True, False)
    assert (kept.get("spec"), kept.get("spec", 1), kept.get("kind")) == (None, 1, "Mapping")


def test_given_numbers_that_json_has_no_word_for_then_they_are_kept() -> None:
    limit = packed({"spec": {"limit": math.inf}})["spec"]
    assert limit == {"limit": math.inf}


def test_given_a_value_that_is_changed_by_whoever_asked_then_the_content_is_not() -> None:
    kept = packed({"spec": {"hosts": ["a"]}})
    spec = kept["spec"]
    assert isinstance(spec, dict)
    spec["hosts"].append("b")
    assert kept["spec"] == {"hosts": ["a"]}
