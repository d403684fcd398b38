"""Random crowds: many Mappings on one host whose paths begin alike, so that their routes go into buckets."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.agreement.draw_around import hosts, needed
from tests.agreement.draw_mappings import HEADER_NAMES, METHODS, QUERY_NAMES, VALUES
from tests.agreement.draws import chance, given_fields, one_of
from tests.agreement.world import Manifest, World, manifest

_SEGMENTS = ("a", "b", "ab", "abc", "a-b", "A", "aB", "a.b", "b1", "%61b", "a%20b", "a%2Fb", "é")
CROWD_PATTERNS = {
    "/a/.*": ("/a/", "/a/b", "/A/b"),
    "/ab.*": ("/ab", "/abc/a", "/aB"),
    "/a/b[0-9]/?": ("/a/b1", "/a/b1/", "/a/b12"),
    "/(a|b)/b.*": ("/a/b", "/b/b1", "/ab/b"),
    ".*": ("/", "/any"),
    ".*/abc": ("/abc", "/a/abc", "/b/a/abc"),
    "(?i)/a/b": ("/a/B", "/A/b", "/a/b/"),
    r"/a\.b/(.*)": ("/a.b/", "/a.b/a", "/axb/a"),
    "/a/b/a|/a/b/b": ("/a/b/a", "/a/b/b", "/a/b/"),
    "/[^/]+/[^/]+/b": ("/a/a/b", "/ab/abc/b"),
}
"""Patterns with a beginning that shows, and such without; with paths that they match or just miss."""


@st.composite
def crowds(draw: st.DrawFn) -> World:
    found = [_mapping(draw, number) for number in range(draw(st.integers(12, 70)))]
    if chance(draw, 3):
        found += [draw(hosts(number)) for number in range(draw(st.integers(1, 3)))]
    return World((*found, *needed(found)))


def _mapping(draw: st.DrawFn, number: int) -> Manifest:
    spec = {
        **_path(draw),
        "hostname": one_of(draw, ("*",) * 9 + ("a.test", "a.test", "a.test:8080")),
        "service": "127.0.0.1:9000",
        "method": one_of(draw, METHODS) if chance(draw, 12) else None,
        "headers": {one_of(draw, HEADER_NAMES[:3]): one_of(draw, VALUES)} if chance(draw, 10) else None,
        "query_parameters": {one_of(draw, QUERY_NAMES): one_of(draw, VALUES)} if chance(draw, 10) else None,
        "precedence": draw(st.integers(-1, 2)) if chance(draw, 12) else None,
        "weight": 50 if chance(draw, 15) else None,
    }
    return manifest("Mapping", f"m{number}", given_fields(spec))


def _path(draw: st.DrawFn) -> dict[str, Any]:
    kind = one_of(draw, ("prefix",) * 14 + ("exact",) * 3 + ("regex", "any case", "exact in any case"))
    if kind == "regex":
        return {"prefix": one_of(draw, tuple(CROWD_PATTERNS)), "prefix_regex": True}
    return {
        "prefix": _text(draw),
        "prefix_exact": True if "exact" in kind else None,
        "case_sensitive": False if "any case" in kind else None,
    }


def _text(draw: st.DrawFn) -> str:
    """A path that ends with a segment, inside one, or behind one; now and then with what no path has."""
    path = "/" + "/".join(one_of(draw, _SEGMENTS) for _ in range(draw(st.integers(0 if chance(draw, 10) else 1, 4))))
    if chance(draw, 3):
        path += "/" if not path.endswith("/") else ""
    elif chance(draw, 4):
        path = path[:-1] or "/"
    return path + "?a=1" if chance(draw, 40) else path
