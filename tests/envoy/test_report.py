"""Given a real configuration, then what the watcher says of it has the shapes of the contract and agrees with Envoy."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from certificates import Pair, issue
from echo_backends import EchoBackend
from gateway import Gateway, until
from wanted import Object, host, mapping, secret, service
from web_client import Tls

SEVERITIES = {"error", "warning"}
STATES = {"accepted", "partial", "rejected", "ignored"}
ACTIONS = {"forward", "redirect", "respond"}


@pytest.fixture(scope="module")
def pair() -> Pair:
    return issue("a.test")


def objects(blue: EchoBackend, green: EchoBackend, pair: Pair) -> list[Object]:
    return [
        mapping("plain", "/plain/", blue.address),
        mapping("canary", "/plain/", green.address, weight=30),
        mapping("matched", "/m/", "shop", method="PUT", headers={"x-a": "1"}, query_parameters={"q": "1"}),
        mapping("moved", "/moved/", "new.test", host_redirect=True),
        mapping("rewritten", "/w/", blue.address, rewrite="/x/", cors={"origins": "*"}, hostname="a.test"),
        mapping("lost", "/lost/", "nobody"),
        mapping("wrong", "nowhere", blue.address),
        mapping("typo", "/typo/", blue.address, timeout_mss=3),
        service("shop", 80, clusterIP="127.0.0.1"),
        host("a", "a.test", "pair"),
        host("all", "*"),
        secret("pair", pair.certificate, pair.key),
    ]


@pytest.fixture
def described(gateway: Gateway, blue: EchoBackend, green: EchoBackend, pair: Pair) -> Iterator[Gateway]:
    gateway.apply(*objects(blue, green, pair))
    until(gateway.acknowledged)
    yield gateway


def is_source(one: dict[str, Any]) -> bool:
    """Whether it is a SOURCE of the contract."""
    return {"kind", "namespace", "name", "origin"} <= one.keys() and all(
        isinstance(value, str) for value in one.values()
    )


def test_given_problems_then_each_has_severity_reason_message_path_line_and_source(described: Gateway) -> None:
    found = described.json("/problems")
    assert isinstance(found["revision"], int)
    by_name = {one["source"]["name"]: one for one in found["problems"]}
    assert {"lost", "wrong", "typo"} <= by_name.keys()
    for one in found["problems"]:
        assert one["severity"] in SEVERITIES
        assert one["reason"].isalpha()
        assert one["message"]
        assert is_source(one["source"])
    wrong = by_name["wrong"]
    lines = (described.config / "all.yaml").read_text().splitlines()
    assert (wrong["severity"], wrong["path"]) == ("error", "spec.prefix")
    assert lines[wrong["line"] - 1] == "  prefix: nowhere"
    assert lines[by_name["typo"]["line"] - 1] == "  timeout_mss: 3"
    severities = [one["severity"] for one in found["problems"]]
    assert severities == sorted(severities), "errors come first"


def test_given_routes_then_they_have_match_action_backends_and_source_in_evaluation_order(described: Gateway) -> None:
    found = described.json("/routes")
    assert isinstance(found["revision"], int)
    ports = {one["port"] for one in found["listeners"]}
    assert ports == {described.settings.http_port, described.settings.https_port}
    for listener in found["listeners"]:
        assert {"name", "address", "port", "protocol", "hosts"} <= listener.keys()
        for one in listener["hosts"]:
            assert {"hostname", "tls", "routes"} <= one.keys()
            assert [route["order"] for route in one["routes"]] == list(range(len(one["routes"])))
            assert all(check_route(route) for route in one["routes"])


def check_route(route: dict[str, Any]) -> bool:
    """Whether a route has the contract's shape."""
    assert {"name", "order", "match", "action", "backends", "share", "group", "rewrite", "filters"} <= route.keys()
    assert route["action"] in ACTIONS
    assert {"path", "methods", "headers", "query"} <= route["match"].keys()
    assert route["match"]["path"]["type"] in {"prefix", "segment_prefix", "exact", "regex"}
    assert all({"cluster", "service", "weight", "endpoints"} <= backend.keys() for backend in route["backends"])
    return is_source(route["source"])


def routes_of(gateway: Gateway, query: str) -> list[dict[str, Any]]:
    found = gateway.json(f"/routes?{query}")
    return [route for one in found["listeners"] for host in one["hosts"] for route in host["routes"]]


def test_given_a_search_a_host_a_limit_and_an_offset_then_routes_and_objects_are_windows(described: Gateway) -> None:
    assert {route["source"]["name"] for route in routes_of(described, "q=canary")} == {"canary"}
    of_host = described.json("/routes?host=a.test")
    assert {one["hostname"] for listener in of_host["listeners"] for one in listener["hosts"]} == {"a.test"}
    whole = routes_of(described, "")
    assert routes_of(described, "limit=3&offset=2") == whole[2:5]
    names = [one["source"]["name"] for one in described.json("/objects")["objects"]]
    window = described.json("/objects?limit=4&offset=1")
    assert [one["source"]["name"] for one in window["objects"]] == names[1:5]
    assert [one["source"]["name"] for one in described.json("/objects?q=moved")["objects"]] == ["moved"]


def test_given_canary_shares_then_routes_say_them(described: Gateway) -> None:
    found = {route["source"]["name"]: route for route in routes_of(described, "q=/plain/&host=*")}
    assert (found["canary"]["share"], found["plain"]["share"]) == (30, 70)
    assert found["canary"]["group"] == found["plain"]["group"] != None  # noqa: E711 - a chain of comparisons


def test_given_objects_then_each_says_what_became_of_it(described: Gateway) -> None:
    found = {one["source"]["name"]: one for one in described.json("/objects")["objects"]}
    for one in found.values():
        assert is_source(one["source"])
        assert one["state"] in STATES
        assert isinstance(one["programmed"], bool)
        assert all({"parent", "accepted", "resolved_refs", "reason"} <= parent.keys() for parent in one["parents"])
        assert all(problem["source"] == one["source"] for problem in one["problems"])
    assert (found["plain"]["state"], found["plain"]["programmed"]) == ("accepted", True)
    assert (found["wrong"]["state"], found["wrong"]["programmed"]) == ("rejected", False)
    assert found["wrong"]["why"]
    assert {parent["parent"]["name"] for parent in found["plain"]["parents"]} == {"a", "all"}
    assert found["plain"]["routes"]


def test_given_an_overview_then_counts_and_envoys_state_are_in_it(described: Gateway) -> None:
    found = described.json("/overview")
    assert {"version", "revision", "uptime_seconds", "counts", "envoy", "sources"} <= found.keys()
    assert found["envoy"]["connected"] is True
    assert found["envoy"]["acknowledged_revision"] == found["revision"]
    assert found["envoy"]["nacks"] == []
    assert found["counts"]["listeners"] == 2
    assert [source["complete"] for source in found["sources"]] == [True]


@pytest.mark.parametrize("page", ["/routes", "/objects", "/problems", "/overview"])
def test_given_the_tag_of_what_was_seen_then_it_is_sent_again_only_after_a_change(
    described: Gateway, blue: EchoBackend, page: str
) -> None:
    status, body, tag = described.report(page)
    assert (status, bool(body), bool(tag)) == (200, True, True)
    assert described.report(page, tag)[:2] == (304, b"")
    described.apply(mapping("another", "/another/", blue.address))
    until(described.acknowledged)
    assert described.report(page, tag)[0] == 200


def test_given_a_route_on_the_page_then_the_access_log_names_it(described: Gateway) -> None:
    (name,) = {route["name"] for route in routes_of(described, "q=rewritten&host=a.test")}
    assert described.get("/w/logged", "a.test", Tls("a.test")).path == "/x/logged"

    def logged() -> bool:
        lines = (described.folder / "access.log").read_text().splitlines()
        return name in {json.loads(line)["route"] for line in lines if "/w/logged" in line}

    until(logged)


def test_given_a_key_in_a_secret_then_it_is_nowhere_but_in_envoys_memory(
    lenient: Gateway, blue: EchoBackend, pair: Pair
) -> None:
    canary = pair.key.splitlines()[1]
    bad = issue("b.test", weak=True)
    lenient.apply(
        mapping("all", "/", blue.address),
        host("a", "a.test", "pair"),
        secret("pair", pair.certificate, pair.key),
    )
    # A pair that Envoy refuses is talked about the most.
    lenient.write(
        mapping("all", "/", blue.address, add_request_headers={"x": "%UNKNOWN_OPERATOR%"}),
        host("a", "a.test", "pair"),
        host("b", "b.test", "weak"),
        secret("pair", pair.certificate, pair.key),
        secret("weak", bad.certificate, bad.key),
    )
    until(lambda: lenient.culprits() == {"all", "b"})
    until(lambda: (lenient.settings.state / "accepted.json").exists())
    pages = ("/problems", "/objects", "/routes", "/overview", "/health", "/metrics")
    texts = {page: lenient.report(page)[1].decode() for page in pages}
    texts |= {"config_dump": lenient.admin("/config_dump"), "stats": lenient.admin("/stats")}
    files = [path for path in lenient.folder.rglob("*") if path.is_file() and lenient.config not in path.parents]
    texts |= {str(path): path.read_bytes().decode(errors="replace") for path in files}
    assert len(files) >= 5
    secrets = (canary, bad.key.splitlines()[3])
    assert [name for name, text in texts.items() if any(one in text for one in secrets)] == []
