"""What the report says of one object and of its routes, held against the Envoy that serves them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from echo_backends import EchoBackend
from gateway import Gateway, until
from wanted import mapping

MATCHES: list[dict[str, Any]] = [
    {"prefix": "/a/"},
    {"prefix": "/a", "prefix_exact": True},
    {"prefix": "/users/[0-9]+/(cart|orders)", "prefix_regex": True},
    {"prefix": "/a/", "headers": {"x-a": "1", "x-b": True}},
    {"prefix": "/a/", "regex_headers": {"x-a": "v[2-9]+"}},
    {"prefix": "/a/", "query_parameters": {"q": "1"}, "regex_query_parameters": {"r": "a|b"}},
    {"prefix": "/a/", "hostname": "*.shop.test"},
    {"prefix": "/a/", "hostname": "shop.*"},
    {"prefix": "/a/", "hostname": "shop.test:9000"},
    {"prefix": "/a/", "host": "shop[0-9]\\.test", "host_regex": True},
]


@pytest.mark.parametrize("spec", MATCHES, ids=str)
def test_given_a_route_beside_one_for_everything_then_its_examples_reach_it_at_envoy(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend, spec: dict[str, Any]
) -> None:
    wanted = mapping("wanted", service=blue.address, precedence=1, **spec)
    gateway.apply(wanted, mapping("other", "/", green.address))
    examples = gateway.json("/example?route=mapping/default/wanted")["examples"]
    assert examples
    for one in examples:
        url = urlsplit(one["url"])
        target = f"{url.path}?{url.query}" if url.query else url.path
        headers = {name: value for name, value in one["request"]["headers"] if name != "user-agent"}
        assert gateway.get(target, one["request"]["authority"], None, **headers).backend == blue.name


def test_given_an_object_that_envoy_took_then_all_of_its_resources_are_acknowledged(
    gateway: Gateway, blue: EchoBackend
) -> None:
    gateway.apply(mapping("one", "/one/", blue.address))
    until(gateway.acknowledged)
    found = gateway.json("/object?kind=Mapping&namespace=default&name=one&field=spec.prefix")
    assert {(one["type"], one["state"]) for one in found["envoy"]} >= {
        ("route", "acknowledged"),
        ("cluster", "acknowledged"),
        ("endpoints", "acknowledged"),
    }
    assert {one["state"] for one in found["envoy"]} == {"acknowledged"}
    assert found["programmed"]
    [marked] = [row for row in found["yaml"] if row["marked"]]
    assert "/one/" in marked["text"]
    assert found["source"]["origin"].endswith(f":{found['first_line']}")
