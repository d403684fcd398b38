import pytest

from ambassador.features.patterns import MAX_PATTERN_LENGTH, PATTERN, fault_of, substitution_fault
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.problems import Reason


@pytest.mark.parametrize("pattern", ["/a/[a-z0-9-]{1,30}/b", "(?i)x", "é+", "a" * MAX_PATTERN_LENGTH])
def test_given_a_pattern_that_envoy_takes_then_there_is_no_fault(pattern: str) -> None:
    assert fault_of(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "is empty"),
        ("(?=a)", "is not a pattern that RE2 accepts (invalid perl operator"),
        ("a(", "missing )"),
        ("a{2000}", "invalid repetition size"),
        ("[а-я]{1,900}[а-я]{1,900}[а-я]{1,900}", "RE2 instructions, more than 10000"),
        ("a" * (MAX_PATTERN_LENGTH + 1), "is longer than 4096 characters"),
    ],
)
def test_given_a_pattern_that_envoy_refuses_then_the_sentence_says_why(pattern: str, words: str) -> None:
    assert words in fault_of(pattern)


@pytest.mark.parametrize(
    ("substitution", "words"),
    [
        ("/\\1/\\2", ""),
        ("\\0", ""),
        ("plain", ""),
        ("\\\\", ""),
        ("\\3", "refers to group \\3, but the pattern has 2"),
        ("\\x", "has \\x"),
        ("end\\", "has \\:"),
    ],
)
def test_given_a_substitution_then_its_groups_must_be_in_the_pattern(substitution: str, words: str) -> None:
    assert substitution_fault("/(a)/(b)", substitution).startswith(words)
    assert bool(words) is bool(substitution_fault("/(a)/(b)", substitution))


def test_given_a_pattern_field_when_read_then_faults_are_problems_of_it() -> None:
    key = ObjectKey("Mapping", "default", "web")
    assert PATTERN.read(Cursor(key, "a+", ("spec", "pattern"))).value == "a+"
    assert PATTERN.read(Cursor(key, 5, ("spec", "pattern"))).problems[0].reason is Reason.INVALID_TYPE
    bad = PATTERN.read(Cursor(key, "a(", ("spec", "pattern")))
    assert (bad.value, bad.problems[0].reason) == (None, Reason.INVALID_PATTERN)
