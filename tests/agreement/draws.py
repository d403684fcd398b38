"""Small helpers of the strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def one_of(draw: st.DrawFn, values: Sequence[T]) -> T:
    """One of some values; a failure is shrunk towards the first."""
    return draw(st.sampled_from(values))


def chance(draw: st.DrawFn, one_in: int) -> bool:
    """True once in so many times; a failure is shrunk towards False."""
    return draw(st.integers(0, one_in - 1)) == one_in - 1


def given_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of an object without those that are None."""
    return {name: value for name, value in fields.items() if value is not None}
