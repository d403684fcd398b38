"""What pages and scripts are told of a revision (the contract's JSON shapes)."""

from typing import Any

import pytest

from ambassador.compile.pipeline import Compiler
from ambassador.model.config_snapshot import ConfigSnapshot, SourceState
from ambassador.model.keys import ObjectKey, file_key
from ambassador.model.objects import SourceObject
from ambassador.model.origins import Excerpt, Origin
from ambassador.model.problems import FieldPath, Problem, Reason, Severity
from ambassador.report import lists, render
from ambassador.report.revision import Revision
from ambassador.report.route_view import RouteView, route_view, window


class Lines:
    """Origins in one file, in which an object's fields follow its first line."""

    def of(self, key: ObjectKey) -> Origin:
        return Origin("all.yaml", 10 * len(key.name))

    def file(self, key: ObjectKey) -> str | None:
        return key.name if key.kind == "File" else "all.yaml"

    def line(self, key: ObjectKey, path: FieldPath) -> int | None:
        return 10 * len(key.name) + len(path)

    def excerpt(self, key: ObjectKey) -> Excerpt | None:
        return None


def ours(kind: str, name: str, spec: object) -> SourceObject:
    content = {"apiVersion": "getambassador.io/v3alpha1", "kind": kind, "metadata": {}, "spec": spec}
    return SourceObject(ObjectKey(kind, "default", name), repr(content), content)


def mapping(name: str, prefix: str, **spec: object) -> SourceObject:
    return ours("Mapping", name, {"hostname": "*", "prefix": prefix, "service": "10.0.0.1:80", **spec})


OBJECTS = (
    ours("Host", "all", {"hostname": "*", "requestPolicy": {"insecure": {"action": "Route"}}}),
    mapping("web", "/web/", weight=25, headers={"x-a": "1"}, method="GET", cors={"origins": ["*"]}),
    mapping("canary", "/web/", headers={"x-a": "1"}, method="GET", rewrite="/new/", host_rewrite="inner"),
    mapping("away", "/away/", service="b.test", host_redirect=True, path_redirect="/x", hostname="a.test"),
    mapping("regex", "/r/.*", prefix_regex=True, regex_rewrite={"pattern": "a", "substitution": "b"}, service="b.c.d"),
    mapping(
        "small", "/Case/", case_sensitive=False, auto_host_rewrite=True, service="b.c.d", query_parameters={"q": True}
    ),
    mapping("shut", "/shut/", tls="nothing", timeout_ms="x"),
)


@pytest.fixture(scope="module")
def revision() -> Revision:
    objects = {one.key: one for one in OBJECTS}
    states = (SourceState("conf", "folder", complete=True),)
    lost = Problem(Severity.ERROR, Reason.INVALID_YAML, "not YAML", file_key("bad.yaml"), line=7)
    config = ConfigSnapshot(objects, Lines(), (lost,), states)
    return Revision(3, config, Compiler().compile(objects))


@pytest.fixture(scope="module")
def view(revision: Revision) -> RouteView:
    return route_view(revision)


def rows(
    view: RouteView, q: str = "", host: str = "", limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    found = window(view, q, host, limit, offset)["listeners"]
    return [row for listener in found for one in listener["hosts"] for row in one["routes"]]


def named(view: RouteView, name: str) -> dict[str, Any]:
    return next(row for row in rows(view, host="*") if row["source"]["name"] == name)


def test_routes_are_listed_by_host_in_the_order_in_which_they_are_asked(view: RouteView) -> None:
    assert [row["source"]["name"] for row in rows(view, host="*")] == ["small", "shut", "web", "canary", "regex"]
    assert [row["order"] for row in rows(view, host="*")] == [0, 1, 2, 3, 4]
    hosts = window(view, "", "", None, 0)["listeners"][0]["hosts"]
    assert [(host["hostname"], host["tls"], host["source"]["name"]) for host in hosts] == [
        ("*", None, "all"),
        ("a.test", None, "all"),
    ]


def test_a_canary_is_told_by_share_and_group(view: RouteView) -> None:
    web, canary, regex = (named(view, name) for name in ("web", "canary", "regex"))
    assert (web["share"], canary["share"], regex["share"]) == (25, 75, 100)
    assert web["group"] == canary["group"] is not None
    assert regex["group"] is None
    assert [backend["weight"] for backend in web["backends"]] == [25]


def test_conditions_are_told_in_the_contracts_words(view: RouteView) -> None:
    match = named(view, "web")["match"]
    assert match["path"] == {"type": "prefix", "value": "/web/"}
    assert match["methods"] == ["GET"]
    assert match["headers"] == [{"name": "x-a", "type": "exact", "value": "1"}]
    small = named(view, "small")["match"]
    assert small["path"] == {"type": "prefix", "value": "/Case/", "case_sensitive": False}
    assert small["query"] == [{"name": "q", "type": "present", "value": ""}]
    assert named(view, "regex")["match"]["path"]["type"] == "regex"


def test_what_a_route_does_is_told(view: RouteView) -> None:
    assert named(view, "web")["action"] == "forward"
    assert (named(view, "shut")["action"], named(view, "shut")["status"]) == ("respond", 500)
    away = next(row for row in rows(view, host="a.test") if row["source"]["name"] == "away")
    assert away["action"] == "redirect"
    assert away["redirect"]["host"] == "b.test"
    assert (away["backends"], away["rewrite"]) == ([], None)


def test_rewrites_and_features_are_told(view: RouteView) -> None:
    assert named(view, "canary")["rewrite"] == {"prefix": "/new/", "regex": None, "host": "inner"}
    assert named(view, "regex")["rewrite"]["regex"] == {"pattern": "a", "substitution": "b"}
    assert named(view, "small")["rewrite"]["host"] == "upstream's name"
    assert named(view, "web")["filters"] == ["cors"]
    assert {"name": "timeouts", "summary": "3 s a request"} in named(view, "web")["features"]


def test_backends_have_known_endpoints_or_none_where_envoy_asks_dns(view: RouteView) -> None:
    assert named(view, "web")["backends"][0]["endpoints"] == 1
    assert named(view, "regex")["backends"][0] == named(view, "regex")["backends"][0] | {
        "service": "b.c.d",
        "endpoints": None,
    }


@pytest.mark.parametrize(
    ("q", "names"),
    [("web/", {"web", "canary"}), ("GET x-a", {"web", "canary"}), ("CANARY", {"canary"}), ("10.0.0.1 nothing", set())],
)
def test_given_words_then_routes_that_have_all_of_them_are_found(view: RouteView, q: str, names: set[str]) -> None:
    assert {row["source"]["name"] for row in rows(view, q=q, host="*")} == names


def test_given_a_window_then_the_rest_is_counted_only(view: RouteView) -> None:
    assert [row["source"]["name"] for row in rows(view, host="*", limit=2, offset=1)] == ["shut", "web"]
    assert window(view, "", "*", 2, 1)["total"] == 5
    assert window(view, "", "none.test", None, 0) == {"revision": 3, "total": 0, "listeners": []}


def test_problems_are_told_errors_first_with_file_and_line(revision: Revision) -> None:
    found = list(lists.problems(revision).items)
    assert [(one["severity"], one["reason"], one["source"]["origin"], one["line"]) for one in found] == [
        ("error", "UnknownReference", "all.yaml:40", 42),
        ("error", "InvalidType", "all.yaml:40", 42),
        ("error", "InvalidYaml", "bad.yaml:7", 7),
    ]
    assert found[1]["path"] == "spec.timeout_ms"


def test_objects_are_told_with_state_and_parents(revision: Revision) -> None:
    found = {one["source"]["name"]: one for one in lists.objects(revision, "", None, 0).whole["objects"]}
    assert found["web"]["state"] == "accepted"
    assert found["web"]["routes"] == ["mapping/default/web"]
    assert [parent["parent"]["name"] for parent in found["web"]["parents"]] == ["all"]
    assert found["shut"]["state"] == "partial"
    assert found["shut"]["why"]
    assert not found["shut"]["parents"][0]["resolved_refs"]
    assert not found["web"]["programmed"]
    assert lists.objects(revision, "canary", 1, 0).whole["total"] == 1
    names = [one["source"]["name"] for one in lists.objects(revision, "", 2, 1).whole["objects"]]
    assert names == ["away", "canary"]


def test_the_overview_counts(revision: Revision) -> None:
    counts = render.overview(revision, "1.0", 2.04)["counts"]
    assert counts == counts | {"objects": 7, "listeners": 1, "hosts": 2, "errors": 3, "warnings": 0}
    assert render.overview(revision, "1.0", 2.04)["layout"] == {"buckets": 0, "longest": 6, "copies": 0}
    assert render.overview(revision, "1.0", 2.04)["uptime_seconds"] == 2.0
    assert render.overview(revision, "1.0", 0)["sources"][0]["name"] == "conf"
