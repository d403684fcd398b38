"""Random requests near the borders of a world."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import strategies as st

from ambassador.explain.request import Headers, Request
from ambassador.model.values import split_port
from tests.agreement.draw_mappings import VALUES
from tests.agreement.draws import chance, one_of
from tests.agreement.hints import Hints, Target, Wanted
from tests.agreement.world import PORTS

Change = Callable[[str], str]

_PATH_CHANGES: tuple[Change, ...] = (
    lambda path: path + "/",
    lambda path: path.rstrip("/") or "/",
    lambda path: path + "x",
    lambda path: path.rstrip("/") + "/x",
    lambda path: path[:-1] or "/",
    lambda path: path.swapcase(),
    lambda path: path.replace("/", "//"),
    lambda path: path + "//",
    lambda path: "/." + path,
    lambda path: "/x/.." + path,
    lambda path: path.rstrip("/") + "/../a",
    lambda path: path + "/.",
    lambda path: path + "/..",
    lambda path: path.replace("b", "%62"),
    lambda path: path.replace("a", "%61", 1),
    lambda path: path.replace("b", "%42"),
    lambda path: "/" + path[1:].replace("/", "%2F"),
    lambda path: "/" + path[1:].replace("/", "%5c"),
    lambda path: path + "%2f",
    lambda path: path + "%zz",
    lambda path: path + "%",
    lambda path: path + "%00",
    lambda path: path + ";v=1",
    lambda path: path + "\\b",
    lambda path: "/%2e%2e" + path,
    lambda path: "/%2E" + path,
    lambda path: path.replace("b", "%2562"),
)
_PIECES = (
    "/", "a", "b", ".", "..", "/a", "/b", "%2F", "%2f", "%5C", "%2e", "%2E", "%61", "%41", "%7e", "%", "%2", "%zz",
    "%00", "%25", "%2561", "%C3%A9", "%20", "%7C", "\\", ";", ";x=1", '"', "{", "~", "|", ":", "@", "+", "^", "<", "'",
    "(", "[", "%5b", "2", "1",
)  # fmt: skip
_NAME_CHANGES: tuple[Change, ...] = (
    lambda name: name.upper(),
    lambda name: name + ".",
    lambda name: "z." + name,
    lambda name: "z" + name,
    lambda name: "." + name,
    lambda name: name.partition(".")[2] or name,
    lambda name: name + ".com",
    lambda name: "127.0.0.1",
    lambda name: "[::1]",
    lambda name: "-" + name,
)
_HOST_ENDS = (":80", ":443", ":8080", ":8443", ":9080", ":1", ":", ":0", ":080", ":99999", ":x", ".:8080")
_SPARE_HEADERS = (
    ("x-a", "1"), ("x-a", "2"), ("x-a", ""), ("x-b", "1"), ("x-odd-case", "A"), ("cookie", "a=1"), ("cookie", "1;2"),
    ("x-forwarded-proto", "https"), ("x-forwarded-proto", "http"), ("x-forwarded-proto", "HTTPS"),
    ("x-forwarded-proto", "ftp"), ("x-forwarded-for", "10.0.0.1"), ("x-forwarded-for", "10.0.0.1, 10.0.0.2"),
    ("x-forwarded-host", "b.test"), ("x-forwarded-port", "81"), ("user-agent", "1"), ("x-request-id", "1"),
    ("x-envoy-original-path", "/b"), ("connection", "x-a"), ("connection", "X-B, close"),
    ("connection", "accept,x-a"), ("connection", "x-forwarded-for"), ("te", "trailers"), ("te", "gzip, trailers"),
    ("x-envoy-attempt-count", "1"), ("x-envoy-external-address", "1"), ("x-forwarded-client-cert", "1"),
    ("upgrade", "h2c"),
)  # fmt: skip
_TOGETHER: tuple[Headers, ...] = (
    (("connection", "upgrade"), ("upgrade", "websocket")),
    (("origin", "https://o.test"), ("access-control-request-method", "GET")),
    (("origin", "https://o.test"),),
)
_SPARE_QUERY = (
    "a", "a=", "a=1", "a=2", "b=1", "A=1", "a=1%2C2", "a%20b=1", "a+b=1", "a=%31", "&", "=1", "a=1=2", "?a=1",
    "a=1;b=1",
)  # fmt: skip
_SERVER_NAME = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.?")
_METHODS = ("GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "PURGE", "TRACE")


@st.composite
def requests(draw: st.DrawFn, near: Hints) -> Request:
    """A request that some route of the world takes, or nearly takes."""
    target = one_of(draw, near.targets)
    scheme, port = one_of(draw, near.ports)
    if chance(draw, 12):
        scheme, port = one_of(draw, ("http", "https")), one_of(draw, PORTS)
    scheme = "http" if chance(draw, 4) else scheme
    names = near.names if chance(draw, 5) else target.names or near.names
    named = _changed(draw, one_of(draw, names), _NAME_CHANGES, 6)
    host = split_port(named)[0].lower()
    return Request(
        scheme,
        host,
        _path(draw, target),
        None if chance(draw, 20) else port,
        one_of(draw, _METHODS if chance(draw, 8) else target.methods),
        _headers(draw, target),
        _authority(draw, named, port),
        _server_name(draw, near, host) if scheme == "https" else "",
    )


def _changed(draw: st.DrawFn, text: str, changes: tuple[Change, ...], one_in: int) -> str:
    return one_of(draw, changes)(text) if chance(draw, one_in) else text


def _authority(draw: st.DrawFn, named: str, port: int) -> str:
    if chance(draw, 50):
        return one_of(draw, ("", "*", "a b", "a_b.test", "a.test, b.test", "user@a.test", "a.test/b", "..", "."))
    if chance(draw, 6):
        return split_port(named)[0] + one_of(draw, _HOST_ENDS)
    return named if ":" in named or chance(draw, 2) else f"{named}:{port}"


def _server_name(draw: st.DrawFn, near: Hints, host: str) -> str:
    name = split_port(one_of(draw, near.names))[0] if chance(draw, 4) else host
    if chance(draw, 6):
        name = one_of(draw, ("", "unknown.invalid", name.upper(), f"z.{name}"))
    # What is no name is not sent by clients either.
    return name if _SERVER_NAME.fullmatch(name) else ""


def _path(draw: st.DrawFn, target: Target) -> str:
    path = _changed(draw, one_of(draw, target.paths), _PATH_CHANGES, 2)
    if chance(draw, 6):
        path = _changed(draw, path, _PATH_CHANGES, 1)
    if target.any_case and chance(draw, 2):
        path = path.swapcase()
    if chance(draw, 10):
        path += "".join(one_of(draw, _PIECES) for _ in range(draw(st.integers(1, 5))))
    path = path if path.startswith("/") else f"/{path}"
    parts = [_parameter(draw, name.replace(" ", "%20"), values) for name, values in _asked(draw, target.query)]
    if chance(draw, 4):
        parts.insert(draw(st.integers(0, len(parts))), one_of(draw, _SPARE_QUERY))
    return f"{path}?{'&'.join(parts)}" if parts or chance(draw, 12) else path


def _parameter(draw: st.DrawFn, name: str, values: tuple[str, ...]) -> str:
    return name if chance(draw, 6) else f"{name}={one_of(draw, values)}"


def _headers(draw: st.DrawFn, target: Target) -> Headers:
    found = [(name, one_of(draw, values)) for name, values in _asked(draw, target.headers)]
    if found and chance(draw, 4):
        found = _repeated(draw, found)
    while chance(draw, 4):
        found.insert(draw(st.integers(0, len(found))), one_of(draw, _SPARE_HEADERS))
    return (*found, *(one_of(draw, _TOGETHER) if chance(draw, 15) else ()))


def _repeated(draw: st.DrawFn, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first header twice: with another value before or behind it, or with the parts of its value."""
    name, value = found[0]
    if "," in value and chance(draw, 2):
        values = value.split(",")
    else:
        other = one_of(draw, VALUES)
        values = [value, other] if chance(draw, 2) else [other, value]
    return [*((name, one) for one in values), *found[1:]]


def _asked(draw: st.DrawFn, wanted: Wanted) -> list[tuple[str, tuple[str, ...]]]:
    """What a route asks for, or most of it."""
    return [one for one in wanted if not chance(draw, 8)]
