"""Objects that are wrong, each in a way of its own. Pure.

The schemas of the CRDs refuse some of them; which ones is no matter here: a user is told at once then. What passes must
hurt nobody else, and say why.
"""

from __future__ import annotations

from typing import Any

from tests.cluster.harness.objects import Json, backend, ingress, ingress_path, mapping, secret, thing

HUGE_REGEX = "/([a-z]{1,900}[0-9]{1,900}){1,900}"
MEGABYTE = 1_000_000

SERVICES = (
    "",
    "http://",
    "bad name!",
    "127.0.0.1:8001",
    "127.0.0.1:8877",
    "169.254.169.254",
    "[::1]:8080",
    "0.0.0.0:80",
    "echo:99999",
    "echo:0",
    "echo:http:80",
    "echo:-1",
    "ftp://echo",
    "echo/path",
    "missing-service",
    "x" * 300,
)
MAPPINGS: tuple[dict[str, Any], ...] = (
    {"prefix": "no-slash"},
    {"prefix": ""},
    {"prefix": "/(", "prefix_regex": True},
    {"prefix": HUGE_REGEX, "prefix_regex": True},
    {"prefix": "/(?<=look)behind", "prefix_regex": True},
    {"hostname": "*.*.poison.test"},
    {"hostname": "a b"},
    {"hostname": "http://poison.test"},
    {"hostname": f"{'l' * 70}.poison.test"},
    {"method": "GE T"},
    {"method": "[", "method_regex": True},
    {"timeout_ms": -5},
    {"timeout_ms": "soon"},
    {"idle_timeout_ms": -1},
    {"connect_timeout_ms": -1},
    {"weight": 101},
    {"weight": -1},
    {"headers": {"": "x"}},
    {"headers": {"a b": "x"}},
    {"regex_headers": {"x": "["}},
    {"query_parameters": {"": "x"}},
    {"regex_query_parameters": {"x": "["}},
    {"add_request_headers": {"bad name": "x"}},
    {"add_request_headers": {"x": "bad\nvalue"}},
    {"add_response_headers": {":status": "200"}},
    {"remove_request_headers": ["a b"]},
    {"rewrite": "no\nline"},
    {"regex_rewrite": {"pattern": "[", "substitution": "x"}},
    {"regex_rewrite": {"pattern": "a", "substitution": "\\9"}},
    {"retry_policy": {"retry_on": "nonsense"}},
    {"retry_policy": {"retry_on": "5xx", "num_retries": -1}},
    {"host_redirect": True, "path_redirect": "/x", "prefix_redirect": "/y"},
    {"host_redirect": True, "redirect_response_code": 200},
    {"load_balancer": {"policy": "nonsense"}},
    {"load_balancer": {"policy": "ring_hash"}},
    {"resolver": "missing"},
    {"tls": "missing"},
    {"circuit_breakers": [{"priority": "highest"}]},
    {"no_such_field": 1},
    {"dns_type": "nonsense"},
    {"shadow": "perhaps"},
    {"allow_upgrade": ["bad name"]},
    {"ambassador_id": 7},
)
HOSTS: tuple[dict[str, Any], ...] = (
    {"hostname": "a b"},
    {"hostname": "*.*.test"},
    {"hostname": "host-a.poison.test", "tlsSecret": {"name": "missing"}},
    {"hostname": "host-b.poison.test", "tlsSecret": {"name": "garbage"}},
    {"hostname": "host-c.poison.test", "tlsContext": {"name": "missing"}},
    {"hostname": "host-d.poison.test", "requestPolicy": {"insecure": {"action": "Nonsense"}}},
    {"hostname": "host-e.poison.test", "requestPolicy": {"insecure": {"additionalPort": 99999}}},
    {"hostname": "host-f.poison.test", "tls": {"min_tls_version": "v9"}},
    {"hostname": "host-g.poison.test", "tls": {"ca_secret": "missing"}},
    {"hostname": "host-h.poison.test", "tlsSecret": {"name": "half"}},
)
CONTEXTS: tuple[dict[str, Any], ...] = (
    {"hosts": ["ctx-a.poison.test"], "secret": "missing"},
    {"hosts": ["ctx-b.poison.test"], "secret": "garbage"},
    {"hosts": ["ctx-c.poison.test"], "secret": "garbage", "min_tls_version": "v9"},
    {"hosts": ["ctx-d.poison.test"], "secret": "garbage", "cipher_suites": ["NONSENSE"]},
    {"hosts": ["*.*.test"], "secret": "garbage"},
)


def poison() -> list[Json]:
    """All of them. The Secrets that they name come first."""
    garbage = secret("garbage", {"tls.crt": "bm90IGEgY2VydGlmaWNhdGU=", "tls.key": "bm90IGEga2V5"})
    half = thing("Secret", "half", type="Opaque", data={"tls.crt": "bm90IGEgY2VydGlmaWNhdGU="})
    service = [
        mapping(f"service-{number}", "poison.test", f"/s{number}/", text) for number, text in enumerate(SERVICES)
    ]
    fields = [
        mapping(f"field-{number}", host="poison.test", prefix=f"/f{number}/", service="echo")
        for number in range(len(MAPPINGS))
    ]
    for made, wrong in zip(fields, MAPPINGS, strict=True):
        made["spec"] |= wrong
    hosts = [thing("Host", f"host-{number}", spec) for number, spec in enumerate(HOSTS)]
    contexts = [thing("TLSContext", f"context-{number}", spec) for number, spec in enumerate(CONTEXTS)]
    others = [
        thing("Module", "not-ambassador", {"config": {}}),
        thing("TCPMapping", "tcp", {"port": 9999, "service": "echo"}),
        thing("LogService", "log", {"service": "log", "driver": "http", "driver_config": {}}),
    ]
    return [garbage, half, *service, *fields, *hosts, *contexts, *others, *ingresses()]


def large() -> Json:
    """As large as etcd takes. There is nothing wrong with it."""
    headers = {f"x-{number}": "v" * 1000 for number in range(MEGABYTE // 1100)}
    return mapping("large", "large.test", "/", "echo", headers=headers)


def ingresses() -> list[Json]:
    """Wrong Ingresses that the API server takes."""
    guarded = ingress("guarded", [("i0.poison.test", [ingress_path("/", "echo")])])
    guarded["metadata"]["annotations"] = {"nginx.ingress.kubernetes.io/auth-url": "http://x/"}
    resource = {"apiGroup": "x.test", "kind": "Bucket", "name": "b"}
    bucket = {"path": "/", "pathType": "Prefix", "backend": {"resource": resource}}
    return [
        guarded,
        ingress("no-service", [("i1.poison.test", [ingress_path("/", "missing")])]),
        ingress("no-port", [("i2.poison.test", [ingress_path("/", "echo", 4711)])]),
        ingress("no-port-name", [("i3.poison.test", [ingress_path("/", "echo", "nonsense")])]),
        ingress("no-secret", [("i4.poison.test", [ingress_path("/", "echo")])], tls=[{"hosts": ["i4.poison.test"]}]),
        ingress("resource", [("i5.poison.test", [bucket])]),
        ingress("default-missing", [("i6.poison.test", [])], defaultBackend=backend("missing")),
    ]
