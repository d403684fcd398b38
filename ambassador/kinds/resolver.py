"""Resolvers: where the addresses of a Mapping's service come from."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.kinds.contract import AMBASSADOR_ID, KindSpec, spec_of
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked

BUILT_IN = {"kubernetes-service": False, "endpoint": True, "kubernetes-endpoint": True}
"""Resolvers that exist without an object; the value says whether they need endpoints."""


@dataclass(frozen=True, slots=True)
class ResolverSpec:
    """`endpoints`: addresses of pods rather than of the Service."""

    key: ObjectKey
    endpoints: bool


def _parser(endpoints: bool) -> KindSpec[ResolverSpec]:
    def parse(source: SourceObject) -> Checked[ResolverSpec | None]:
        read = spec_of(source, (AMBASSADOR_ID,))
        return Checked(ResolverSpec(source.key, endpoints), read.problems)

    name = "KubernetesEndpointResolver" if endpoints else "KubernetesServiceResolver"
    return KindSpec(name, "where addresses of services come from", (AMBASSADOR_ID,), parse)


SERVICE_RESOLVER = _parser(endpoints=False)
ENDPOINT_RESOLVER = _parser(endpoints=True)
