from datetime import timedelta

import pytest

from ambassador.model.field_types import (
    BOOLEAN,
    DURATION,
    MILLISECONDS,
    TEXT,
    TEXT_MAP,
    TEXT_OR_BOOLEAN,
    TEXTS,
    choice,
    integer,
    list_or_one,
)
from ambassador.model.fields import Cursor, Field, FieldType, OnFault, object_of, read_fields
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Checked, Problem, Reason, Severity, dotted

KEY = ObjectKey("Mapping", "default", "web")
NAME = Field("name", TEXT, "its name", ("alias",), required=True)
SIZE = Field("size", integer(1, 9))
COLOUR = Field("colour", choice("red", "blue"), on_fault=OnFault.REJECT_OBJECT)
GUARD = Field("guard", BOOLEAN, protects=True)
SHUT = Field("shut", BOOLEAN, on_fault=OnFault.FAIL_CLOSED)
LATER = Field("later", TEXT, built=False)
LATER_GUARD = Field("later_guard", TEXT, built=False, protects=True)
NOTED = Field("noted", TEXT, built=False, note="use name")
FIELDS = (NAME, SIZE, COLOUR, GUARD, SHUT, LATER, LATER_GUARD, NOTED)


def problems_of(raw: object) -> list[tuple[str, Severity, Reason, bool]]:
    checked = read_fields(Cursor(KEY, raw, ("spec",)), FIELDS)
    return [(dotted(one.path), one.severity, one.reason, one.fails_closed) for one in checked.problems]


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (TEXT, "a", "a"),
        (TEXT, 5, None),
        (TEXT, "a\nb", None),
        (TEXT, "a\x7f", None),
        (BOOLEAN, True, True),
        (BOOLEAN, "yes", None),
        (TEXT_OR_BOOLEAN, False, False),
        (TEXT_OR_BOOLEAN, "x", "x"),
        (TEXT_OR_BOOLEAN, 1, None),
        (integer(0, 5), 5, 5),
        (integer(0, 5), 6, None),
        (integer(0, 5), -1, None),
        (integer(0, 5), True, None),
        (integer(0, 5), 1.0, None),
        (choice("a", "b"), "b", "b"),
        (choice("a", "b"), "c", None),
        (choice("a", "b"), 1, None),
        (MILLISECONDS, 1500, timedelta(seconds=1.5)),
        (MILLISECONDS, -1, None),
        (MILLISECONDS, "1s", None),
        (DURATION, "250ms", timedelta(milliseconds=250)),
        (DURATION, "1m1.5s", timedelta(seconds=61.5)),
        (DURATION, "1", None),
        (DURATION, "1 s", None),
        (DURATION, 5, None),
        (DURATION, "99999h", None),
        (TEXTS, ["a", "b"], ("a", "b")),
        (TEXTS, "a", None),
        (TEXTS, ["a", 5], None),
        (TEXT_MAP, {"b": "2", "a": "1"}, (("a", "1"), ("b", "2"))),
        (TEXT_MAP, {"a": 1}, None),
        (TEXT_MAP, ["a"], None),
        (list_or_one(TEXT), "a,b", ("a,b",)),
        (list_or_one(TEXT, ","), "a, b,", ("a", "b")),
        (list_or_one(TEXT, ","), ["a, b"], ("a, b",)),
        (list_or_one(TEXT), 5, None),
    ],
)
def test_given_a_raw_value_when_read_then_it_has_a_value_or_problems(
    kind: FieldType[object], raw: object, value: object
) -> None:
    checked = kind.read(Cursor(KEY, raw, ("spec", "field")))
    assert checked.value == value
    assert bool(checked.problems) is (value is None)


def test_given_a_number_where_a_text_is_wanted_then_the_message_says_how_to_write_it() -> None:
    (problem,) = TEXT.read(Cursor(KEY, 5, ("spec", "field"))).problems
    assert problem.message == "field must be a text, not the number 5. Put it in quotes."


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (None, "nothing"),
        ({}, "an object"),
        ([], "a list"),
        (True, "the boolean true"),
        ("x" * 99, "a text of"),
        (b"", "bytes"),
    ],
)
def test_given_a_wrong_value_then_the_message_names_it_in_a_users_words(raw: object, words: str) -> None:
    (problem,) = choice("red").read(Cursor(KEY, raw, ("colour",))).problems
    assert words in problem.message


def test_given_good_fields_when_read_then_they_are_typed_and_null_counts_as_absent() -> None:
    checked = read_fields(Cursor(KEY, {"alias": "x", "size": None, "guard": False}, ()), FIELDS)
    assert checked.problems == ()
    assert checked.value.get(NAME) == "x"
    assert checked.value.get(SIZE) is None
    assert checked.value.or_else(SIZE, 3) == 3
    assert checked.value.or_else(GUARD, True) is False
    assert checked.value.on(SIZE).path == ("size",)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ({"name": "x", "sise": 1}, ("spec.sise", Severity.WARNING, Reason.UNKNOWN_FIELD, False)),
        ({"name": "x", "size": 10}, ("spec.size", Severity.ERROR, Reason.INVALID_VALUE, False)),
        ({"name": "x", "colour": "green"}, ("spec.colour", Severity.ERROR, Reason.INVALID_VALUE, False)),
        ({"name": "x", "guard": 1}, ("spec.guard", Severity.ERROR, Reason.INVALID_TYPE, True)),
        ({"name": "x", "shut": 1}, ("spec.shut", Severity.ERROR, Reason.INVALID_TYPE, True)),
        ({"name": "x", "later": 1}, ("spec.later", Severity.WARNING, Reason.NOT_SUPPORTED, False)),
        ({"name": "x", "later_guard": 1}, ("spec.later_guard", Severity.ERROR, Reason.NOT_SUPPORTED, True)),
        ({}, ("spec.name", Severity.ERROR, Reason.MISSING_FIELD, False)),
        ("text", ("spec", Severity.ERROR, Reason.INVALID_TYPE, False)),
    ],
)
def test_given_one_fault_then_there_is_one_problem_at_its_field(raw: object, problem: tuple[object, ...]) -> None:
    assert problems_of(raw) == [problem]


@pytest.mark.parametrize(
    ("raw", "rejected"),
    [({"name": "x", "size": 10}, False), ({"name": "x", "colour": "green"}, True), ({}, True), ({"name": 5}, True)],
)
def test_given_a_fault_then_only_what_must_be_there_rejects_the_object(raw: object, rejected: bool) -> None:
    assert read_fields(Cursor(KEY, raw, ()), FIELDS).value.rejected is rejected


def test_given_an_unknown_field_then_the_nearest_known_one_is_named() -> None:
    near, far = (read_fields(Cursor(KEY, {"name": "x", name: 1}, ()), FIELDS).problems[0] for name in ("sise", "zzz"))
    assert near.message.endswith("Did you mean size?")
    assert far.message.endswith("Remove it.")


def test_given_a_note_then_it_says_what_to_do_instead() -> None:
    checked = read_fields(Cursor(KEY, {"name": "x", "noted": 1}, ()), FIELDS)
    assert checked.problems[0].message == "use name"


def test_given_an_object_field_then_its_own_problems_come_before_what_is_built_of_it() -> None:
    def build(values: object) -> Checked[str | None]:
        return Checked("built", (Problem(Severity.WARNING, Reason.CONFLICT, "built", KEY),))

    kind = object_of((NAME, SIZE), build)
    good = kind.read(Cursor(KEY, {"name": "x", "size": "5"}, ("field",)))
    assert (good.value, [one.reason for one in good.problems]) == ("built", [Reason.INVALID_TYPE, Reason.CONFLICT])
    assert kind.read(Cursor(KEY, {}, ("field",))).value is None


def test_a_path_is_written_with_dots_and_brackets() -> None:
    assert dotted(("spec", "cors", "origins", 2)) == "spec.cors.origins[2]"
    assert dotted(()) == ""


def test_checked_values_keep_their_problems_when_changed() -> None:
    problem = Problem(Severity.ERROR, Reason.CONFLICT, "x", KEY, fails_closed=True)
    changed = Checked(1, (problem,)).map(str)
    assert (changed.value, changed.problems, changed.fails_closed) == ("1", (problem,), True)


@pytest.mark.parametrize("kind", [TEXT, BOOLEAN])
@pytest.mark.parametrize("raw", ["", "web", "a\nb", "\x7f", "ümlaut", "\u2028", True, False, 0, 1, 1.5, None, [], {}])
def test_given_a_plain_value_when_read_then_it_is_itself_and_has_no_problem(
    kind: FieldType[object], raw: object
) -> None:
    if kind.plain(raw):
        assert kind.read(Cursor(KEY, raw, ("spec", "field"))) == Checked(raw)
    assert kind.plain("web") == (kind is TEXT)
    assert kind.plain(False) == (kind is BOOLEAN)
