"""Resolvers: where the addresses of a Mapping's service come from."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.ir.cluster import Routing
from ambassador.kinds.contract import AMBASSADOR_ID, KindSpec, spec_of
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked

BUILT_IN = {
    "kubernetes-service": Routing.SERVICE,
    "endpoint": Routing.ENDPOINTS,
    "kubernetes-endpoint": Routing.ENDPOINTS,
}
"""Resolvers that exist without an object."""


@dataclass(frozen=True, slots=True)
class ResolverSpec:
    """A resolver that can be named. For folders both kinds mean the same: known endpoints, else DNS."""

    key: ObjectKey


def _kind(name: str) -> KindSpec[ResolverSpec]:
    def parse(source: SourceObject) -> Checked[ResolverSpec | None]:
        read = spec_of(source, (AMBASSADOR_ID,))
        return Checked(ResolverSpec(source.key), read.problems)

    return KindSpec(name, "where addresses of services come from", (AMBASSADOR_ID,), parse)


SERVICE_RESOLVER = _kind("KubernetesServiceResolver")
ENDPOINT_RESOLVER = _kind("KubernetesEndpointResolver")
