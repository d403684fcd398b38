"""Random Mappings: all kinds of conditions, canary groups, redirects and rewrites, close enough to meet each other."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.agreement.draws import chance, given_fields, one_of
from tests.agreement.world import Manifest, manifest

PATHS = (
    "/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/ab", "/b", "/b/a", "/A", "/A/b", "/a//b", "/a%2Fb", "/a.b", "/a/%62",
    "/.well-known/acme-challenge/t",
)  # fmt: skip
PATTERNS = {
    "/a.*": ("/a", "/abc", "/a/b"),
    "/a/[^/]+": ("/a/x", "/a/x/y", "/a/"),
    "/(a|b)/?": ("/a", "/b/", "/ab"),
    "(?i)/A/.*": ("/a/", "/A/x"),
    "/.*b": ("/b", "/a/b", "/b/a"),
    ".*": ("/", "/any"),
    "/a/b": ("/a/b", "/a/b/"),
    r"/a\.b": ("/a.b", "/axb"),
    "a": ("/a",),
    "/a/(.*)/c": ("/a/b/c", "/a//c"),
    "/a|/b/a": ("/a", "/b/a", "/a/a"),
    "/ab?": ("/a", "/ab", "/abb"),
    "/a{0,1}b": ("/b", "/ab", "/aab"),
    "^/a$": ("/a", "/ab"),
    r"/\Qa.b\E(/.*)?": ("/a.b", "/a.b/c", "/axb"),
}
"""Patterns for paths, with paths that they match or just miss."""
HOSTS = (
    "*", "a.test", "*.a.test", "x.a.test", "b.test", "a.*", "*.x.a.test", "*a.test", "x.*", "*-a.test", "A.Test",
    "a.test.", "*.test", "a.test:8080", "a.test:9080", "*.a.test:8443", "x.a.*",
)  # fmt: skip
HOST_PATTERNS = {
    "a[.]test": ("a.test", "A.test", "aatest"),
    "(a|b)[.]test": ("b.test",),
    ".*[.]a[.]test": ("x.a.test", "a.test"),
    "[^.]+": ("single", "a.test"),
    "A[.]TEST": ("a.test",),
}
HEADER_NAMES = (
    "x-a", "x-b", "X-A", "X-Odd-Case", "accept", "user-agent", "Referer", "x-forwarded-proto", "x-forwarded-for",
    "cookie", "te", "x-forwarded-host", "x-envoy-external-address", "x-envoy-attempt-count", ":scheme", ":method",
)  # fmt: skip
VALUES = ("1", "2", "1,2", "", "A", "https", "a=1", "1;2")
VALUE_PATTERNS = {
    "1": ("1", "12", "1,1"),
    "1|2": ("1", "2", "1,2"),
    ".*": ("", "any"),
    "1.*": ("1", "1,2", "21"),
    "(?i)a": ("a", "A"),
    ".+": ("x", ""),
    "[0-9]*": ("", "12", "1a"),
}
QUERY_NAMES = ("a", "b", "A", "a b", "a%20b", "a[]")
METHODS = ("GET", "POST", "get", "HEAD", "PURGE", "OPTIONS")
METHOD_PATTERNS = {"GET|POST": ("GET", "POST"), "P.*": ("POST", "PUT"), "get": ("GET",), ".*T": ("GET", "PUT", "POST")}
TEAMS = ("one", "two")

_BACKEND = "127.0.0.1:9000"
_WEIGHTS: tuple[tuple[int | None, ...], ...] = (
    (None, None), (50, 50), (25, None), (10, 20), (0, None), (100, None), (0, 30), (None, None, None), (60, 40, None),
    (30, 30, 30), (0, 0), (100, 0), (33, 33, 34), (70, 40), (1, None), (99, None), (5,), (0,), (100, 1),
)  # fmt: skip


@st.composite
def families(draw: st.DrawFn, number: int) -> tuple[Manifest, ...]:
    """One Mapping, or a canary group: Mappings with one match and different weights."""
    match = _match(draw)
    weights = one_of(draw, _WEIGHTS) if chance(draw, 4) else (None,)
    made = []
    for position, weight in enumerate(weights):
        spec = given_fields({**match, **_action(draw, match), "weight": weight})
        labels = {"labels": {"team": one_of(draw, TEAMS)}} if chance(draw, 3) else {}
        made.append(manifest("Mapping", f"m{number}{'abc'[position]}", spec, **labels))
    return tuple(made)


def _match(draw: st.DrawFn) -> dict[str, Any]:
    return {
        **_path(draw),
        **_host(draw),
        **(_method(draw) if chance(draw, 5) else {}),
        **(_headers(draw) if chance(draw, 4) else {}),
        **(_query(draw) if chance(draw, 4) else {}),
        "precedence": draw(st.integers(-1, 2)) if chance(draw, 5) else None,
    }


def _path(draw: st.DrawFn) -> dict[str, Any]:
    kind = one_of(draw, ("prefix", "prefix", "prefix", "prefix", "exact", "regex", "any case", "exact in any case"))
    if kind == "regex":
        return {"prefix": one_of(draw, tuple(PATTERNS)), "prefix_regex": True}
    return {
        "prefix": one_of(draw, PATHS),
        "prefix_exact": True if "exact" in kind else None,
        "case_sensitive": False if "any case" in kind else None,
    }


def _host(draw: st.DrawFn) -> dict[str, Any]:
    kind = one_of(draw, ("any", "any", "name", "name", "name", "pattern", "authority", "both", "none"))
    if kind == "pattern":
        return {"host": one_of(draw, tuple(HOST_PATTERNS)), "host_regex": True}
    if kind == "authority":
        return {"headers": {one_of(draw, (":authority", "Host")): one_of(draw, HOSTS)}}
    if kind == "both":
        return {"hostname": one_of(draw, HOSTS), "regex_headers": {"host": one_of(draw, tuple(HOST_PATTERNS))}}
    if kind == "none":
        return {}
    return {"hostname": "*" if kind == "any" else one_of(draw, HOSTS)}


def _method(draw: st.DrawFn) -> dict[str, Any]:
    if chance(draw, 3):
        return {"method": one_of(draw, tuple(METHOD_PATTERNS)), "method_regex": True}
    return {"method": one_of(draw, METHODS)}


def _headers(draw: st.DrawFn) -> dict[str, Any]:
    plain, patterns = _conditions(draw, HEADER_NAMES)
    return given_fields({"headers": plain, "regex_headers": patterns})


def _query(draw: st.DrawFn) -> dict[str, Any]:
    plain, patterns = _conditions(draw, QUERY_NAMES)
    return given_fields({"query_parameters": plain, "regex_query_parameters": patterns})


def _conditions(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[dict[str, Any] | None, dict[str, str] | None]:
    plain: dict[str, Any] = {}
    patterns: dict[str, str] = {}
    for _ in range(2 if chance(draw, 3) else 1):
        name = one_of(draw, names)
        if chance(draw, 3):
            patterns[name] = one_of(draw, tuple(VALUE_PATTERNS))
        else:
            plain[name] = one_of(draw, (*VALUES, True, "*"))
    return plain or None, patterns or None


def _action(draw: st.DrawFn, match: dict[str, Any]) -> dict[str, Any]:
    if chance(draw, 6):
        return _redirect(draw)
    action: dict[str, Any] = {"service": "empty" if chance(draw, 20) else one_of(draw, (_BACKEND, "web"))}
    if chance(draw, 15):
        action |= one_of(
            draw, ({"bypass_auth": True}, {"use_websocket": True}, {"cors": {"origins": ["https://o.test"]}})
        )
    if chance(draw, 3):
        action["rewrite"] = one_of(draw, ("", "/r", "/r/", "/A/b/", "/r?x=1"))
    elif chance(draw, 5):
        action["regex_rewrite"] = _substitution(draw)
    if chance(draw, 6):
        action |= one_of(draw, ({"host_rewrite": "Other.test:81"}, {"auto_host_rewrite": True}))
    return action


def _redirect(draw: st.DrawFn) -> dict[str, Any]:
    paths: tuple[dict[str, Any], ...] = (
        {},
        {"path_redirect": "/new"},
        {"path_redirect": "/new?x=1"},
        {"path_redirect": "/new#part"},
        {"prefix_redirect": "/p?y=1"},
        {"prefix_redirect": "/p/"},
        {"prefix_redirect": "/p"},
        {"regex_redirect": _substitution(draw)},
    )
    return {
        "service": one_of(
            draw, ("b.test", "https://b.test", "http://b.test:81", "https://b.test:443", "b.test:80", "[::1]:81")
        ),
        "host_redirect": True,
        **one_of(draw, paths),
        "redirect_response_code": one_of(draw, (None, 302, 303, 307, 308)),
    }


def _substitution(draw: st.DrawFn) -> dict[str, str]:
    pairs = (
        ("/a/(.*)", r"/\1/x"),
        ("b", "y"),
        ("^/", "/s/"),
        ("/([^/]*)", r"/\1\1"),
        ("nothing", "x"),
        ("a|b", ""),
        ("(x)?b", r"\1z\\"),
        (".*", "/whole"),
        ("$", "/end"),
    )
    pattern, substitution = one_of(draw, pairs)
    return {"pattern": pattern, "substitution": substitution}
