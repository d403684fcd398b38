"""Answers of `/explain` as an instance gives them, for tests of what is printed."""

from typing import Any


def source(name: str, origin: str = "cluster") -> dict[str, str]:
    return {"kind": "Mapping", "namespace": "default", "name": name, "origin": origin}


def step(kind: str, name: str, because: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "because": because, "source": None, "path": "", "line": None} | more


def candidate(order: int, name: str, because: str, **more: Any) -> dict[str, Any]:
    place = {"source": source(name, f"routes/{name}.yaml:{order + 3}"), "path": "spec.prefix", "line": order + 6}
    return {"route": f"mapping/default/{name}", "order": order, "matched": False, "because": because} | place | more


CANARY = candidate(2, "shop-canary", "it takes 20 % of what matches", matched=True)


def forwarded(**changed: Any) -> dict[str, Any]:
    """A request that a canary shares with its main route."""
    winner = candidate(3, "shop", "the path begins with /shop/", matched=True)
    beta = candidate(
        1, "shop-beta", 'the header x-beta is missing; it must be "yes"', path="spec.headers.x-beta", line=14
    )
    backend = step("backend", "shop:80", "100 % of them; 2 endpoints")
    answer: dict[str, Any] = {
        "request": {
            "url": "http://h/shop/cart",
            "path": "/shop/cart",
            "authority": "h",
            "method": "GET",
            "headers": [],
        },
        "revision": 7,
        "outcome": "forward",
        "status": None,
        "summary": "GET http://h/shop/cart is taken by mapping/default/shop and goes to shop:80 as /cart.",
        "steps": [
            step("listener", "0.0.0.0:8080", "no listener has port 80; this one takes cleartext"),
            step("host", "*", "no other host is h"),
            step(
                "route", "mapping/default/shop", winner["because"], source=winner["source"], path="spec.prefix", line=9
            ),
            backend,
        ],
        "winner": winner | {"rewritten": {"path": "/cart", "host": "h"}, "share": 80, "steps": ["times out after 3 s"]},
        "alternatives": [{"route": CANARY["route"], "share": 20, "source": CANARY["source"]}],
        "candidates": [candidate(0, "quote", "the path does not begin with /quote/"), beta, CANARY, winner],
        "total": 4,
        "omitted": 0,
        "near": [],
        "notes": [],
        "curl": "curl http://h/shop/cart",
    }
    return answer | changed


def not_found(count: int, **changed: Any) -> dict[str, Any]:
    """A host of so many routes, none of which takes the request."""
    steps = [step("listener", "0.0.0.0:8080", "the URL's port is 8080"), step("answer", "404", "no route takes it")]
    candidates = [candidate(order, f"r{order}", f"the path does not begin with /r{order}/") for order in range(count)]
    gone = {"winner": None, "alternatives": [], "candidates": candidates, "total": count, "steps": steps}
    return forwarded(outcome="not_found", status=404, summary="404: no route of * takes it.", **gone) | changed
