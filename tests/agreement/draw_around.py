"""Random Hosts, Listeners, Ingresses and Module settings: what stands around Mappings."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.agreement.draw_mappings import TEAMS
from tests.agreement.draws import chance, given_fields, one_of
from tests.agreement.world import CERTIFICATES, CLIENTS, PORTS, Manifest, manifest, secret_name

_GOVERNED = ("a.test", "*", "*.a.test", "x.a.test", "b.test", "*.test", "a.*", "a.test:8080", "A.Test")
_INGRESS_HOSTS = (None, "a.test", "*.a.test", "x.a.test", "*.x.a.test", "b.test", "y.x.a.test", "A.test")
INGRESS_PATHS = ("/", "/a", "/a/", "/a/b", "/ab", "/a/b/", "/A", "/b", "/a/b/c")
_CREATED = (None, "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
_ANNOTATIONS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"nginx.ingress.kubernetes.io/ssl-redirect": "false"},
    {"nginx.ingress.kubernetes.io/force-ssl-redirect": "true"},
    {"nginx.ingress.kubernetes.io/auth-url": "https://a.test"},
)

SERVICE = (
    manifest("Service", "web", {"ports": [{"port": 80}]}, apiVersion="v1"),
    {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "web", "labels": {"kubernetes.io/service-name": "web"}},
        "endpoints": [{"addresses": ["127.0.0.1"]}],
        "ports": [{"port": 9000}],
    },
)
EMPTY_SERVICE = (
    manifest("Service", "empty", {"ports": [{"port": 80}]}, apiVersion="v1"),
    {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "empty", "labels": {"kubernetes.io/service-name": "empty"}},
        "endpoints": [],
        "ports": [{"port": 9000}],
    },
)
"""A Service without endpoints."""


def secret(name: str) -> Manifest:
    """The Secret with a certificate for a name."""
    data = {"tls.crt": f"@certificate({name})", "tls.key": f"@key({name})"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret_name(name)}, "stringData": data}


@st.composite
def hosts(draw: st.DrawFn, number: int) -> Manifest:
    insecure = one_of(draw, ("Route", "Route", "Redirect", "Reject", None))
    certificate = one_of(draw, (None, *CERTIFICATES))
    spec = {
        "hostname": one_of(draw, _GOVERNED),
        "tlsSecret": {"name": secret_name(certificate)} if certificate else None,
        "tls": _client(draw) if certificate and chance(draw, 5) else None,
        "requestPolicy": {"insecure": {"action": insecure}} if insecure else None,
        "mappingSelector": {"matchLabels": {"team": one_of(draw, TEAMS)}} if chance(draw, 5) else None,
    }
    labels = {"labels": {"shown": "yes"}} if chance(draw, 3) else {}
    return manifest("Host", f"h{number}", given_fields(spec), **labels)


def _client(draw: st.DrawFn) -> dict[str, Any]:
    """Clients must, or may, show a certificate; those of a lab do."""
    return {"ca_secret": secret_name(CLIENTS), "cert_required": one_of(draw, (False, True))}


@st.composite
def listeners(draw: st.DrawFn, number: int) -> Manifest:
    binding: tuple[dict[str, Any], ...] = (
        {"namespace": {"from": "ALL"}},
        {"namespace": {"from": "ALL"}},
        {"namespace": {"from": "SELF"}},
        {"namespace": {"from": "ALL"}, "selector": {"matchLabels": {"shown": "yes"}}},
    )
    spec = {
        "port": one_of(draw, PORTS),
        "protocol": one_of(draw, ("HTTP", "HTTPS")),
        "securityModel": one_of(draw, ("XFP", "XFP", "SECURE", "INSECURE")),
        "l7Depth": one_of(draw, (1, 2)) if chance(draw, 3) else None,
        "hostBinding": one_of(draw, binding),
    }
    return manifest("Listener", f"l{number}", given_fields(spec))


@st.composite
def ingresses(draw: st.DrawFn, number: int) -> Manifest:
    rules = [_rule(draw) for _ in range(draw(st.integers(0, 2)))]
    certificate = one_of(draw, CERTIFICATES) if chance(draw, 3) else None
    spec = {
        "ingressClassName": "ambassador",
        "defaultBackend": _backend(draw) if not rules or chance(draw, 3) else None,
        "tls": [{"hosts": [certificate], "secretName": secret_name(certificate)}] if certificate else None,
        "rules": rules or None,
    }
    metadata = given_fields({"creationTimestamp": one_of(draw, _CREATED)})
    annotations = one_of(draw, _ANNOTATIONS)
    about = {**metadata, **({"annotations": annotations} if annotations else {})}
    return manifest("Ingress", f"i{number}", given_fields(spec), apiVersion="networking.k8s.io/v1", **about)


def _rule(draw: st.DrawFn) -> dict[str, Any]:
    kinds = ("Prefix", "Exact", "ImplementationSpecific")
    paths = [
        {"path": one_of(draw, INGRESS_PATHS), "pathType": one_of(draw, kinds), "backend": _backend(draw)}
        for _ in range(draw(st.integers(1, 3)))
    ]
    return given_fields({"host": one_of(draw, _INGRESS_HOSTS), "http": {"paths": paths}})


def _backend(draw: st.DrawFn) -> dict[str, Any]:
    name = one_of(draw, ("empty", "missing")) if chance(draw, 15) else "web"
    return {"service": {"name": name, "port": {"number": 80}}}


@st.composite
def modules(draw: st.DrawFn) -> Manifest:
    flags = ("merge_slashes", "reject_requests_with_escaped_slashes", "strip_matching_host_port")
    config: dict[str, Any] = {flag: True for flag in flags if chance(draw, 2)}
    if chance(draw, 3):
        config["use_remote_address"] = False
    if chance(draw, 4):
        config["xff_num_trusted_hops"] = draw(st.integers(1, 2))
    return manifest("Module", "ambassador", {"config": config})


@st.composite
def contexts(draw: st.DrawFn) -> Manifest:
    """A certificate for server names that need not be those of Hosts."""
    spec = {"hosts": [one_of(draw, ("b.test", "*.b.test", "*"))], "secret": secret_name(one_of(draw, CERTIFICATES))}
    return manifest("TLSContext", "more", spec)


def guard() -> Manifest:
    """What closes routes, since nobody can ask it."""
    return manifest("AuthService", "auth", {"auth_service": "127.0.0.1:9000"})


def needed(found: list[Manifest]) -> list[Manifest]:
    """What the others refer to."""
    text = repr(found)
    secrets = [secret(name) for name in (*CERTIFICATES, CLIENTS) if f"'{secret(name)['metadata']['name']}'" in text]
    return [*secrets, *(SERVICE if "'web'" in text else ()), *(EMPTY_SERVICE if "'empty'" in text else ())]
