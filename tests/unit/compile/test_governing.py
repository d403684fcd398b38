import pytest

from ambassador.compile.governing import domains, governor, patterns_of, sources
from ambassador.compile.route_lists import Source

HOSTS = {"*", "*.test", "*.b.test", "a.*", "a.b.test", "c.test:8080", "*.test:9090"}


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("a.b.test", "a.b.test"),
        ("x.b.test", "*.b.test"),
        ("x.test", "*.test"),
        ("a.test", "*.test"),
        ("a.example", "a.*"),
        ("x.example", "*"),
        ("*.b.test", "*.b.test"),
        ("*.x.test", "*.test"),
        ("*", "*"),
        ("c.test", "*.test"),
    ],
)
def test_given_a_name_then_the_most_specific_host_governs_it(domain: str, host: str) -> None:
    assert governor(HOSTS, domain) == host


@pytest.mark.parametrize(
    ("domain", "port", "host"),
    [
        ("c.test", "8080", "c.test:8080"),
        ("c.test", "9090", "*.test:9090"),
        ("x.test", "9090", "*.test:9090"),
        ("a.b.test", "9090", "a.b.test"),
        ("x.b.test", "9090", "*.b.test"),
        ("x.test", "8080", "*.test"),
        ("x.example", "8080", "*"),
    ],
)
def test_given_a_port_too_then_the_name_counts_before_the_port(domain: str, port: str, host: str) -> None:
    assert governor(HOSTS, domain, port) == host


def test_given_no_host_that_covers_a_name_then_nothing_governs_it() -> None:
    assert governor({"a.test", "*.b.test"}, "c.test") is None
    assert governor({"a.test:80"}, "a.test") is None


def test_a_table_answers_for_every_pattern_once_and_without_ports() -> None:
    assert domains({"a.test:80", "*"}, {"a.test", "b.test:1"}) == ["*", "a.test", "b.test"]


MAPPINGS = frozenset({"*", "*.test", "a.*", "a.test", "a.test:80", "*.b.test", "b.test"})


@pytest.mark.parametrize(
    ("domain", "port", "found"),
    [
        ("a.test", "", {"*": False, "*.test": False, "a.*": False, "a.test": False, "a.test:80": True}),
        ("a.test", "80", {"*": False, "*.test": False, "a.*": False, "a.test": False, "a.test:80": False}),
        ("a.test", "81", {"*": False, "*.test": False, "a.*": False, "a.test": False}),
        ("x.test", "", {"*": False, "*.test": False}),
        ("*.test", "", {"*": False, "*.test": False, "a.*": True}),
        ("a.*", "", {"*": False, "*.test": True, "a.*": False, "*.b.test": True}),
        ("*", "", {"*": False}),
    ],
)
def test_given_a_domain_then_these_mappings_belong_to_it_some_only_for_some_requests(
    domain: str, port: str, found: dict[str, bool]
) -> None:
    expected = tuple(Source(pattern, conditioned) for pattern, conditioned in sorted(found.items()))
    assert sources(domain, patterns_of(MAPPINGS), port) == expected
