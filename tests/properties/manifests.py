"""Small random worlds of manifests, and edits of them: what the property tests of compile draw from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from tests.golden.certificates import certificate, private_key

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
    group |= {"Ingress": "networking.k8s.io/v1", "IngressClass": "networking.k8s.io/v1"}
    namespace = more.pop("namespace", "default")
    version = more.pop("version", group.get(kind, VERSIONS[0]))
    metadata = {"name": name, "namespace": namespace, "labels": more.pop("labels", {}), **more}
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
    names = draw(st.just({}) | st.just({80: "http"}))
    numbers = sorted(draw(st.sets(st.sampled_from((80, 443, 8080)))))
    ports = [{"port": port, **({"name": names[port]} if port in names else {})} for port in numbers]
    spec: dict[str, Any] = {"ports": ports}
    if draw(st.booleans()):
        spec |= {"type": "ExternalName", "externalName": "outside.example.com"}
    elif draw(st.booleans()):
        spec["clusterIP"] = "10.9.8.7"
    return source(
        "Service", draw(st.sampled_from(("a", "b"))), {"spec": spec}, namespace=draw(st.sampled_from(NAMESPACES))
    )


INGRESS_HOSTS = (
    None,
    "a.test",
    "b.test",
    "*.a.test",
    "x.a.test",
    "y.x.a.test",
    "*.x.a.test",
    "A.test.",
    "a.test:80",
    "*",
)
PATHS = ("/", "/a", "/a/", "/a/b", "/b", "", "no-slash", "/a//b")
CREATED = (None, "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "yesterday")
ANNOTATIONS = (
    {},
    {"nginx.ingress.kubernetes.io/ssl-redirect": "false"},
    {"nginx.ingress.kubernetes.io/force-ssl-redirect": "true"},
    {"nginx.ingress.kubernetes.io/auth-url": "https://a"},
    {"nginx.ingress.kubernetes.io/canary": "true"},
    {"kubernetes.io/ingress.class": "mine"},
    {"getambassador.io/ambassador-id": "other"},
)
_backends = st.sampled_from(("a", "b", "missing")).flatmap(
    lambda name: st.sampled_from(({"number": 80}, {"number": 8080}, {"name": "http"}, {})).map(
        lambda port: {"service": {"name": name, "port": port}}
    )
)
_paths = st.fixed_dictionaries(
    {
        "path": st.sampled_from(PATHS),
        "pathType": st.sampled_from(("Exact", "Prefix", "ImplementationSpecific")),
        "backend": _backends | st.just({"resource": {"kind": "Bucket", "name": "b"}}),
    }
)


@st.composite
def ingresses(draw: st.DrawFn) -> SourceObject:
    rules = []
    for host in draw(st.lists(st.sampled_from(INGRESS_HOSTS), max_size=3)):
        http = draw(st.none() | st.lists(_paths, max_size=3).map(lambda paths: {"paths": paths}))
        rules.append({"host": host, "http": http})
    tls = draw(
        st.lists(st.sampled_from(({"hosts": ["a.test"], "secretName": "a"}, {"secretName": "missing"})), max_size=2)
    )
    spec = {
        "ingressClassName": draw(st.sampled_from(("ambassador", "mine", "nginx", None))),
        "rules": rules,
        "defaultBackend": draw(st.none() | _backends),
        "tls": tls,
    }
    place = {"namespace": draw(st.sampled_from(NAMESPACES)), "annotations": draw(st.sampled_from(ANNOTATIONS))}
    created = draw(st.sampled_from(CREATED))
    body = {"spec": {name: value for name, value in spec.items() if value is not None}}
    return source("Ingress", draw(st.sampled_from(NAMES)), body, creationTimestamp=created, **place)


@st.composite
def ingress_classes(draw: st.DrawFn) -> SourceObject:
    controller = draw(st.sampled_from(("getambassador.io/ingress-controller", "k8s.io/ingress-nginx")))
    annotations = draw(st.just({}) | st.just({"ingressclass.kubernetes.io/is-default-class": "true"}))
    name = draw(st.sampled_from(("mine", "nginx", "ambassador")))
    return source("IngressClass", name, {"spec": {"controller": controller}}, annotations=annotations)


@st.composite
def secrets(draw: st.DrawFn) -> SourceObject:
    name = draw(st.sampled_from(("a.test", "*.a.test")))
    held = {"tls.crt": certificate(name), "tls.key": private_key(name)}
    data = draw(st.just(held) | st.just({"tls.crt": "nonsense"}))
    return source("Secret", "a", {"stringData": data}, namespace=draw(st.sampled_from(NAMESPACES)))


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


_by_ingress = ingresses() | ingresses() | ingresses() | ingress_classes()
_routes = mappings() | mappings() | mappings() | _by_ingress
objects = _routes | secrets() | hosts() | listeners() | services() | endpoints() | slices() | others()
