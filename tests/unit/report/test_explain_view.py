"""Given manifests, when a request is asked about, then this is said of it, with object, field and line."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ambassador.app import offline
from ambassador.explain.asking.curl import asked
from ambassador.explain.asking.question import BadRequest
from ambassador.report.explain_view import explain_query
from ambassador.settings import Settings
from tests.golden.certificates import certificate, private_key

SHOP = """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: shop}
spec:
  hostname: shop.example.com
  prefix: /cart/
  service: 10.0.0.1:8080
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: beta}
spec:
  hostname: shop.example.com
  prefix: /cart/
  headers:
    X-Beta: "yes"
  service: 10.0.0.2:8080
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: api}
spec:
  hostname: api.example.com
  prefix: /v1/
  rewrite: /internal/
  method: POST
  query_parameters: {debug: true}
  service: backend
"""
CANARY = """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: stable}
spec: {hostname: "*", prefix: /, service: 10.0.0.1}
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {name: canary}
spec: {hostname: "*", prefix: /, service: 10.0.0.2, weight: 20}
"""
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: ambassador
  rules:
    - host: web.example.com
      http:
        paths:
          - {path: /a, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}
          - path: /b
            pathType: Exact
            backend: {service: {name: b, port: {number: 80}}}
"""


def tls_host(name: str = "secure.example.com") -> str:
    def encoded(pem: str) -> str:
        return base64.b64encode(pem.encode()).decode()

    pair = f"tls.crt: {encoded(certificate(name))}, tls.key: {encoded(private_key(name))}"
    return f"""\
apiVersion: v1
kind: Secret
metadata: {{name: cert}}
type: kubernetes.io/tls
data: {{{pair}}}
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: {{name: secure}}
spec:
  hostname: {name}
  tlsSecret: {{name: cert}}
  requestPolicy:
    insecure:
      action: Redirect
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: all}}
spec: {{hostname: {name}, prefix: /, service: 10.0.0.1}}
"""


def told(folder: Path, text: str, question: str, *headers: str, method: str = "") -> dict[str, Any]:
    (folder / "all.yaml").write_text(text)
    understood = asked(question, method, headers)
    return offline.explain((folder,), Settings(), understood.question, understood.notes)


def reasons(answer: dict[str, Any]) -> dict[str, str]:
    return {one["source"]["name"]: one["because"] for one in answer["candidates"]}


def test_given_a_route_that_matches_then_it_wins_with_the_line_of_the_field_that_decided(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "http://shop.example.com/cart/1?x=1")
    winner = answer["winner"]
    assert (answer["outcome"], answer["hostname"], winner["route"]) == (
        "forward",
        "shop.example.com",
        "mapping/default/shop",
    )
    assert (winner["path"], winner["line"], winner["source"]["origin"]) == (
        "spec.prefix",
        6,
        f"{tmp_path}/all.yaml:1",
    )
    assert winner["rewritten"] == {"path": "/1?x=1", "host": "shop.example.com"}
    assert winner["backends"][0] | {"cluster": ""} == {
        "service": "10.0.0.1:8080",
        "weight": 100,
        "cluster": "",
        "endpoints": 1,
    }
    assert answer["summary"] == (
        "GET http://shop.example.com/cart/1?x=1 goes to 10.0.0.1:8080, by route mapping/default/shop."
    )


def test_given_a_better_placed_route_then_its_first_condition_that_fails_is_told(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "http://shop.example.com/cart/", "x-beta: no")
    [beta, shop] = answer["candidates"]
    assert (beta["matched"], beta["because"]) == (False, "The header x-beta is no, not yes.")
    assert (beta["path"], beta["line"]) == ("spec.headers.X-Beta", 16)
    assert (shop["matched"], answer["winner"]["route"]) == (True, shop["route"])


def test_given_a_route_behind_the_winner_then_it_is_said_that_it_is_asked_too_late(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "http://shop.example.com/cart/", "x-beta: yes")
    assert answer["winner"]["source"]["name"] == "beta"
    assert reasons(answer)["shop"] == "It would take the request as well, but mapping/default/beta is asked first."


@pytest.mark.parametrize(
    ("question", "method", "because", "path"),
    [
        ("http://api.example.com/v2/?debug", "POST", "The path /v2/ does not begin with /v1/.", "spec.prefix"),
        ("http://api.example.com/V1/?debug", "POST", "begins with /v1/ only if case is ignored.", "spec.prefix"),
        ("http://api.example.com/v1/?debug", "GET", "The method is GET, not POST.", "spec.method"),
        ("http://api.example.com/v1/", "POST", "debug is missing; it must be there.", "spec.query_parameters.debug"),
    ],
)
def test_given_one_condition_fails_then_it_and_its_field_are_named(
    tmp_path: Path, question: str, method: str, because: str, path: str
) -> None:
    answer = told(tmp_path, SHOP, question, method=method)
    [candidate] = answer["candidates"]
    assert (answer["outcome"], answer["status"], candidate["matched"]) == ("not_found", 404, False)
    assert candidate["because"].endswith(because)
    assert candidate["path"] == path


def test_given_no_route_of_the_host_but_one_elsewhere_then_it_is_a_near_miss(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "http://shop.example.com/v1/x?debug", method="POST")
    assert answer["outcome"] == "not_found"
    [near] = answer["near"]
    assert (near["route"], near["hostname"]) == ("mapping/default/api", "api.example.com")
    assert near["because"] == "It would take this request, but it is on host api.example.com."


def test_given_one_host_and_a_name_beside_it_then_that_host_is_a_near_miss(tmp_path: Path) -> None:
    host = "apiVersion: getambassador.io/v3alpha1\nkind: Host\nmetadata: {name: h}\n"
    host += "spec: {hostname: shop.example.com, requestPolicy: {insecure: {action: Route}}}\n---\n"
    answer = told(tmp_path, host + SHOP, "http://shp.example.com/cart/")
    assert answer["outcome"] == "not_found"
    assert [(one["route"], one["hostname"]) for one in answer["near"]] == [("mapping/default/shop", "shop.example.com")]


def test_given_a_route_by_host_pattern_then_it_is_no_near_miss_for_other_hosts(tmp_path: Path) -> None:
    text = "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {name: pattern}\n"
    text += "spec: {host: '(x|b).example.com', host_regex: true, prefix: /cart/, service: 10.0.0.1}\n---\n"
    answer = told(tmp_path, text + SHOP, "http://y.example.com/cart/")
    assert "mapping/default/pattern" not in [one["route"] for one in answer["near"]]


def test_given_a_host_that_nobody_covers_then_that_is_said(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "http://unknown.example.com/cart/")
    assert (answer["outcome"], answer["hostname"], answer["candidates"]) == ("not_found", "*", [])
    assert answer["summary"].endswith("is answered with 404. No route is for unknown.example.com.")


def test_given_a_canary_group_then_the_winner_is_the_first_with_a_share_and_the_others_are_alternatives(
    tmp_path: Path,
) -> None:
    answer = told(tmp_path, CANARY, "http://any.example.com/")
    shares = {answer["winner"]["route"]: answer["winner"]["share"]}
    shares |= {one["route"]: one["share"] for one in answer["alternatives"]}
    assert shares == {"mapping/default/canary": 20, "mapping/default/stable": 80}
    assert "goes to 10.0.0.2 (20 %)" in answer["summary"]


def test_given_a_host_that_redirects_then_the_redirect_and_what_https_would_do_are_told(tmp_path: Path) -> None:
    answer = told(tmp_path, tls_host(), "http://secure.example.com/x?y=1")
    assert (answer["outcome"], answer["status"]) == ("redirect", 301)
    assert answer["winner"]["location"] == "https://secure.example.com/x?y=1"
    winner = answer["winner"]
    assert (winner["source"]["kind"], winner["path"]) == ("Host", "spec.requestPolicy.insecure.action")
    assert [(one["route"], one["listener"]) for one in answer["near"]] == [("mapping/default/all", "default-8443")]


def test_given_https_then_the_certificate_is_a_station_and_an_unknown_name_is_closed(tmp_path: Path) -> None:
    answer = told(tmp_path, tls_host(), "https://secure.example.com/")
    [certificate_step] = [one for one in answer["steps"] if one["kind"] == "certificate"]
    assert certificate_step["source"]["kind"] == "Secret"
    assert answer["outcome"] == "forward"
    closed = told(tmp_path, tls_host(), "https://other.example.com/")
    assert closed["outcome"] == "no_listener"
    assert "No certificate is for the name other.example.com" in closed["summary"]


def test_given_certificates_that_offer_http2_then_cookies_are_one_header_unless_http1_is_asked_for(
    tmp_path: Path,
) -> None:
    alpn = "  tls: {alpn_protocols: 'h2,http/1.1'}\n"
    cookie = "---\napiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {name: cookie}\n"
    cookie += "spec: {hostname: secure.example.com, prefix: /, headers: {cookie: a=1}, service: 10.0.0.2}\n"
    text = tls_host().replace("  tlsSecret", f"{alpn}  tlsSecret") + cookie
    cookies = "-H 'cookie: a=1' -H 'cookie: b=2'"
    assert told(tmp_path, text, f"curl {cookies} https://secure.example.com/")["winner"]["source"]["name"] == "all"
    old = told(tmp_path, text, f"curl --http1.1 {cookies} https://secure.example.com/")
    assert old["winner"]["source"]["name"] == "cookie"
    assert "--http1.1" in old["curl"]


def test_given_https_without_any_certificate_then_nothing_answers(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "https://shop.example.com/cart/")
    assert (answer["outcome"], answer["listener"], answer["winner"]) == ("no_listener", None, None)
    assert [one["route"] for one in answer["near"]] == ["mapping/default/shop"]


def test_given_an_ingress_then_rule_and_path_are_named(tmp_path: Path) -> None:
    answer = told(tmp_path, INGRESS, "http://web.example.com/ab")
    assert reasons(answer) == {"web": "The path /ab goes on after /a without a slash."} or len(answer["candidates"]) > 1
    paths = {one["path"]: one["because"] for one in answer["candidates"]}
    assert paths["spec.rules[0].http.paths[0].path"] == "The path /ab goes on after /a without a slash."
    assert paths["spec.rules[0].http.paths[1].path"] == "The path is /ab, not exactly /b."


def test_given_a_service_without_endpoints_then_envoys_503_is_told(tmp_path: Path) -> None:
    answer = told(tmp_path, INGRESS, "http://web.example.com/a/x")
    assert (answer["outcome"], answer["status"]) in (("forward", 503), ("respond", 503))


def test_given_a_path_that_envoy_refuses_then_its_answer_comes_before_routes(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "http://shop.example.com/cart/%00")
    assert (answer["outcome"], answer["status"], answer["winner"]) == ("respond", 400, None)


def test_given_an_upgrade_that_no_route_lets_through_then_403(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "http://shop.example.com/cart/", "connection: upgrade", "upgrade: websocket")
    assert (answer["outcome"], answer["status"]) == ("respond", 403)


def test_given_credentials_then_they_are_never_told(tmp_path: Path) -> None:
    answer = told(tmp_path, SHOP, "curl -u user:hunter2 http://shop.example.com/cart/")
    assert "hunter2" not in str(answer)
    assert base64.b64encode(b"user:hunter2").decode() not in str(answer)


def test_given_thousands_of_routes_then_those_near_the_request_are_candidates(tmp_path: Path) -> None:
    mapping = "apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {{name: m{0}}}\n"
    mapping += "spec: {{hostname: '*', prefix: /service-{0}/, service: 10.0.0.1}}\n"
    answer = told(tmp_path, "---\n".join(mapping.format(number) for number in range(600)), "http://x/service-77/")
    assert (answer["winner"]["source"]["name"], answer["total"]) == ("m77", 600)
    assert answer["omitted"] == 600 - len(answer["candidates"]) > 0
    orders = [one["order"] for one in answer["candidates"]]
    assert orders == sorted(orders)


@pytest.mark.parametrize("query", ["", "url=", "method=GET", "url=http://a&url=http://b"])
def test_given_no_question_or_two_then_it_is_refused(query: str) -> None:
    with pytest.raises(BadRequest):
        explain_query(query)
