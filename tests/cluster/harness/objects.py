"""Kubernetes objects in few words, and where they stand in the API. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

PLURALS = {
    "Mapping": "mappings",
    "Host": "hosts",
    "Listener": "listeners",
    "TLSContext": "tlscontexts",
    "Module": "modules",
    "AuthService": "authservices",
    "RateLimitService": "ratelimitservices",
    "KubernetesEndpointResolver": "kubernetesendpointresolvers",
    "Ingress": "ingresses",
    "IngressClass": "ingressclasses",
    "EndpointSlice": "endpointslices",
    "ClusterRole": "clusterroles",
    "Deployment": "deployments",
    "Lease": "leases",
}
GROUPS = {
    "Ingress": "networking.k8s.io/v1",
    "IngressClass": "networking.k8s.io/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "Deployment": "apps/v1",
    "Lease": "coordination.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "Service": "v1",
    "Secret": "v1",
    "ConfigMap": "v1",
    "Pod": "v1",
    "Event": "v1",
    "Namespace": "v1",
    "ServiceAccount": "v1",
}
WITHOUT_NAMESPACE = frozenset({"Namespace", "IngressClass", "ClusterRole"})


def version_of(kind: str) -> str:
    """The apiVersion; kinds that are not Kubernetes' own are ours."""
    return GROUPS.get(kind, "getambassador.io/v3alpha1")


def path(kind: str, namespace: str, name: str = "") -> str:
    """Where a collection, or one object of it, stands."""
    version = version_of(kind)
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    within = "" if kind in WITHOUT_NAMESPACE else f"/namespaces/{namespace}"
    return f"{root}{within}/{PLURALS.get(kind, kind.lower() + 's')}" + (f"/{name}" if name else "")


def thing(kind: str, name: str, spec: object = None, **fields: Any) -> Json:
    """An object; `metadata` among the fields is added to its name."""
    metadata = {"name": name, **fields.pop("metadata", {})}
    specified = {} if spec is None else {"spec": spec}
    return {"apiVersion": version_of(kind), "kind": kind, "metadata": metadata, **specified, **fields}


def mapping(name: str, host: str, prefix: str, service: str, **spec: Any) -> Json:
    return thing("Mapping", name, {"hostname": host, "prefix": prefix, "service": service, **spec})


def host(hostname: str, **spec: Any) -> Json:
    """A Host that serves cleartext. As soon as a cluster has any Host, Mappings are served only on names of Hosts."""
    name = hostname.replace("*.", "any-").replace(".", "-")
    return thing("Host", name, {"hostname": hostname, "requestPolicy": {"insecure": {"action": "Route"}}, **spec})


def ingress_path(path: str, service: str, port: int | str = 80, kind: str = "Prefix") -> Json:
    """One path of an Ingress rule."""
    return {"path": path, "pathType": kind, "backend": backend(service, port)}


def backend(service: str, port: int | str = 80) -> Json:
    return {"service": {"name": service, "port": {"name" if isinstance(port, str) else "number": port}}}


def ingress(
    name: str,
    rules: Sequence[tuple[str, Sequence[Json]]],
    ingress_class: str | None = "ambassador",
    tls: Sequence[Json] = (),
    **fields: Any,
) -> Json:
    """An Ingress of (host, paths) rules; further fields, such as `defaultBackend`, go into its spec."""
    spec: Json = {
        "rules": [{**({"host": host} if host else {}), "http": {"paths": list(paths)}} for host, paths in rules],
        "tls": list(tls),
        **fields,
    }
    spec = {key: value for key, value in spec.items() if value}
    if ingress_class:
        spec["ingressClassName"] = ingress_class
    return thing("Ingress", name, spec)


def secret(name: str, data: Mapping[str, str]) -> Json:
    return thing("Secret", name, type="kubernetes.io/tls", data=dict(data))


def condition(found: Json, kind: str) -> str:
    """`True`, `False` or `Unknown`; empty when there is no such condition."""
    conditions = found.get("status", {}).get("conditions", [])
    return next((str(one["status"]) for one in conditions if one["type"] == kind), "")
