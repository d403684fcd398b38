"""YAML texts → plain values: what is accepted, what is refused and on which line."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from ambassador.model.problems import Reason
from ambassador.sources.faults import Fault, Refused
from ambassador.sources.yaml_events import build
from ambassador.sources.yaml_values import is_plain, read_yaml


def values(text: str) -> list[object]:
    read = read_yaml(text.encode())
    assert read.fault is None
    return [value for value, _ in read.documents]


def fault(text: str | bytes) -> Fault:
    read = read_yaml(text.encode() if isinstance(text, str) else text)
    assert read.fault is not None
    assert read.documents == ()
    return read.fault


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("y", "y"),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-12", -12),
        ("0644", 420),
        ("0o17", 15),
        ("0x1f", 31),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("089", "089"),
        ("0b_", "0b_"),
        ("2001-01-01", "2001-01-01"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
        ("10:30", "10:30"),
        ("18446744073709551615", 2**64 - 1),
        ("'12'", "12"),
        ('"yes"', "yes"),
        ("!!str 12", "12"),
        ("!!int 12", 12),
    ],
)
def test_given_a_scalar_when_read_then_it_means_what_it_means_in_a_cluster(text: str, value: object) -> None:
    read = values(f"a: {text}")[0]
    assert read == {"a": value}
    assert isinstance(read, dict) and type(read["a"]) is type(value)


@pytest.mark.parametrize(
    "number", ["18446744073709551616", "-9223372036854775809", "9" * 5000, ".inf", ".NaN", "1e999"]
)
def test_given_a_number_that_json_cannot_hold_when_read_then_it_is_refused_on_its_line(number: str) -> None:
    found = fault(f"a: 1\nb: {number}\n")
    assert (found.reason, found.line) == (Reason.INVALID_YAML, 1)
    assert len(found.message) < 200


def test_given_keys_that_look_like_numbers_or_booleans_when_read_then_they_are_text() -> None:
    assert values("80: a\non: b\n1.0: c") == [{"80": "a", "on": "b", "1.0": "c"}]


def test_given_anchors_and_merge_keys_when_read_then_written_keys_win_and_earlier_sources_win() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\nd: *b\n"
    assert values(text)[0] == yaml.safe_load(text)


def test_given_two_documents_when_both_use_one_anchor_name_then_each_has_its_own() -> None:
    assert values("a: &x 1\nb: *x\n---\na: &x 2\nb: *x\n") == [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    assert "has no anchor" in fault("a: &x 1\n---\nb: *x\n").message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 3, "'c' is given twice"),
        ("a: {b: 1, b: 2}", 0, "'b' is given twice"),
        ("80: 1\n'80': 2", 1, "'80' is given twice"),
        ("a: &x {k: 1, k: 2}", 0, "'k' is given twice"),
    ],
)
def test_given_a_duplicate_key_when_read_then_it_is_refused_where_it_is_repeated(
    text: str, line: int, words: str
) -> None:
    found = fault(text)
    assert (found.reason, found.line) == (Reason.DUPLICATE_KEY, line)
    assert words in found.message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: !!python/object/apply:os.system [x]", 0, "!!python/object/apply:os.system"),
        ("a: 1\nb: !secret x", 1, "!secret"),
        ("a: !!binary aGk=", 0, "!!binary"),
        ("a: !!map [1]", 0, "tag"),
        ("a: &x [*x]", 0, "part of"),
        ("a:\n- &x [1]\n- {<<: 3}", 2, "`<<` takes a mapping"),
        ("a: 1\n? [b]\n: c", 1, "a key must be text"),
        ("a: 1\n~: c", 1, "a key is empty"),
        ("a:\n\tb: 1", 1, "never with tabs"),
        ("a: b: c", 0, "quote a value"),
        ("a: 1\nb: 'x", 1, "end of stream"),
        ("a: 1\nb: \x07", 1, "control characters"),
        ("? " * 50_000, 0, "a key must be text"),
        (b"a: 1\nb: \xff\n", 1, "0xff"),
        (b"\xff\xfea\x00:\x00", 0, "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", 0, "UTF-8"),
    ],
)
def test_given_a_text_that_cannot_be_taken_when_read_then_line_and_remedy_are_named(
    text: str | bytes, line: int, words: str
) -> None:
    found = fault(text)
    assert (found.reason, found.line) == (Reason.INVALID_YAML, line)
    assert words in found.message


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 500_000, "{a: " * 100_000, "a:\n  " + "[" * 101, "- - " * 60])
def test_given_bottomless_nesting_when_read_then_it_is_refused(text: str) -> None:
    assert "nested deeper than 100" in fault(text).message


def test_given_100_levels_when_read_then_they_are_taken() -> None:
    assert len(values("[" * 100 + "]" * 100)) == 1


def alias_bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, levels)]
    return "\n".join(lines)


def merge_bomb(size: int) -> str:
    lines = ["a0: &a0 {k0: 1}"]
    lines += [f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: 1}}" for n in range(1, size)]
    return "\n".join(lines)


@pytest.mark.parametrize("bomb", [alias_bomb(30), merge_bomb(20_000)], ids=["aliases", "merges"])
def test_given_an_alias_bomb_when_read_then_it_is_refused_without_expanding_it(bomb: str) -> None:
    before = time.process_time()
    found = fault(bomb)
    assert "aliases make this document many times larger" in found.message
    assert time.process_time() - before < 5.0


def test_given_ordinary_reuse_when_read_then_aliases_are_taken() -> None:
    text = "base: &base {timeout: 3000, retries: 2, hosts: [a, b, c]}\n" + "".join(
        f"r{n}: {{<<: *base, name: n{n}}}\n" for n in range(500)
    )
    assert len(values(text)[0]) == 501  # type: ignore[arg-type]


def test_given_bom_crlf_comments_and_directives_when_read_then_they_change_nothing() -> None:
    assert values("\ufeffa: 1\r\nb: |\r\n  x\r\n  y\r\n") == [{"a": 1, "b": "x\ny\n"}]
    assert values("%YAML 1.1\n# c\n---\na: 1\n...\n%YAML 1.1\n---\nb: 2\n") == [{"a": 1}, {"b": 2}]
    assert values("# only a comment\n") == []


scalars = st.sampled_from(["a", "yes", "12", "1.5", "~", "'q'", '"x y"', "10:30", "0x1", "a b", "-", "x: y"])
texts = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(st.sampled_from(["a", "b", "1", "on", "''"]), inner), max_size=3).map(
            lambda items: "{" + ", ".join(f"{k}: {v}" for k, v in items) + "}"
        ),
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.sampled_from("pqrs"), texts), min_size=1, max_size=4))
def test_given_any_plain_text_then_the_quick_and_the_careful_way_agree(items: list[tuple[str, str]]) -> None:
    text = "".join(f"{name}: {value}\n" for name, value in items)
    assume(is_plain(text))
    quick = read_yaml(text.encode())
    try:
        careful = tuple(build(text))
    except (Refused, yaml.YAMLError):
        assert quick.fault is not None
    else:
        assert quick.documents == careful
