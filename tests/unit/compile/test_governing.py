import pytest
import re2

from ambassador.compile.governing import domains, governor, ingress_governor, ingress_sources, patterns_of, sources

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
    served = sources(domain, patterns_of(MAPPINGS), port)
    assert {source.pattern: bool(source.authority) for source in served} == found
    assert [source.pattern for source in served] == sorted(found)


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("a.test", "a.test"),
        ("b.test", "*.test"),
        ("c.b.test", "*"),
        ("*.test", "*.test"),
        ("*-x.test", "*.test"),
        ("*.x.test", "*"),
        ("test", "*"),
        ("a.*", "*"),
        ("*", "*"),
    ],
)
def test_given_names_of_ingresses_then_a_star_stands_for_one_label(domain: str, name: str) -> None:
    assert ingress_governor({"a.test", "*.test", "*"}, domain) == name
    assert ingress_governor({"a.test", "*.test"}, domain) == (None if name == "*" else name)


@pytest.mark.parametrize("domain", ["*.test", "*-x.test"])
def test_given_a_domain_with_a_star_then_its_requests_are_of_one_ingress_host_each(domain: str) -> None:
    served = ingress_sources({"*.test", "*"}, domain)
    assert [one.pattern for one in served] == ["*.test", "*"]
    for host, pattern in (
        ("a-x.test", "*.test"),
        ("A-X.test:80", "*.test"),
        ("a.b-x.test", "*"),
        ("c.a.b-x.test", "*"),
    ):
        assert [one.pattern for one in served if re2.fullmatch(one.authority, host)] == [pattern]


def test_given_a_host_of_its_own_then_no_other_ingress_host_is_asked() -> None:
    assert [one.pattern for one in ingress_sources({"a.test", "*.test", "*"}, "a.test")] == ["a.test"]
    assert [one.pattern for one in ingress_sources({"a.test", "*.test", "*"}, "b.test")] == ["*.test"]
    assert ingress_sources({"a.test"}, "b.test") == ()
