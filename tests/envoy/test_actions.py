"""Given what a Mapping says is to be done with a request, then backend and client see exactly that."""

from typing import Any

import pytest
from echo_backends import EchoBackend
from gateway import Gateway
from wanted import mapping, module, service


@pytest.mark.parametrize(
    ("spec", "path", "upstream"),
    [
        ({"prefix": "/a/"}, "/a/b/c?d=e", "/b/c?d=e"),
        ({"prefix": "/a/", "rewrite": "/x/"}, "/a/b", "/x/b"),
        ({"prefix": "/a/", "rewrite": ""}, "/a/b", "/a/b"),
        ({"prefix": "/a", "prefix_exact": True, "rewrite": "/x"}, "/a?b", "/x?b"),
        ({"prefix": "/a/", "case_sensitive": False, "rewrite": "/x/"}, "/A/b", "/x/b"),
        ({"prefix": "/a/.*", "prefix_regex": True}, "/a/b", "/a/b"),
        ({"prefix": "/a/", "regex_rewrite": {"pattern": "/a/(.*)", "substitution": "/x/\\1/y"}}, "/a/b?c", "/x/b/y?c"),
    ],
    ids=str,
)
def test_given_a_rewrite_then_the_backend_gets_this_path(
    gateway: Gateway, blue: EchoBackend, spec: dict[str, Any], path: str, upstream: str
) -> None:
    gateway.apply(mapping("one", service=blue.address, **spec))
    assert gateway.get(path).path == upstream


def test_given_host_rewrites_then_the_backend_gets_this_host(gateway: Gateway, blue: EchoBackend) -> None:
    gateway.apply(
        mapping("kept", "/kept/", blue.address),
        mapping("fixed", "/fixed/", blue.address, host_rewrite="fixed.test"),
        mapping("auto", "/auto/", f"echo.localhost.svc:{blue.port}", auto_host_rewrite=True),
        service("echo", blue.port, "localhost"),
    )
    hosts = {name: gateway.get(f"/{name}/", "asked.test").echo["headers"]["host"] for name in ("kept", "fixed", "auto")}
    assert hosts["kept"] == "asked.test"
    assert hosts["fixed"] == "fixed.test"
    assert hosts["auto"] == "echo.localhost"


@pytest.mark.parametrize(
    ("spec", "path", "status", "location"),
    [
        ({}, "/r/x?y=z", 301, "http://new.test/r/x?y=z"),
        ({"redirect_response_code": 307}, "/r/", 307, "http://new.test/r/"),
        ({"path_redirect": "/over/there"}, "/r/x", 301, "http://new.test/over/there"),
        ({"prefix_redirect": "/other/"}, "/r/x?y", 301, "http://new.test/other/x?y"),
        (
            {"regex_redirect": {"pattern": "/r/(.*)", "substitution": "/\\1/s"}},
            "/r/x",
            301,
            "http://new.test/x/s",
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_given_a_redirect_then_the_client_is_sent_there(
    gateway: Gateway, spec: dict[str, Any], path: str, status: int, location: str
) -> None:
    gateway.apply(mapping("one", "/r/", "new.test", host_redirect=True, **spec))
    answer = gateway.get(path, "old.test")
    assert (answer.status, answer.headers["location"]) == (status, location)


def test_given_a_backend_that_does_not_answer_then_the_client_gets_504_after_the_timeout(
    gateway: Gateway, blue: EchoBackend
) -> None:
    gateway.apply(mapping("slow", "/hang/", blue.address, timeout_ms=150, rewrite=""))
    assert gateway.get("/hang/").status == 504


def test_given_a_retry_policy_then_a_backend_that_fails_once_is_asked_again(
    gateway: Gateway, blue: EchoBackend
) -> None:
    retry = {"retry_on": "5xx", "num_retries": 2}
    gateway.apply(
        mapping("once", "/once/", blue.address, rewrite="/flaky/once"),
        mapping("again", "/again/", blue.address, rewrite="/flaky/again", retry_policy=retry),
    )
    assert gateway.get("/once/").status == 503
    assert gateway.get("/again/").status == 200
    assert blue.seen["/flaky/again"] == 2


def test_given_cors_then_a_preflight_is_answered_here_and_answers_carry_the_origin(
    gateway: Gateway, blue: EchoBackend
) -> None:
    rules = {"origins": "https://a.test,https://*.b.test", "methods": "GET, PUT", "headers": "x-a", "max_age": "60"}
    gateway.apply(mapping("one", "/cors/", blue.address, cors=rules), mapping("two", "/plain/", blue.address))
    preflight = {"method": "OPTIONS", "access_control_request_method": "PUT"}
    answer = gateway.get("/cors/", origin="https://x.b.test", **preflight)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://x.b.test"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-max-age"] == "60"
    assert blue.seen["/preflight"] == 0
    assert "access-control-allow-origin" not in gateway.get("/cors/", origin="https://evil.test").headers
    assert gateway.get("/cors/", origin="https://a.test").headers["access-control-allow-origin"] == "https://a.test"
    assert gateway.get("/plain/", origin="https://a.test", **preflight).backend == "blue"


def test_given_headers_to_add_and_remove_then_both_sides_see_it(gateway: Gateway, blue: EchoBackend) -> None:
    gateway.apply(
        mapping(
            "one",
            "/h/",
            blue.address,
            add_request_headers={
                "x-new": "1",
                "x-given": {"value": "ours", "append": False},
                "x-client": "%PROTOCOL% 100%%",
            },
            remove_request_headers=["x-gone"],
            add_response_headers={"x-answer": "yes"},
            remove_response_headers="x-internal",
        ),
        module(defaults={"httpmapping": {"add_response_headers": {"x-default": "module"}}}),
    )
    answer = gateway.get("/h/", x_given="theirs", x_gone="secret")
    seen = answer.echo["headers"]
    assert (seen["x-new"], seen["x-given"], seen["x-client"]) == ("1", "ours", "HTTP/1.1 100%")
    assert "x-gone" not in seen
    assert (answer.headers["x-answer"], answer.headers["x-default"]) == ("yes", "module")
    assert "x-internal" not in answer.headers


def test_given_an_upgrade_that_is_allowed_then_bytes_pass_both_ways_and_else_it_is_refused(
    gateway: Gateway, blue: EchoBackend
) -> None:
    gateway.apply(mapping("ws", "/ws/", blue.address, allow_upgrade=["websocket"]), mapping("no", "/no/", blue.address))
    upgrade = {"connection": "Upgrade", "upgrade": "websocket"}
    with gateway.connect() as connection:
        assert connection.get("/ws/", **upgrade).status == 101
        for word in (b"ping", b"pong"):
            connection.socket.sendall(word)
            assert connection.stream.exactly(4) == word[::-1]
    assert gateway.get("/no/", **upgrade).status == 403
