"""Short ways to write the objects that tests talk about."""

from typing import Any

import yaml

Object = dict[str, Any]


def mapping(name: str, prefix: str, service: str, **spec: Any) -> Object:
    """A Mapping for all hosts, unless `hostname` or `host` says otherwise."""
    namespace = spec.pop("namespace", "default")
    whole = {"prefix": prefix, "service": service, **spec}
    if not {"hostname", "host"} & whole.keys():
        whole["hostname"] = "*"
    return ours("Mapping", name, whole, namespace)


def host(name: str, hostname: str, secret: str = "", insecure: str = "Route", **spec: Any) -> Object:
    """A Host; cleartext is routed unless `insecure` says otherwise."""
    whole = {"hostname": hostname, "requestPolicy": {"insecure": {"action": insecure}}, **spec}
    if secret:
        whole["tlsSecret"] = {"name": secret}
    return ours("Host", name, whole)


def listener(name: str, port: int, protocol: str = "HTTP", **spec: Any) -> Object:
    """A Listener that serves every Host."""
    whole = {"port": port, "protocol": protocol, "securityModel": "XFP", "hostBinding": {"namespace": {"from": "ALL"}}}
    return ours("Listener", name, {**whole, **spec})


def tls_context(name: str, **spec: Any) -> Object:
    return ours("TLSContext", name, spec)


def module(**config: Any) -> Object:
    return ours("Module", "ambassador", {"config": config})


def secret(name: str, certificate: str = "", key: str = "", ca: str = "") -> Object:
    """A Secret with PEM texts."""
    held = {"tls.crt": certificate, "tls.key": key, "ca.crt": ca}
    data = {field: text for field, text in held.items() if text}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


def service(name: str, port: int = 80, namespace: str = "default", **spec: Any) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": port}], **spec}}


def endpoints(name: str, *ports: int) -> Object:
    """Endpoints of a Service: ports of this machine."""
    subsets = [{"addresses": [{"ip": "127.0.0.1"}], "ports": [{"port": port}]} for port in ports]
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": name}, "subsets": subsets}


def endpoint_slice(name: str, owner: str, port: int, **conditions: bool) -> Object:
    """One endpoint of a Service on this machine."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "labels": {"kubernetes.io/service-name": owner}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True, **conditions}}],
        "ports": [{"port": port}],
    }


def ours(kind: str, name: str, spec: Object, namespace: str = "default") -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "getambassador.io/v3alpha1", "kind": kind, "metadata": metadata, "spec": spec}


def text(*objects: Object) -> str:
    """One file that holds them all, in this order."""
    return yaml.safe_dump_all(objects, sort_keys=False)


def ingress(name: str, *rules: Object, created: str = "", **spec: Any) -> Object:
    """An Ingress of the class `ambassador`, unless `ingressClassName` says otherwise."""
    annotations = spec.pop("annotations", {})
    metadata = {"name": name, "namespace": spec.pop("namespace", "default"), "annotations": annotations}
    if created:
        metadata["creationTimestamp"] = created
    whole = {"ingressClassName": "ambassador", **({"rules": list(rules)} if rules else {}), **spec}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata,
        "spec": {field: value for field, value in whole.items() if value is not None},
    }


def rule(host: str | None, *paths: Object) -> Object:
    """A rule of an Ingress; None is any host."""
    return {**({"host": host} if host else {}), "http": {"paths": list(paths)}}


def path(text: str, service: str, port: int | str = 80, kind: str = "Prefix") -> Object:
    return {"path": text, "pathType": kind, "backend": to(service, port)}


def to(service: str, port: int | str = 80) -> Object:
    """An Ingress's backend; the port by number or name."""
    return {"service": {"name": service, "port": {"number" if isinstance(port, int) else "name": port}}}


def ingress_class(name: str, controller: str = "getambassador.io/ingress-controller", **spec: Any) -> Object:
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if spec.pop("default", False) else {}
    metadata = {"name": name, "annotations": annotations}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": metadata,
        "spec": {"controller": controller, **spec},
    }


def backends(**ports: int) -> list[Object]:
    """A Service for each, with one endpoint on this machine."""
    found: list[Object] = []
    for name, port in ports.items():
        found += [service(name), endpoint_slice(f"{name}-1", name, port)]
    return found
