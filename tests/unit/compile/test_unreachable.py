"""Which objects are called unreachable, what is said of them, and what an edit beside them costs."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ambassador.compile.pipeline import Compiled, Compiler
from ambassador.explain.paths import normalized
from ambassador.ir.verdict import State
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Problem, Reason, Severity, dotted
from tests.properties.manifests import source

MOST = 12


def mapping(name: str, prefix: str, labels: dict[str, str] | None = None, **spec: Any) -> SourceObject:
    body = {"spec": {"hostname": "*", "prefix": prefix, "rewrite": "", "service": "127.0.0.1:9", **spec}}
    return source("Mapping", name, body, labels=labels or {})


def host(name: str, hostname: str, labels: dict[str, str] | None = None, **spec: Any) -> SourceObject:
    policy = {"requestPolicy": {"insecure": {"action": "Route"}}}
    return source("Host", name, {"spec": {"hostname": hostname, **policy, **spec}}, labels=labels or {})


def compiled(objects: Iterable[SourceObject]) -> Compiled:
    return Compiler().compile({one.key: one for one in objects})


def unreachable(*objects: SourceObject) -> dict[str, Problem]:
    """By name, what is called unreachable."""
    reports = compiled(objects).reports
    found = [one for report in reports.values() for one in report.problems if one.reason is Reason.UNREACHABLE]
    return {one.source.name: one for one in found}


FIRST = mapping("first", "/a", precedence=1)


def test_given_a_route_behind_one_of_higher_precedence_then_it_is_a_warning_that_names_it() -> None:
    objects = [FIRST, mapping("second", "/a/b")]
    [problem] = unreachable(*objects).values()
    assert (problem.severity, problem.source.name, dotted(problem.path)) == (Severity.WARNING, "second", "spec.prefix")
    assert problem.message == (
        "no request reaches this route: Mapping default/first takes all of them first, since its precedence is higher; "
        "narrow that, or raise this one's precedence"
    )
    report = compiled(objects).reports[ObjectKey("Mapping", "default", "second")]
    assert (report.state, report.why) == (State.ACCEPTED, "")


@pytest.mark.parametrize(
    "second",
    [
        mapping("second", "/a", prefix_exact=True, precedence=1),
        mapping("second", "/a/b/c/d", hostname="x.a.test"),
        mapping("second", "/a/b", hostname="*.a.test"),
        mapping("second", "/a/b", hostname="a.*"),
        mapping("second", "/a/b", hostname="a.test:8080"),
        mapping("second", "/a/b", host="a[.]test", host_regex=True, hostname=None),
        mapping("second", "/a/[0-9]+", prefix_regex=True),
        mapping("second", "/a/b", method="GET", headers={"x-a": "1"}, query_parameters={"q": "1"}),
        mapping("second", "/a", precedence=-5),
    ],
    ids=lambda one: repr(one.content["spec"]),
)
def test_given_one_that_takes_all_of_its_requests_then_a_route_is_called_unreachable(second: SourceObject) -> None:
    assert set(unreachable(FIRST, second)) == {"second"}


@pytest.mark.parametrize(
    "others",
    [
        [FIRST],
        [FIRST, mapping("second", "/ab", precedence=1)],
        [FIRST, mapping("second", "/b")],
        [FIRST, mapping("second", "/A/b", case_sensitive=False)],
        [mapping("first", "/a", precedence=1, hostname="a.test"), mapping("second", "/a/b")],
        [mapping("first", "/a", precedence=1, method="GET"), mapping("second", "/a/b")],
        [mapping("first", "/a"), mapping("second", "/a/b")],
        [mapping("first", "/a/.*", prefix_regex=True), mapping("second", "/a/longer/than/the/pattern")],
        [*(mapping(name, "/a", precedence=1, weight=45) for name in ("first", "also")), mapping("second", "/a/b")],
        [mapping("first", "/a", precedence=1, service="127.0.0.1:8001"), mapping("second", "/a/b")],
    ],
    ids=str,
)
def test_given_something_left_for_a_route_then_nothing_is_said(others: list[SourceObject]) -> None:
    assert unreachable(*others) == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (mapping("first", "/a/.*", prefix_regex=True), mapping("second", "/a/b")),
        (mapping("first", "/u/[0-9]+", prefix_regex=True), mapping("second", "/u/7", prefix_exact=True)),
        (mapping("first", "/a", regex_headers={"x-a": "1|2"}), mapping("second", "/a", headers={"x-a": "1"})),
        (mapping("first", "/a"), mapping("second", "/a", prefix_exact=True)),
        (mapping("first", "/a", headers={"x-a": True}, precedence=1), mapping("second", "/a/b", headers={"x-a": "1"})),
        (mapping("first", "/a"), mapping("second", "/a/b", precedence=-1)),
        (mapping("first", "/a", precedence=-1), mapping("second", "/a/b", precedence=-2)),
        (mapping("first", "/a", hostname="a.test", precedence=1), mapping("second", "/a", hostname="a.test:8080")),
    ],
    ids=lambda one: repr(one.content["spec"]),
)
def test_given_equal_or_lower_precedence_then_who_takes_all_is_found(first: SourceObject, second: SourceObject) -> None:
    assert set(unreachable(first, second)) == {"second"}
    assert unreachable(first) == unreachable(second) == {}


def test_given_a_canary_group_that_takes_all_then_all_of_it_is_named() -> None:
    group = [mapping(name, "/a", precedence=1, weight=50) for name in ("one", "two")]
    found = unreachable(*group, mapping("behind", "/a/b"))
    assert set(found) == {"behind"}
    assert "Mappings default/one, default/two together take all of them first" in found["behind"].message


@pytest.mark.parametrize(
    ("labels", "selected", "expected"),
    [
        ({}, None, {"second"}),
        ({"team": "one"}, {"matchLabels": {"team": "one"}}, {"second"}),
        ({"team": "two"}, {"matchLabels": {"team": "one"}}, set()),
    ],
)
def test_given_a_host_that_selects_then_only_who_is_there_too_takes_requests(
    labels: dict[str, str], selected: Any, expected: set[str]
) -> None:
    more = {"mappingSelector": selected} if selected else {}
    first = mapping("first", "/a", labels, precedence=1)
    second = mapping("second", "/a/b", {"team": "one"})
    assert set(unreachable(host("h", "a.test", **more), first, second)) == expected


@pytest.mark.parametrize(
    ("prefix", "spec", "said"),
    [
        ("/a/./b", {}, "/./ and /../ are resolved"),
        ("/a/..", {"prefix_exact": True}, "/./ and /../ are resolved"),
        ("/a\\b", {}, "a backslash becomes a slash"),
        ("/a b", {}, "a space or a control character"),
        ("/users/{id}", {}, "encoded: write %7B"),
        ("/%41", {}, "letters, digits and - . _ ~ are decoded"),
        ("/a", {"headers": {"Accept": "1", "accept": "2"}}, "accept can't have two values"),
        ("/a", {"headers": {"X-A": "1", "x-a": "2"}}, ""),
        ("/a", {"headers": {"x-a": "one"}, "regex_headers": {"x-a": "t.*"}}, ""),
        ("/a/..", {}, ""),
        ("/a/.b", {}, ""),
        ("/a//b", {}, ""),
        ("/a%2Fb%20%2", {}, ""),
        ("/a/../b.*", {"prefix_regex": True}, ""),
    ],
)
def test_given_a_path_that_no_request_can_have_then_what_stands_there_instead_is_told(
    prefix: str, spec: dict[str, Any], said: str
) -> None:
    found = unreachable(mapping("own", prefix, **spec))
    assert bool(found) is bool(said)
    assert all(said in one.message for one in found.values())


def test_given_any_character_or_escape_then_a_path_is_impossible_where_envoy_makes_another_one_of_it() -> None:
    plain = (f"/x{chr(code)}y" for code in range(33, 127) if chr(code) not in "?#")
    texts = [*plain, *(f"/x%{code:02X}y" for code in range(1, 256)), *(f"/x%{code:02x}y" for code in range(1, 256))]
    found = unreachable(*(mapping(f"m{place}", text, prefix_exact=True) for place, text in enumerate(texts)))
    changed = {f"m{place}" for place, text in enumerate(texts) if normalized(text, merge_slashes=False) != text}
    assert set(found) == changed
    assert 100 < len(changed) < len(texts)


@pytest.mark.parametrize(
    ("setting", "prefix", "expected"),
    [
        ("merge_slashes", "/a//b", {"own"}),
        ("merge_slashes", "//", set()),
        ("merge_slashes", "/a%2Fb", set()),
        ("reject_requests_with_escaped_slashes", "/a%2fb", {"own"}),
        ("reject_requests_with_escaped_slashes", "/a//b", set()),
    ],
)
def test_given_settings_of_the_module_then_they_count(setting: str, prefix: str, expected: set[str]) -> None:
    module = source("Module", "ambassador", {"spec": {"config": {setting: True}}})
    assert set(unreachable(module, mapping("own", prefix))) == expected


def ingress(name: str, default: bool, *rules: tuple[str, str]) -> SourceObject:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    paths = [
        {"host": named, "http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}}
        for named, path in rules
    ]
    more = {"defaultBackend": backend} if default else {}
    return source("Ingress", name, {"spec": {"ingressClassName": "ambassador", "rules": paths, **more}})


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([ingress("i", True, ("a.test", "/"))], {"i": "Ingress default/i"}),
        ([ingress("i", True, ("a.test", "/a")), ingress("j", False, ("a.test", "/"))], {"i": "Ingress default/j"}),
        ([ingress("i", True, ("a.test", "/a"))], {}),
        ([ingress("i", True, ("a.test", "/"), ("b.test", "/b"))], {}),
        ([ingress("i", False, ("a.test", "/"), ("a.test", "/b"))], {}),
        ([ingress("i", True), ingress("j", False, ("a.test", "/"))], {}),
    ],
)
def test_given_an_ingress_then_only_a_default_backend_can_get_nothing(
    objects: list[SourceObject], expected: dict[str, str]
) -> None:
    found = unreachable(*objects)
    assert {name: expected[name] in one.message for name, one in found.items()} == dict.fromkeys(expected, True)
    assert {dotted(one.path) for one in found.values()} <= {"spec.defaultBackend"}


Maker = Callable[[int, str], SourceObject]
TABLES: dict[str, Maker] = {
    "raised": lambda number, text: mapping(f"m{number}", f"/r{text}/", precedence=1),
    "raised with headers": lambda number, text: mapping(f"m{number}", "/", precedence=1, headers={"x": text}),
    "headers with patterns": lambda number, text: mapping(f"m{number}", "/", regex_headers={"x": f"{text}|y"}),
    "patterns": lambda number, text: mapping(f"m{number}", f"/v[0-9]/{text}", prefix_regex=True),
    "exact paths and patterns": lambda number, text: (
        mapping(f"m{number}", f"/v1/{text}", prefix_exact=True)
        if number % 2
        else mapping(f"m{number}", f"/v./{text}", prefix_regex=True)
    ),
}


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES)
def test_given_many_routes_that_may_take_others_requests_when_one_is_edited_then_few_rules_run_again(
    make: Maker,
) -> None:
    compiler = Compiler()
    objects = [mapping("first", "/first", precedence=2), *(make(number, f"t{number}") for number in range(200))]
    compiler.compile({one.key: one for one in objects})
    for number in (0, 101, 199):
        edited = make(number, f"edited{number}")
        after = compiler.compile({edited.key: edited})
        assert 0 < after.recomputed <= MOST, compiler.recomputed
