"""The memo: what is recomputed after a change, what is kept, and what is forgotten."""

from __future__ import annotations

import pytest

from ambassador.compile.memo import Input, Memo, Patch, Read, patched, rule
from ambassador.errors import CompileError

NUMBER: Input[str, int] = Input("number", 0)


@rule
def parity(read: Read, name: str) -> int:
    return read(NUMBER, name) % 2


@rule
def label(read: Read, name: str) -> tuple[str]:
    return ("odd" if read(parity, name) else "even",)


@rule
def chosen(read: Read, _: None) -> int:
    return read(NUMBER, "a") if read(NUMBER, "switch") else read(NUMBER, "b")


@rule
def circular(read: Read, _: None) -> int:
    return read(circular, None)


def _sum_patch(read: Read, names: tuple[str, ...], patch: Patch[dict[str, int]]) -> dict[str, int]:
    return {**patch.old, **{name: read(NUMBER, name) for _, name in patch.changed}}


@patched(_sum_patch)
def table(read: Read, names: tuple[str, ...]) -> dict[str, int]:
    return {name: read(NUMBER, name) for name in names}


def _memo(**numbers: int) -> Memo:
    memo = Memo()
    memo.set(NUMBER, numbers.items())
    return memo


def _ran(memo: Memo) -> list[str]:
    names = [node.name for node in memo.recomputed]
    memo.recomputed.clear()
    return names


def test_a_second_read_runs_nothing() -> None:
    memo = _memo(a=1)
    memo.get(label, "a")
    _ran(memo)
    memo.get(label, "a")
    assert _ran(memo) == []


def test_a_change_reaches_only_its_readers() -> None:
    memo = _memo(a=1, b=1)
    memo.get(label, "a"), memo.get(label, "b")
    _ran(memo)
    memo.set(NUMBER, [("a", 2)])
    assert memo.get(label, "a") == ("even",)
    assert memo.get(label, "b") == ("odd",)
    assert _ran(memo) == ["parity", "label"]


def test_an_equal_value_stops_the_change_and_keeps_the_old_object() -> None:
    memo = _memo(a=1)
    before = memo.get(label, "a")
    _ran(memo)
    memo.set(NUMBER, [("a", 3)])
    assert memo.get(label, "a") is before
    assert _ran(memo) == ["parity"]


def test_setting_an_equal_input_suspects_nobody() -> None:
    memo = _memo(a=1)
    memo.get(label, "a")
    _ran(memo)
    memo.set(NUMBER, [("a", 1)])
    memo.get(label, "a")
    assert _ran(memo) == []


def test_what_was_absent_is_a_read_too() -> None:
    memo = Memo()
    assert memo.get(label, "a") == ("even",)
    memo.set(NUMBER, [("a", 1)])
    assert memo.get(label, "a") == ("odd",)


def test_what_is_read_no_more_reaches_nobody() -> None:
    memo = _memo(switch=1, a=5, b=7)
    assert memo.get(chosen, None) == 5
    memo.set(NUMBER, [("switch", 0)])
    assert memo.get(chosen, None) == 7
    _ran(memo)
    memo.set(NUMBER, [("a", 6)])
    assert memo.get(chosen, None) == 7
    assert _ran(memo) == []


def test_a_patch_gets_exactly_what_changed_and_reads_are_kept() -> None:
    memo = _memo(a=1, b=2)
    names = ("a", "b")
    assert memo.get(table, names) == {"a": 1, "b": 2}
    memo.set(NUMBER, [("b", 3)])
    assert memo.get(table, names) == {"a": 1, "b": 3}
    memo.set(NUMBER, [("a", 4)])
    assert memo.get(table, names) == {"a": 4, "b": 3}


def test_a_rule_that_depends_on_itself_is_a_bug_with_a_name() -> None:
    with pytest.raises(CompileError, match="circular of None depends on itself"):
        Memo().get(circular, None)


def test_entries_that_nobody_reads_are_forgotten_and_pinned_ones_stay() -> None:
    memo = _memo(a=1, b=1)
    memo.get(label, "a"), memo.get(label, "b")
    memo.pin(label, "a"), memo.pin(label, "b")
    memo.unpin(label, "b")
    memo.set(NUMBER, [("b", 0)])
    memo.evict()
    _ran(memo)
    memo.get(label, "a"), memo.get(label, "b")
    assert _ran(memo) == ["label", "parity"]


def test_a_failing_rule_leaves_the_memo_usable() -> None:
    @rule
    def divided(read: Read, name: str) -> int:
        return 1 // read(NUMBER, name)

    memo = _memo(a=0)
    with pytest.raises(ZeroDivisionError):
        memo.get(divided, "a")
    memo.set(NUMBER, [("a", 1)])
    assert memo.get(divided, "a") == 1


def test_given_a_rule_then_its_keys_are_those_that_are_still_read() -> None:
    memo = _memo(a=1, b=1)
    memo.get(label, "a"), memo.get(label, "b")
    memo.pin(label, "a"), memo.pin(label, "b")
    assert memo.keys(parity) == {"a", "b"}
    memo.unpin(label, "b")
    memo.evict()
    assert memo.keys(parity) == {"a"}
