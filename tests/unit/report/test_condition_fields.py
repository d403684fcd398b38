"""Given manifests, when a request is asked about, then what decides leads to the field that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ambassador.app import offline
from ambassador.compile.pipeline import Compiler
from ambassador.explain.asking.curl import asked
from ambassador.explain.evaluate import prepare
from ambassador.report.example_view import example_view
from ambassador.report.revision import Revision
from ambassador.settings import Settings
from ambassador.sources.folder import load

BACKEND = {"service": {"name": "web", "port": {"number": 80}}}


def path(text: str, kind: str = "Prefix") -> dict[str, Any]:
    return {"path": text, "pathType": kind, "backend": BACKEND}


def rule(host: str, *paths: dict[str, Any]) -> dict[str, Any]:
    return {**({"host": host} if host else {}), **({"http": {"paths": list(paths)}} if paths else {})}


def ingress(*rules: dict[str, Any], name: str = "web", **spec: Any) -> str:
    body = {"ingressClassName": "ambassador", **({"rules": list(rules)} if rules else {}), **spec}
    return manifest("networking.k8s.io/v1", "Ingress", name, body)


def mapping(**spec: Any) -> str:
    body = {"prefix": "/a", "service": "10.0.0.1", **spec}
    return manifest("getambassador.io/v3alpha1", "Mapping", "web", body)


def manifest(api: str, kind: str, name: str, spec: dict[str, Any]) -> str:
    return yaml.safe_dump({"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec})


def told(folder: Path, text: str, question: str, *headers: str) -> dict[str, Any]:
    (folder / "all.yaml").write_text(text)
    understood = asked(question, "", headers)
    return offline.explain((folder,), Settings(), understood.question, understood.notes)


def paths(answer: dict[str, Any]) -> dict[str, str]:
    """Of each route, by its name without the Ingress's, the field."""
    return {one["route"].removeprefix("ingress/default/web/"): one["path"] for one in answer["candidates"]}


FIRST, SECOND = "spec.rules[0].http.paths[0]", "spec.rules[0].http.paths[1]"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([path("/foo"), path("/foo", "Exact")], {"/foo": FIRST, "=/foo": SECOND}),
        ([path("/bar/", "Exact"), path("/bar")], {"=/bar/": FIRST, "/bar": SECOND}),
        ([path("/bar"), path("/bar/", "Exact")], {"/bar": FIRST, "=/bar/": SECOND}),
        ([path("/x:default"), path("/x")], {"/x:default": FIRST, "/x": SECOND}),
        ([path("/twice/"), path("/twice"), path("/a")], {"/twice": FIRST, "/a": "spec.rules[0].http.paths[2]"}),
    ],
)
def test_given_paths_of_an_ingress_that_are_much_alike_then_each_route_leads_to_its_own(
    tmp_path: Path, written: list[dict[str, Any]], expected: dict[str, str]
) -> None:
    found = paths(told(tmp_path, ingress(rule("a.test", *written)), "http://a.test/zz"))
    assert {name.removeprefix("a.test"): field for name, field in found.items()} == {
        name: f"{field}.path" for name, field in expected.items()
    }


def test_given_an_ingress_whose_path_takes_it_then_route_and_backend_lead_to_that_path(tmp_path: Path) -> None:
    rules = (rule("b.test", path("/foo")), rule("a.test", path("/foo"), path("/foo", "Exact")))
    steps = {one["kind"]: one["path"] for one in told(tmp_path, ingress(*rules), "http://a.test/foo")["steps"]}
    assert (steps["host"], steps["route"]) == ("spec.rules[1].host", "spec.rules[1].http.paths[1].path")
    assert steps["backend"] == "spec.rules[1].http.paths[1].backend"


@pytest.mark.parametrize(
    ("text", "host", "expected"),
    [
        (ingress(defaultBackend=BACKEND), "a.test", ("spec.defaultBackend", "spec.defaultBackend")),
        (ingress(rule("a.test"), defaultBackend=BACKEND), "a.test", ("spec.rules[0].host", "spec.defaultBackend")),
        (ingress(rule("b.test", path("/")), rule("a.test")), "a.test", ("spec.rules[1].host", "spec.rules[1].host")),
        (ingress(rule("", path("/"))), "a.test", ("spec.rules[0]", f"{FIRST}.path")),
        (ingress(rule("*.test", path("/"))), "a.test", ("spec.rules[0].host", f"{FIRST}.path")),
        (ingress(tls=[{"hosts": ["a.test"]}], defaultBackend=BACKEND), "a.test", ("spec.tls[0].hosts[0]",) * 2),
        (ingress(rule("not a host", path("/")), rule("", path("/"))), "a.test", ("spec.rules[1]", None)),
    ],
)
def test_given_an_ingress_then_the_host_leads_to_what_is_there(
    tmp_path: Path, text: str, host: str, expected: tuple[str, str | None]
) -> None:
    # Where there is a Host, names that none is for are the Ingress's.
    other = manifest("getambassador.io/v3alpha1", "Host", "other", {"hostname": "other.test"})
    steps = {one["kind"]: one["path"] for one in told(tmp_path, f"{text}---\n{other}", f"http://{host}/")["steps"]}
    assert steps["host"] == expected[0]
    assert steps["route"] == (expected[1] or "spec.rules[1].http.paths[0].path")


def test_given_a_rule_before_it_then_a_route_of_an_ingress_stays_the_same_and_its_place_moves(tmp_path: Path) -> None:
    found = []
    for rules in ([rule("a.test", path("/a"))], [rule("b.test", path("/b")), rule("a.test", path("/a"))]):
        (tmp_path / "all.yaml").write_text(ingress(*rules))
        compiled = Compiler().compile(load([tmp_path]).objects)
        hosts = (one for table in compiled.gateway.route_tables.values() for one in table.virtual_hosts)
        routes = {route for host in hosts for route in host.routes if route.match.path.value == "/a"}
        [report] = compiled.reports.values()
        assert report.routes == tuple(name for name, _ in report.places)
        found.append((routes, dict(report.places)["ingress/default/web/a.test/a"]))
    assert found[0][0] == found[1][0]
    assert [place[2] for _, place in found] == [0, 1]


@pytest.mark.parametrize(
    ("spec", "field", "because"),
    [
        ({"headers": {":authority": "zz"}}, "spec.headers.:authority", "The host a.test is not zz."),
        ({"headers": {"Host": "z-z.test"}}, "spec.headers.Host", "The host a.test is not z-z.test."),
        (
            {"regex_headers": {":authority": "b.*|c"}},
            "spec.regex_headers.:authority",
            "The host a.test does not match the pattern b.*|c.",
        ),
        (
            {"headers": {"host": True}, "regex_headers": {"host": "b"}},
            "spec.regex_headers.host",
            "The host a.test is not b.",
        ),
    ],
)
@pytest.mark.parametrize("named", ["hostname", "host"])
def test_given_a_header_that_asks_for_a_host_beside_one_then_it_is_what_decided(
    tmp_path: Path, named: str, spec: dict[str, Any], field: str, because: str
) -> None:
    [candidate] = told(tmp_path, mapping(**{named: "a.test"}, **spec), "http://a.test/a")["candidates"]
    assert (candidate["path"], candidate["because"]) == (field, because)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"host": "b[.]test", "host_regex": True}, "spec.host"),
        ({"regex_headers": {"Host": "b[.]test"}}, "spec.regex_headers.Host"),
    ],
)
def test_given_a_pattern_for_the_host_then_its_field_is_what_decided(
    tmp_path: Path, spec: dict[str, Any], field: str
) -> None:
    [candidate] = told(tmp_path, mapping(**spec), "http://a.test/a")["candidates"]
    assert candidate["path"] == field


def test_given_a_default_backend_that_gets_nothing_then_only_its_route_is_called_unreachable(tmp_path: Path) -> None:
    # By its name alone the second route could be taken for the default backend's.
    rules = (rule("a.test", path("/"), path("/a.test:default")),)
    (tmp_path / "all.yaml").write_text(ingress(*rules, defaultBackend=BACKEND))
    config = load([tmp_path])
    revision = Revision(1, config, Compiler().compile(config.objects))
    prepared = prepare(revision.compiled.gateway)
    views = {
        end: example_view(revision, prepared, f"ingress/default/web/a.test{end}")
        for end in (":default", "/", "/a.test:default")
    }
    because = {end: view["unreachable"] for end, view in views.items() if view}
    assert set(because) == set(views)
    assert "no request reaches the default backend" in because.pop(":default")["because"]
    assert set(because.values()) == {None}
