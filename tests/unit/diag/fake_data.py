"""Generated reports in the shapes of the contract, for the fake watcher."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

SERVICES = ("quote", "cart", "search", "users", "billing", "images", "reviews", "stock")
METHODS: tuple[list[str], ...] = ([], [], ["GET"], ["GET", "HEAD"], ["POST"])
HOSTS_EACH = 20
LOCKS = {"secret": "default/shop-cert", "not_after": "2027-03-01"}


def source(kind: str, name: str, line: int) -> Json:
    return {"kind": kind, "namespace": "default", "name": name, "origin": f"examples/shop.yaml:{line}"}


def backend(service: str, weight: int, endpoints: int = 2) -> Json:
    return {
        "cluster": f"default/{service}:80",
        "service": f"{service}.default:80",
        "weight": weight,
        "endpoints": endpoints,
    }


def route(number: int) -> Json:
    """Mostly plain prefix routes; every few something rarer, so that each shape is seen."""
    service = SERVICES[number % len(SERVICES)]
    name = f"default/{service}-{number}"
    made: Json = {
        "name": name,
        "order": number,
        "match": {
            "path": {"type": "prefix", "value": f"/{service}/v{number}/"},
            "methods": METHODS[number % len(METHODS)],
            "headers": [],
            "query": [],
        },
        "action": "forward",
        "backends": [backend(service, 100)],
        "share": 100,
        "group": None,
        "rewrite": None,
        "filters": [],
        "features": [],
        "source": source("Mapping", f"{service}-{number}", 10 + number * 12),
    }
    return {**made, **_rarer(number, service)}


def _rarer(number: int, service: str) -> Json:
    forms: dict[int, Json] = {
        1: {
            "backends": [backend(service, 90, 3), backend(f"{service}-next", 10, 1)],
            "filters": ["cors", "retry"],
            "features": [
                {"name": "cors", "summary": "from https://shop.example.com, GET and POST"},
                {"name": "retry", "summary": "up to 3 times on 5xx"},
            ],
            "rewrite": {"prefix": "/", "regex": None, "host": None},
        },
        2: {
            "match": {
                "path": {"type": "regex", "value": f"/{service}/[a-z0-9-]{{1,30}}/v{number}"},
                "methods": ["GET"],
                "headers": [{"name": "x-canary", "type": "exact", "value": "yes"}],
                "query": [{"name": "debug", "type": "present"}],
            }
        },
        3: {
            "action": "redirect",
            "backends": [],
            "redirect": {"code": 301, "host": None, "scheme": "https", "path": None},
        },
        4: {"share": 25, "group": f"group-{service}"},
        5: {"backends": [backend(service, 100, 0)]},
        6: {"match": {"path": {"type": "exact", "value": f"/{service}/health{number}"}, "methods": []}},
        7: {"action": "respond", "backends": [], "status": 404},
    }
    return forms.get(number % 12, {})


def host(number: int) -> Json:
    return {"hostname": f"shop-{number}.example.com" if number else "*", "tls": LOCKS if number % 2 else None}


def listeners(count: int) -> list[Json]:
    """`count` routes: the first half of the hosts on 8080, the others on 8443."""
    per_host = max(1, -(-count // HOSTS_EACH))
    made = [
        {
            **host(index),
            "routes": [{**route(n), "order": n - start} for n in range(start, min(start + per_host, count))],
        }
        for index, start in enumerate(range(0, count, per_host))
    ]
    half = -(-len(made) // 2)
    ports = (("http-8080", 8080, "HTTP", made[:half]), ("https-8443", 8443, "HTTPS", made[half:]))
    return [
        {"name": name, "address": "0.0.0.0", "port": port, "protocol": protocol, "hosts": hosts}
        for name, port, protocol, hosts in ports
        if hosts
    ]


def problems(count: int) -> list[Json]:
    texts = (
        ("error", "UnknownService", "no Service quote2 in namespace default; did you mean quote?", "spec.service"),
        ("error", "InvalidPattern", "missing ): /api/(v1; close the group or escape the parenthesis", "spec.prefix"),
        ("warning", "UnknownField", "unknown field timeout; did you mean timeout_ms?", "spec.timeout"),
        (
            "warning",
            "SurprisingRewrite",
            "prefix /foo with rewrite / sends //bar upstream; write /foo/",
            "spec.rewrite",
        ),
    )
    return [
        {
            "severity": severity,
            "reason": reason,
            "message": message,
            "path": path,
            "line": 14 + number * 12,
            "source": source("Mapping", f"{SERVICES[number % len(SERVICES)]}-{number}", 10 + number * 12),
        }
        for number in range(count)
        for severity, reason, message, path in (texts[number % len(texts)],)
    ]


def overview(routes: int, problem_list: list[Json], revision: int) -> Json:
    errors = sum(problem["severity"] == "error" for problem in problem_list)
    return {
        "version": "0.1.0",
        "revision": revision,
        "uptime_seconds": 7384,
        "diagnostics": {"enabled": True, "allow_non_local": False},
        "counts": {
            "objects": routes * 2 + 3,
            "listeners": len(listeners(routes)),
            "hosts": min(routes, HOSTS_EACH),
            "routes": routes,
            "clusters": min(routes, len(SERVICES)),
            "errors": errors,
            "warnings": len(problem_list) - errors,
        },
        "layout": {"buckets": routes // 100, "longest": min(routes, 100), "copies": 0},
        "envoy": {
            "connected": True,
            "acknowledged_revision": revision,
            "acknowledged": True,
            "nacks": [],
            "inactive_clusters": [],
        },
        "sources": [{"name": "examples", "kind": "folder", "complete": True, "stale": False, "message": ""}],
        "timings": {"compile_ms": 12.4, "publish_ms": 1.9, "acknowledged_ms": 8.1},
    }
