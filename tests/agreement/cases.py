"""Requests that the evaluator and Envoy once saw differently, and what Envoy does with them."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.explain.request import Request
from tests.agreement.raw_client import Seen
from tests.agreement.world import HTTP, World, manifest

_BACKEND = "127.0.0.1:9000"


@dataclass(frozen=True, slots=True)
class Case:
    """A world, a request for it, and what Envoy does. The name says what there is to learn."""

    name: str
    world: World
    request: Request
    seen: Seen


def _module(**config: object) -> World:
    everything = {"hostname": "*", "prefix": "/", "rewrite": "", "service": _BACKEND}
    return World((manifest("Mapping", "all", everything), manifest("Module", "ambassador", {"config": config})))


def _get(path: str) -> Request:
    return Request("http", "a.test", path, HTTP, authority="a.test")


def _got(path: str) -> Seen:
    return Seen(200, "mapping/default/all", path=path, host="a.test")


CASES = (
    Case(
        "slashes are merged, but two are left of a path that has nothing else",
        _module(merge_slashes=True),
        _get("///"),
        _got("//"),
    ),
    Case(
        "a percent sign that would begin an escape once its digits are decoded is encoded itself",
        _module(),
        _get("/a%2%41b"),
        _got("/a%252Ab"),
    ),
    Case(
        "parameters of dot segments are dropped before anything in them is looked at",
        _module(),
        _get("/a/.;x=%00/b"),
        _got("/a/b"),
    ),
)
