"""Requests that the evaluator and Envoy once saw differently, and what Envoy does with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ambassador.explain.request import Headers, Request
from tests.agreement.raw_client import Seen
from tests.agreement.world import HTTP, Manifest, World, manifest

_BACKEND = "127.0.0.1:9000"
_UPGRADE = (("connection", "upgrade"), ("upgrade", "websocket"))


@dataclass(frozen=True, slots=True)
class Case:
    """A world, a request for it, and what Envoy does. The name says what there is to learn."""

    name: str
    world: World
    request: Request
    seen: Seen


def _mapping(name: str, prefix: str = "/", **more: Any) -> Manifest:
    return manifest("Mapping", name, {"hostname": "*", "prefix": prefix, "rewrite": "", "service": _BACKEND, **more})


def _module(**config: Any) -> World:
    return World((_mapping("all"), manifest("Module", "ambassador", {"config": config})))


def _asking_for(**conditions: Any) -> World:
    """A route with conditions before one without."""
    return World((_mapping("all"), _mapping("some", precedence=1, **conditions)))


def _redirecting(**config: Any) -> World:
    redirect = manifest("Mapping", "away", {"hostname": "*", "prefix": "/", "service": "b.test", "host_redirect": True})
    return World((redirect, manifest("Module", "ambassador", {"config": config})))


def _get(path: str = "/", *headers: tuple[str, str], authority: str = "a.test") -> Request:
    return Request("http", "a.test", path, HTTP, headers=headers, authority=authority)


def _got(name: str = "all", path: str = "/", host: str = "a.test") -> Seen:
    return Seen(200, f"mapping/default/{name}", path=path, host=host)


def _many(count: int) -> Headers:
    return tuple((f"x-{number}", "1") for number in range(count))


_TRUSTING = {"xff_num_trusted_hops": 1}
_CLEARTEXT = {
    "port": HTTP,
    "protocol": "HTTP",
    "securityModel": "XFP",
    "hostBinding": {"namespace": {"from": "ALL"}},
}

CASES = (
    # paths
    Case(
        "slashes are merged, but two are left of a path that has nothing else",
        _module(merge_slashes=True),
        _get("///"),
        _got(path="//"),
    ),
    Case(
        "a percent sign that would begin an escape once its digits are decoded is encoded itself",
        _module(),
        _get("/a%2%41b"),
        _got(path="/a%252Ab"),
    ),
    Case(
        "parameters of dot segments are dropped before anything in them is looked at",
        _module(),
        _get("/a/.;x=%00/b"),
        _got(path="/a/b"),
    ),
    # Host headers
    Case("a dot before the port is dropped", _module(), _get(authority="a.test.:81"), _got(host="a.test:81")),
    Case("a dot behind the port is dropped", _module(), _get(authority="a.test:81."), _got(host="a.test:81")),
    Case("a Host header with a slash is refused", _module(), _get(authority="a.test/b"), Seen(400)),
    Case("a Host header with a space is refused", _module(), _get(authority="a.test, b.test"), Seen(400)),
    Case("a request without a Host header is refused", _module(), _get(authority=""), Seen(400)),
    # other headers
    Case("an unknown transfer coding is refused", _module(), _get("/", ("transfer-encoding", "gzip")), Seen(501)),
    Case("a length that is none is refused", _module(), _get("/", ("content-length", "abc")), Seen(400)),
    Case(
        "a preflight request without an origin is the backend's",
        World((_mapping("all", cors={"origins": "*"}),)),
        replace(_get("/", ("access-control-request-method", "GET")), method="OPTIONS"),
        _got(),
    ),
    Case(
        "any value of a repeated header meets a condition",
        _asking_for(headers={"x-a": "2"}),
        _get("/", ("x-a", "1"), ("x-a", "2")),
        _got("some"),
    ),
    Case(
        "two conditions on a header are met by a line each",
        _asking_for(headers={"x-a": "1"}, regex_headers={"x-a": "t.*"}),
        _get("/", ("x-a", "1"), ("x-a", "two")),
        _got("some"),
    ),
    Case(
        "the values of a repeated header are not taken together",
        _asking_for(headers={"x-a": "1,2"}),
        _get("/", ("x-a", "1"), ("x-a", "2")),
        _got("all"),
    ),
    Case(
        "those of a header that Envoy keeps one entry of are taken together",
        _asking_for(headers={"user-agent": "1,2"}),
        _get("/", ("user-agent", "1"), ("user-agent", "2")),
        _got("some"),
    ),
    Case(
        "empty values are left out of what is taken together",
        _asking_for(headers={"accept": "1"}),
        _get("/", ("accept", ""), ("accept", "1"), ("accept", "")),
        _got("some"),
    ),
    Case(
        "of several transfer codings routes see trailers",
        _asking_for(headers={"te": "trailers"}),
        _get("/", ("te", "gzip, trailers")),
        _got("some"),
    ),
    Case(
        "routes see no client certificate that a client only speaks of",
        _asking_for(headers={"x-forwarded-client-cert": True}),
        _get("/", ("x-forwarded-client-cert", "By=me")),
        _got("all"),
    ),
    Case(
        "routes see how often a proxy has tried",
        _asking_for(headers={"x-envoy-attempt-count": True}),
        _get("/", ("x-envoy-attempt-count", "1")),
        _got("some"),
    ),
    Case(
        "a header that the Connection header names is removed",
        _asking_for(headers={"x-a": True}),
        _get("/", ("x-a", "1"), ("connection", "close, X-A")),
        _got("all"),
    ),
    Case(
        "a Connection header that names what tells of the client is refused",
        _module(),
        _get("/", ("connection", "x-forwarded-for")),
        Seen(400),
    ),
    Case(
        "a Connection header that names ten headers is refused",
        _module(),
        _get("/", ("connection", "a, b, c, d, e, f, g, h, i, j")),
        Seen(400),
    ),
    Case("a hundred headers are too many beside the Host header", _module(), _get("/", *_many(100)), Seen(431)),
    Case("ninety-nine headers are not too many", _module(), _get("/", *_many(99)), _got("all")),
    # schemes
    Case(
        "a redirect keeps the scheme that a trusted proxy tells, in lower case",
        _redirecting(**_TRUSTING),
        _get("/a", ("x-forwarded-proto", "HTTPS")),
        Seen(301, "mapping/default/away", "https://b.test/a"),
    ),
    Case(
        "a redirect has the connection's scheme when a trusted proxy tells none that there is",
        _redirecting(**_TRUSTING),
        _get("/a", ("x-forwarded-proto", "ftp")),
        Seen(301, "mapping/default/away", "http://b.test/a"),
    ),
    Case(
        "a redirect to HTTPS drops the default port of a scheme that was told in capitals",
        World(
            (
                _mapping("all"),
                manifest("Host", "a", {"hostname": "*", "requestPolicy": {"insecure": {"action": "Redirect"}}}),
                manifest("Listener", "cleartext", {**_CLEARTEXT, "l7Depth": 1}),
            )
        ),
        _get("/", ("x-forwarded-proto", "HTTPS"), authority="a.test:443"),
        Seen(301, "https-redirect", "https://a.test/"),
    ),
    Case(
        "an empty scheme of a trusted proxy leads to no route",
        _module(**_TRUSTING),
        _get("/", ("x-forwarded-proto", "")),
        Seen(404),
    ),
    # upgrades
    Case(
        "an upgrade that no route takes is not found",
        World((_mapping("elsewhere", "/b"),)),
        _get("/", *_UPGRADE),
        Seen(404),
    ),
    Case(
        "an upgrade of a name without routes is not found",
        World((_mapping("elsewhere", hostname="b.test"),)),
        _get("/", *_UPGRADE),
        Seen(404),
    ),
    Case(
        "an upgrade to HTTP/2 is passed over",
        _module(),
        _get("/", ("connection", "upgrade"), ("upgrade", "h2c")),
        _got("all"),
    ),
    Case(
        "an upgrade to nothing is refused",
        _module(),
        _get("/", ("connection", "upgrade"), ("upgrade", "")),
        Seen(403, "mapping/default/all"),
    ),
    Case(
        "beside an upgrade nothing that the Connection header names is removed",
        _asking_for(headers={"x-a": True}, use_websocket=True),
        _get("/", ("connection", "upgrade, x-a"), ("upgrade", "websocket"), ("x-a", "1")),
        _got("some"),
    ),
    Case(
        "beside an upgrade routes see what the client says of the connection",
        _asking_for(headers={"te": "gzip", "connection": "upgrade"}, use_websocket=True),
        _get("/", ("connection", "upgrade"), ("upgrade", "websocket"), ("te", "gzip")),
        _got("some"),
    ),
    Case("an upgrade is refused before a redirect", _redirecting(), _get("/", *_UPGRADE), Seen(403)),
)
