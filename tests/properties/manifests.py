"""Small random worlds of manifests, and edits of them: what the property tests of compile draw from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject

NAMES = ("a", "b", "c", "d", "e")
NAMESPACES = ("default", "other")
HOSTS = ("*", "a.test", "b.test", "*.a.test", "x.a.test", "a.*", "B.test", "a.test:8080")
PREFIXES = ("/", "/a", "/a/", "/a/b", "/b/", "/a.*", "no-slash")
SERVICES = ("a", "b:8080", "a.other", "127.0.0.1:9000", "https://a", "outside.example.com:80", "10.0.0.1", "bad//x")
VERSIONS = ("getambassador.io/v3alpha1", "getambassador.io/v2")

_optional_host = st.none() | st.sampled_from(HOSTS)


def source(kind: str, name: str, body: Mapping[str, Any], **more: Any) -> SourceObject:
    """A source object as sources give it; its digest is its content."""
    group = {"Service": "v1", "Secret": "v1", "Endpoints": "v1", "EndpointSlice": "discovery.k8s.io/v1"}
    namespace = more.pop("namespace", "default")
    metadata = {"name": name, "namespace": namespace, "labels": more.pop("labels", {})}
    version = more.pop("version", group.get(kind, VERSIONS[0]))
    content = {"apiVersion": version, "kind": kind, "metadata": metadata, **body}
    return SourceObject(ObjectKey(kind, namespace, name), repr(content), content)


@st.composite
def mappings(draw: st.DrawFn) -> SourceObject:
    spec = {
        "prefix": draw(st.sampled_from(PREFIXES)),
        "service": draw(st.sampled_from(SERVICES)),
        "hostname": draw(_optional_host),
        "prefix_regex": draw(st.none() | st.booleans()),
        "weight": draw(st.none() | st.integers(-10, 120)),
        "precedence": draw(st.none() | st.integers(-1, 1)),
        "method": draw(st.none() | st.sampled_from(("GET", "POST"))),
        "headers": draw(st.none() | st.just({"x-a": "1"}) | st.just({"x-a": True, "x-b": "2"})),
        "timeout_ms": draw(st.none() | st.integers(-1, 5000)),
        "rewrite": draw(st.none() | st.sampled_from(("", "/", "/r/"))),
        "cors": draw(st.none() | st.just({"origins": ["https://a"]}) | st.just("wrong")),
        "host_redirect": draw(st.none() | st.booleans()),
        "tls": draw(st.none() | st.sampled_from(("a", "missing", True))),
        "bypass_auth": draw(st.none() | st.booleans()),
    }
    labels = draw(st.just({}) | st.just({"team": "one"}))
    place = {
        "namespace": draw(st.sampled_from(NAMESPACES)),
        "labels": labels,
        "version": draw(st.sampled_from(VERSIONS)),
    }
    given_fields = {name: value for name, value in spec.items() if value is not None}
    return source("Mapping", draw(st.sampled_from(NAMES)), {"spec": given_fields}, **place)


@st.composite
def hosts(draw: st.DrawFn) -> SourceObject:
    spec = {
        "hostname": draw(_optional_host),
        "mappingSelector": draw(st.none() | st.just({"matchLabels": {"team": "one"}})),
        "requestPolicy": draw(
            st.none()
            | st.sampled_from(("Route", "Redirect", "Reject", "Oops")).map(lambda a: {"insecure": {"action": a}})
        ),
        "tlsSecret": draw(st.none() | st.just({"name": "a"})),
        "tlsContext": draw(st.none() | st.just({"name": "a"})),
    }
    given_fields = {name: value for name, value in spec.items() if value is not None}
    return source(
        "Host", draw(st.sampled_from(NAMES)), {"spec": given_fields}, labels=draw(st.just({}) | st.just({"x": "y"}))
    )


@st.composite
def listeners(draw: st.DrawFn) -> SourceObject:
    spec = {
        "port": draw(st.sampled_from((8080, 8443, 9000))),
        "protocol": draw(st.sampled_from(("HTTP", "HTTPS", "HTTPPROXY", "TCP"))),
        "securityModel": draw(st.sampled_from(("XFP", "SECURE", "INSECURE"))),
        "hostBinding": draw(
            st.just({"namespace": {"from": "ALL"}})
            | st.just({"namespace": {"from": "SELF"}, "selector": {"matchLabels": {"x": "y"}}})
        ),
        "l7Depth": draw(st.integers(0, 2)),
    }
    return source("Listener", draw(st.sampled_from(NAMES)), {"spec": spec}, namespace=draw(st.sampled_from(NAMESPACES)))


@st.composite
def services(draw: st.DrawFn) -> SourceObject:
    spec: dict[str, Any] = {"ports": [{"port": port} for port in draw(st.sets(st.sampled_from((80, 443, 8080))))]}
    if draw(st.booleans()):
        spec |= {"type": "ExternalName", "externalName": "outside.example.com"}
    elif draw(st.booleans()):
        spec["clusterIP"] = "10.9.8.7"
    return source(
        "Service", draw(st.sampled_from(("a", "b"))), {"spec": spec}, namespace=draw(st.sampled_from(NAMESPACES))
    )


_addresses = st.lists(st.sampled_from(("10.0.0.1", "10.0.0.2", "127.0.0.1", "nonsense")), max_size=3)


@st.composite
def endpoints(draw: st.DrawFn) -> SourceObject:
    subset = {
        "addresses": [{"ip": ip} for ip in draw(_addresses)],
        "ports": [{"port": draw(st.sampled_from((8001, 9001)))}],
    }
    return source("Endpoints", draw(st.sampled_from(("a", "b"))), {"subsets": [subset]})


@st.composite
def slices(draw: st.DrawFn) -> SourceObject:
    conditions = draw(st.sampled_from(({}, {"ready": False}, {"ready": False, "serving": True, "terminating": True})))
    body = {
        "endpoints": [{"addresses": draw(_addresses), "conditions": conditions}],
        "ports": [{"port": draw(st.sampled_from((9001, 9002)))}],
    }
    labels = {"kubernetes.io/service-name": draw(st.sampled_from(("a", "b")))}
    return source("EndpointSlice", draw(st.sampled_from(NAMES)), body, labels=labels)


@st.composite
def others(draw: st.DrawFn) -> SourceObject:
    kind = draw(st.sampled_from(("Module", "TLSContext", "AuthService", "KubernetesEndpointResolver", "Mappping")))
    config = draw(st.sampled_from(({}, {"cluster_request_timeout_ms": 50}, {"ip_allow": []}, {"server_name": "x"})))
    spec: dict[str, Any] = {"config": config} if kind == "Module" else {}
    if kind == "TLSContext":
        spec = {"secret": "a", "hosts": draw(st.just([]) | st.just(["c.test"]))}
    name = "ambassador" if kind == "Module" else "a"
    return source(kind, name, {"spec": spec}, namespace=draw(st.sampled_from(NAMESPACES)))


objects = mappings() | mappings() | mappings() | hosts() | listeners() | services() | endpoints() | slices() | others()
