"""What a watcher says of questions, objects, examples and traffic, in the shapes that the page reads."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]
Query = dict[str, list[str]]

FIELD = "spec.prefix"


def source(name: str, line: int = 22, kind: str = "Mapping") -> Json:
    return {"kind": kind, "namespace": "default", "name": name, "origin": f"examples/shop.yaml:{line}"}


def explanation(query: Query, revision: int) -> Json:
    """A request that a canary of two takes, third in its host."""
    request, curl = understood(query), query.get("curl", [""])[0]
    method, path = request["method"], request["path"]
    return {
        "request": request,
        "revision": revision,
        "listener": "http-8080",
        "hostname": "*",
        "outcome": "forward",
        "status": None,
        "summary": f"{method} {path} goes to cart.default:80 by default/cart-1, in 80 % of cases",
        "steps": steps(),
        "winner": winner(),
        "alternatives": [{"route": "default/cart-next", "share": 20, "source": source("cart-next", 40)}],
        "candidates": [candidate(order, order in (2, 3)) for order in range(4)],
        "total": 4,
        "omitted": 0,
        "near": [near()],
        "notes": ["--compressed is ignored"] if curl else [],
        "curl": curl or f"curl '{request['url']}'",
    }


def understood(query: Query) -> Json:
    curl = query.get("curl", [""])[0]
    words = curl.replace("'", " ").split()
    url = query.get("url", [next((word for word in words if "://" in word), "")])[0]
    parts = urlsplit(url if "://" in url else f"http://{url}")
    headers = [header.partition(": ")[::2] for header in query.get("header", [])]
    return {
        "url": url,
        "scheme": parts.scheme,
        "host": parts.hostname,
        "port": parts.port,
        "authority": parts.netloc,
        "path": parts.path or "/",
        "method": query.get("method", ["POST" if "-X POST" in curl else "GET"])[0],
        "headers": [*headers, ["user-agent", "curl/8.14.1"], ["accept", "*/*"]],
        "client_ip": query.get("client_ip", ["127.0.0.1"])[0],
        "server_name": "",
    }


def near() -> Json:
    return {
        "route": "default/api",
        "source": source("api", 60),
        "listener": "http-8080",
        "hostname": "api.example.com",
        "because": "it would match, but it is on host api.example.com",
    }


def step(kind: str, name: str, because: str, origin: Json | None = None, path: str = "") -> Json:
    return {
        "kind": kind,
        "name": name,
        "because": because,
        "source": origin,
        "path": path,
        "line": 24 if path else None,
    }


def steps() -> list[Json]:
    return [
        step("listener", "http-8080", "port 8080 takes HTTP", source("web", 3, "Listener"), "spec.port"),
        step("host", "any host", "no other host matches the name", source("all", 9, "Host"), "spec.hostname"),
        step("route", "default/cart-1", "path begins with /cart/", source("cart-1"), FIELD),
        step("backend", "cart.default:80", "2 endpoints", source("cart-1"), "spec.service"),
        step("backend", "cart-b.default:80", "no endpoints", source("cart-1"), "spec.service"),
    ]


def winner() -> Json:
    services = (("cart", 90, 2, 2), ("cart-b", 10, 3, 1), ("cart-c", 0, 0, 0))
    return {
        "route": "default/cart-1",
        "order": 2,
        "source": source("cart-1"),
        "because": "path begins with /cart/",
        "path": FIELD,
        "line": 24,
        "backends": [
            {
                "service": f"{name}.default:80",
                "weight": weight,
                "cluster": f"default/{name}:80",
                "endpoints": endpoints,
                "healthy": healthy,
            }
            for name, weight, endpoints, healthy in services
        ],
        "rewritten": {"path": "/items", "host": "cart.internal"},
        "location": "",
        "share": 80,
        "steps": ["its prefix is replaced by /", "answers within 3 s, or Envoy answers 504"],
    }


def candidate(order: int, matched: bool) -> Json:
    names = {2: "cart-1", 3: "cart-next"}
    path = "spec.headers.x-canary" if order == 0 else FIELD
    return {
        "route": f"default/{names.get(order, f'other-{order}')}",
        "order": order,
        "source": source(names.get(order, f"other-{order}"), 10 + order),
        "matched": matched,
        "because": "it matches" if matched else f"its condition number {order} fails",
        "path": path,
        "line": 11 + order,
    }


def item(query: Query, revision: int) -> Json:
    """One object, its prefix marked if it is asked for, with a problem on its last line."""
    name = query["name"][0]
    return {
        "revision": revision,
        "source": {**source(name), "kind": query["kind"][0], "namespace": query["namespace"][0]},
        "state": "accepted",
        "programmed": True,
        "why": "",
        "yaml": manifest(name, query.get("field", [""])[0]),
        "first_line": 22,
        "of_file": False,
        "omitted_lines": 2,
        "problems": [unknown_field(name)],
        "parents": [
            {"parent": source("all", 9, "Host"), "accepted": True, "resolved_refs": True, "reason": "Accepted"}
        ],
        "routes": [became(name)],
        "total_routes": 60,
        "envoy": [resource("route", "http-8080", "acknowledged"), resource("cluster", "c80", "refused", "bad port")],
    }


def manifest(name: str, field: str) -> list[Json]:
    head = ("apiVersion: getambassador.io/v3alpha1", "kind: Mapping", f"metadata: {{name: {name}}}", "spec:")
    texts = (*head, "  prefix: /cart/", "  service: cart", "  timeout: 3")
    return [
        {
            "number": 22 + at,
            "text": text,
            "problems": [0] if "timeout" in text else [],
            "marked": field == FIELD and "prefix" in text,
        }
        for at, text in enumerate(texts)
    ]


def unknown_field(name: str) -> Json:
    return {
        "severity": "warning",
        "reason": "UnknownField",
        "message": "unknown field timeout; did you mean timeout_ms?",
        "path": "spec.timeout",
        "line": 28,
        "source": source(name),
    }


def became(name: str) -> Json:
    return {"name": f"default/{name}", "listener": "http-8080", "hostname": "*", "order": 2}


def resource(kind: str, name: str, state: str, message: str = "") -> Json:
    return {"type": kind, "name": name, "version": "5f3a", "state": state, "message": message}


def examples(name: str) -> Json:
    """Every route has one, which asks for its path on 8080, unless its name says that nothing reaches it."""
    if "users" in name:
        because = "Mapping default/shop takes all of its requests first"
        return {"route": name, "examples": [], "unreachable": {"because": because}}
    service = name.rpartition("/")[2].partition("-")[0]
    url = f"http://shop.example.com:8080/{service}/"
    request = {"method": "GET", "authority": "shop.example.com:8080", "headers": [["accept", "*/*"]]}
    one = {"listener": "http-8080", "hostname": "*", "url": url, "curl": f"curl {url}", "request": request}
    return {"route": name, "examples": [one], "unreachable": None}


def traffic(name: str | None, routes: Json) -> Json:
    """Counts of all routes; with a name only its own, and its last requests. No route took those of the empty name."""
    unrouted = arrived(12, 0.0, 100.0)
    total = unrouted["requests"] + sum(one["requests"] for one in routes.values())
    made: Json = {"since": 1_780_000_000, "total": total, "dropped": 0, "unrouted": unrouted, "routes": routes}
    if name is None:
        return made
    own = {name: routes[name]} if name in routes else {}
    return {**made, "routes": own, "samples": [sample()] if own or not name else []}


def arrived(requests: int = 1204, per_second: float = 3.21, success: float | None = 97.5) -> Json:
    return {
        "requests": requests,
        "per_second": per_second,
        "success_percent": success,
        "recent": round(60 * per_second),
        "recent_success_percent": success if per_second else None,
        "classes": {"2xx": requests - requests // 40, "5xx": requests // 40},
        "last_seen": 1_780_000_100,
    }


def sample() -> Json:
    return {
        "time": 1_780_000_100,
        "scheme": "https",
        "method": "GET",
        "authority": "shop.example.com",
        "path": "/cart/?token=…",
        "status": 503,
        "flags": "UF",
        "details": "upstream_reset_before_response_started",
        "ms": 12.5,
        "backend": "10.0.0.7:80",
    }
