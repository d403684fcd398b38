"""A request for a route: made of its match, and confirmed before it is given."""

from __future__ import annotations

from pathlib import Path

import pytest
from compared import HOST, mapping

from ambassador.compile.pipeline import Compiler
from ambassador.explain.asking.to_curl import to_curl
from ambassador.explain.evaluate import prepare
from ambassador.explain.examples.find import example
from ambassador.explain.request import Request
from ambassador.report.places import of_name
from ambassador.sources.folder import load
from tests.golden.certificates import certificate, private_key

ROUTE = "mapping/default/cart"
ANY = HOST.replace("shop.test", '"*"')


def asked(folder: Path, documents: list[str], name: str = ROUTE, pattern: str = "") -> Request | None:
    """The example for the first place of a route (at the host of that pattern)."""
    (folder / "all.yaml").write_text("---\n".join(documents))
    gateway = Compiler().compile(load([folder]).objects).gateway
    places = [one for one in of_name(gateway, name) if not pattern or one.domain.pattern == pattern]
    return example(prepare(gateway), places[0].listener, places[0].domain, places[0].route)


def line(request: Request | None) -> str:
    """The curl line without what only says that nothing is sent."""
    return "" if request is None else to_curl(request)


def listener(**fields: object) -> str:
    spec = "".join(f", {name}: {value}" for name, value in fields.items())
    rest = "port: 8080, protocol: HTTPS, securityModel: XFP, hostBinding: {namespace: {from: ALL}}"
    return f"apiVersion: getambassador.io/v3alpha1\nkind: Listener\nmetadata: {{name: l}}\nspec: {{{rest}{spec}}}\n"


def secret() -> str:
    parts = (("tls.crt", certificate("shop.test")), ("tls.key", private_key("shop.test")))
    body = "".join(f"  {part}: |\n" + "".join(f"    {row}\n" for row in pem.splitlines()) for part, pem in parts)
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: tls}}\nstringData:\n{body}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "curl http://shop.test/cart/"),
        ({"prefix_exact": True}, "curl http://shop.test/cart/"),
        ({"prefix": "/users/[0-9]+", "prefix_regex": True}, "curl http://shop.test/users/1"),
        ({"method": "POST"}, "curl -X POST http://shop.test/cart/"),
        ({"method": "PUT|DELETE", "method_regex": True}, "curl -X PUT http://shop.test/cart/"),
        ({"headers": {"x-a": "1", "x-b": True}}, "curl -H 'x-a: 1' -H 'x-b: 1' http://shop.test/cart/"),
        ({"regex_headers": {"x-a": "v[2-9]"}}, "curl -H 'x-a: v2' http://shop.test/cart/"),
        (
            {"headers": {"x-a": "one"}, "regex_headers": {"x-a": "t.+"}},
            "curl -H 'x-a: one' -H 'x-a: ta' http://shop.test/cart/",
        ),
        ({"query_parameters": {"a": "b", "c": True}}, "curl 'http://shop.test/cart/?a=b&c=1'"),
        ({"regex_query_parameters": {"a": "b+"}}, "curl 'http://shop.test/cart/?a=b'"),
        ({"hostname": "shop.test:9000"}, "curl -H 'host: shop.test:9000' http://shop.test/cart/"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_given_conditions_then_the_request_meets_them(tmp_path: Path, fields: dict[str, object], expected: str) -> None:
    assert line(asked(tmp_path, [HOST, mapping("cart", **fields)])) == expected


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("*", "http://localhost:8080/cart/"),
        ("*.shop.test", "http://www.shop.test/cart/"),
        ("shop.*", "http://shop.com/cart/"),
        ("10.0.0.9", "http://10.0.0.9/cart/"),
    ],
)
def test_given_a_host_pattern_then_the_host_is_one_of_it(tmp_path: Path, pattern: str, url: str) -> None:
    found = asked(tmp_path, [ANY, mapping("cart", hostname=f'"{pattern}"')], pattern=pattern)
    assert found is not None
    assert found.url == url


def test_given_a_pattern_of_hosts_then_the_host_matches_it(tmp_path: Path) -> None:
    route = mapping("cart", host="shop[0-9]\\.test", host_regex=True).replace('  hostname: "*"\n', "")
    found = asked(tmp_path, [ANY, route])
    assert found is not None
    assert (found.host, found.authority) == ("shop1.test", "shop1.test")


def test_given_a_route_before_it_then_a_request_that_this_one_does_not_take(tmp_path: Path) -> None:
    first = mapping("first", prefix_exact=True, precedence=1)
    assert line(asked(tmp_path, [HOST, first, mapping("cart")])) == "curl http://shop.test/cart/example"


def test_given_a_name_of_a_wildcard_that_has_routes_of_its_own_then_another_name(tmp_path: Path) -> None:
    own = mapping("own", "/", hostname="www.shop.test", precedence=1)
    wild = mapping("cart", hostname='"*.shop.test"')
    found = asked(tmp_path, [ANY, own, wild], pattern="*.shop.test")
    assert found is not None
    assert found.host == "any.shop.test"


def test_given_a_host_with_a_certificate_then_https_and_for_its_redirect_http(tmp_path: Path) -> None:
    host = HOST.replace("Route", "Redirect").replace("spec: {", "spec: {tlsSecret: {name: tls}, ")
    world = [listener(), host, secret(), mapping("cart")]
    assert line(asked(tmp_path, world)) == "curl https://shop.test/cart/"
    assert line(asked(tmp_path, world, "https-redirect")) == "curl http://shop.test/"
    assert line(asked(tmp_path, world, "https-redirect-port")) == "curl http://shop.test:8080/"


def test_given_tls_that_a_proxy_in_front_ends_then_what_that_proxy_says(tmp_path: Path) -> None:
    world = [listener(l7Depth=1), HOST.replace("Route", "Redirect"), mapping("cart")]
    assert line(asked(tmp_path, world)) == "curl -H 'x-forwarded-proto: https' http://shop.test/cart/"
    assert asked(tmp_path, [listener(), *world[1:]]) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"prefix": "/a b/"},
        {"prefix": "/x/../y/"},
        {"headers": {"accept": "1"}, "regex_headers": {"accept": "[2-9]"}},
        {"query_parameters": {"a": "b&c"}},
        {"query_parameters": {"a": "b#c"}},
        {"prefix": "\\p{Greek}+", "prefix_regex": True},
    ],
    ids=lambda value: ",".join(value),
)
def test_given_a_match_that_no_request_can_meet_or_that_is_not_understood_then_none(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    assert asked(tmp_path, [HOST, mapping("cart", **fields)]) is None


def test_given_a_canary_then_each_member_has_an_example(tmp_path: Path) -> None:
    world = [HOST, mapping("cart", weight=90), mapping("canary", weight=10)]
    assert asked(tmp_path, world) == asked(tmp_path, world, "mapping/default/canary") is not None
