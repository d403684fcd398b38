"""`diff` on routes: what was added, removed, changed field by field, or asked in another order."""

from __future__ import annotations

from pathlib import Path

import pytest
from compared import HOST, answers, changes, details, mapping, told

from ambassador.explain.difference import answers as answering

CART = "mapping/default/cart"


def test_given_the_same_manifests_then_nothing_differs(tmp_path: Path) -> None:
    found = told(tmp_path, [HOST, mapping("cart")], [HOST, mapping("cart")])
    assert (found["same"], found["summary"]) == (True, "every request is answered as before")
    assert (found["changes"], found["answers"], found["harmless"]) == ([], [], [])


def test_given_a_new_route_then_it_is_told_with_its_line(tmp_path: Path) -> None:
    found = told(tmp_path, [HOST, mapping("cart")], [HOST, mapping("cart"), mapping("sale", "/sale/", method="GET")])
    assert changes(found) == [("route", "added", "mapping/default/sale")]
    assert details(found, "mapping/default/sale") == {"": ("", "GET /sale/ → 10.0.0.1:80")}
    [change] = found["changes"]
    assert change["hosts"] == ["shop.test"]
    assert change["source"]["origin"].endswith("new/all.yaml:15")
    assert (found["answers"], found["same"]) == ([], False)


def test_given_a_route_that_is_gone_then_the_old_line_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, [HOST, mapping("all", "/"), mapping("cart")], [HOST, mapping("all", "/")])
    assert changes(found) == [("route", "removed", CART)]
    assert found["changes"][0]["source"]["origin"].endswith("old/all.yaml:15")
    assert answers(found) == [("GET http://shop.test/cart/", CART, "mapping/default/all")]


FIELDS = [
    ({"prefix": "/basket/"}, {"path": ("/cart/", "/basket/")}),
    ({"prefix_exact": True}, {"path": ("/cart/", "/cart/ exactly")}),
    ({"case_sensitive": False}, {"path": ("/cart/", "/cart/ in any case")}),
    ({"method": "GET"}, {"method": ("", "GET")}),
    ({"headers": {"x-a": "1", "x-b": True}}, {"headers": ("", "x-a=1, x-b")}),
    ({"headers": {"x-token": "abc"}}, {"headers": ("", "x-token=[redacted]")}),
    ({"regex_query_parameters": {"q": "a+"}}, {"query parameters": ("", "q~a+")}),
    ({"service": "10.0.0.2:80"}, {"backend": ("10.0.0.1:80", "10.0.0.2:80")}),
    ({"timeout_ms": 5000}, {"timeouts request": ("3 s", "5 s")}),
    ({"rewrite": "/b/"}, {"rewrite prefix": ("/", "/b/")}),
    ({"host_rewrite": "inner"}, {"rewrite host": ("", "inner")}),
    ({"retry_policy": {"retry_on": "5xx"}}, {"retry on": ("", "5xx")}),
    ({"connect_timeout_ms": 1000}, {"upstream timeouts connect": ("3 s", "1 s")}),
    ({"add_request_headers": {"x-a": "b"}}, {"headers request add": ("", "x-a: b")}),
    ({"add_request_headers": {"authorization": "x"}}, {"headers request add": ("", "authorization: [redacted]")}),
    (
        {"host_redirect": True, "service": "other.test"},
        {"action": ("10.0.0.1:80", "redirect 301 to the same scheme, other.test")},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), FIELDS, ids=lambda value: ",".join(value))
def test_given_a_changed_field_then_both_values_are_told(
    tmp_path: Path, fields: dict[str, object], expected: dict[str, tuple[str, str]]
) -> None:
    found = told(tmp_path, [HOST, mapping("cart")], [HOST, mapping("cart", **fields)])
    assert changes(found) == [("route", "changed", CART)]
    assert details(found, CART) == expected
    assert not found["same"]


def test_given_a_changed_secret_value_then_that_it_changed_is_told_and_nothing_more(tmp_path: Path) -> None:
    old, new = (mapping("cart", add_request_headers={"x-api-key": value}) for value in ("hidden1", "hidden2"))
    found = told(tmp_path, [HOST, old], [HOST, new])
    text = "x-api-key: [redacted]"
    assert details(found, CART) == {"headers request add": (text, f"{text} (another value)")}
    assert "hidden" not in str(found)


def test_given_a_canary_then_weights_and_shares_are_told(tmp_path: Path) -> None:
    found = told(tmp_path, [HOST, mapping("cart")], [HOST, mapping("cart"), mapping("canary", weight=10)])
    assert changes(found) == [("route", "added", "mapping/default/canary"), ("route", "changed", CART)]
    assert details(found, CART) == {"weight": ("100%", "90%")}
    assert answers(found) == [("GET http://shop.test/cart/", CART, f"mapping/default/canary 10%, {CART} 90%")]


def test_given_another_order_that_lets_another_route_win_then_the_requests_are_told(tmp_path: Path) -> None:
    old = [HOST, mapping("api", "/api/", precedence=1), mapping("v1", "/api/v1/"), mapping("cart")]
    new = [HOST, mapping("api", "/api/"), mapping("v1", "/api/v1/"), mapping("cart")]
    found = told(tmp_path, old, new)
    assert answers(found) == [("GET http://shop.test/api/v1/", "mapping/default/api", "mapping/default/v1")]
    assert details(found, "mapping/default/api") == {"order": ("asked as number 1", "asked as number 3")}
    assert (found["harmless"], found["same"]) == ([], False)


def test_given_another_order_that_no_request_notices_then_it_is_harmless(tmp_path: Path) -> None:
    old = [HOST, mapping("a", "/aaa/", precedence=1), mapping("b", "/bbbbb/")]
    found = told(tmp_path, old, [HOST, mapping("a", "/aaa/"), mapping("b", "/bbbbb/")])
    assert (found["same"], found["changes"], found["answers"]) == (True, [], [])
    assert found["harmless"] == [{"routes": ["mapping/default/b"], "hosts": ["shop.test"]}]


def test_given_more_moved_routes_than_there_is_room_to_ask_about_then_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_MOST_PAIRS", -1)
    old = [HOST, mapping("a", "/aaa/", precedence=1), mapping("b", "/bbbbb/")]
    found = told(tmp_path, old, [HOST, mapping("a", "/aaa/"), mapping("b", "/bbbbb/")])
    assert (found["same"], found["unasked"], found["harmless"]) == (False, 1, [])
    assert found["summary"] == "1 moved route was not asked about, being too many"


def test_given_a_route_that_moves_to_another_host_then_it_is_one_change(tmp_path: Path) -> None:
    old, new = ([HOST, mapping("cart", hostname=name)] for name in ("a.test", "b.test"))
    hosts = HOST.replace("shop.test", '"*"')
    found = told(tmp_path, [hosts, *old[1:]], [hosts, *new[1:]])
    assert ("route", "changed", CART) in changes(found)
    assert details(found, CART) == {"host": ("a.test", "b.test")}
    assert {("host", "removed", "a.test"), ("host", "added", "b.test")} <= set(changes(found))


def test_given_a_route_that_two_hosts_treat_alike_then_it_is_told_once(tmp_path: Path) -> None:
    other = HOST.replace("name: shop", "name: other").replace("shop.test", "other.test")
    found = told(tmp_path, [HOST, other, mapping("cart")], [HOST, other, mapping("cart", timeout_ms=1)])
    assert [one["hosts"] for one in found["changes"]] == [["other.test", "shop.test"]]


def test_given_ingresses_then_their_paths_are_routes_too(tmp_path: Path) -> None:
    found = told(tmp_path, [ingress("/a")], [ingress("/b")])
    assert [(sign, name.rpartition(".")[2]) for _, sign, name in changes(found)] == [
        ("removed", "test/a"),
        ("added", "test/b"),
    ]


def ingress(path: str) -> str:
    backend = "{service: {name: web, port: {number: 80}}}"
    rule = f"{{host: a.test, http: {{paths: [{{path: {path}, pathType: Prefix, backend: {backend}}}]}}}}"
    spec = f"spec: {{ingressClassName: ambassador, rules: [{rule}]}}\n"
    return f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web}}\n{spec}"
