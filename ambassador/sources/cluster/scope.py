"""How much of a cluster is watched."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.kinds.contract import OUR_GROUP
from ambassador.sources.cluster.resources import Resource

# Secrets of these types never hold a certificate, a CA or a credential that a route could name.
_NEVER_REFERENCED = (
    "kubernetes.io/service-account-token",
    "kubernetes.io/dockercfg",
    "kubernetes.io/dockerconfigjson",
    "bootstrap.kubernetes.io/token",
    "helm.sh/release.v1",
)


@dataclass(frozen=True, slots=True)
class Scope:
    """`namespace`: the only one that is read; empty: all.

    The selectors choose among our kinds and Ingresses. Services, EndpointSlices and Secrets belong to applications,
    whose labels say nothing of us, so they are always read.
    """

    namespace: str = ""
    labels: str = ""
    fields: str = ""

    def path(self, resource: Resource) -> str:
        """The collection to list and watch."""
        return resource.path(self.namespace)

    def query(self, resource: Resource) -> dict[str, str | int]:
        """The selectors of a list or watch."""
        if resource.kind == "Secret":
            return {"fieldSelector": ",".join(f"type!={one}" for one in _NEVER_REFERENCED)}
        if resource.group != OUR_GROUP and resource.kind != "Ingress":
            return {}
        chosen = {"labelSelector": self.labels, "fieldSelector": self.fields}
        return {name: text for name, text in chosen.items() if text}

    def tolerates_refusal(self, resource: Resource) -> bool:
        """Who may read one namespace only cannot read what is in none, and is not to blame for it."""
        return bool(self.namespace) and not resource.namespaced
