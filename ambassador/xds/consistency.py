"""Whether every resource that another one refers to exists: a bug of the compiler found before Envoy sees it.

Returns what is missing; whether to publish anyway is the caller's decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ambassador.wire.resource import EnvoyResources, Table
from ambassador.xds.types import ResourceType


@dataclass(frozen=True, slots=True)
class MissingReference:
    """Resource `holder` refers to a resource `name` of type `kind` that is not there."""

    holder_kind: ResourceType
    holder: str
    kind: ResourceType
    name: str


def missing_references(resources: EnvoyResources) -> tuple[MissingReference, ...]:
    """All references that lead nowhere, in push order of their holders. O(number of references)."""
    tables = {
        ResourceType.CLUSTER: resources.clusters,
        ResourceType.ENDPOINT: resources.endpoints,
        ResourceType.LISTENER: resources.listeners,
        ResourceType.SCOPE: resources.scopes,
        ResourceType.ROUTE: resources.routes,
        ResourceType.SECRET: resources.secrets,
    }
    return tuple(missing for kind, table in tables.items() for missing in _missing(kind, table, tables))


def _missing(
    holder_kind: ResourceType, table: Table, tables: Mapping[ResourceType, Table]
) -> Iterator[MissingReference]:
    for holder in table.values():
        refers = holder.references
        wanted = (
            (ResourceType.CLUSTER, refers.clusters),
            (ResourceType.ENDPOINT, refers.endpoints),
            (ResourceType.SCOPE, refers.scopes),
            (ResourceType.ROUTE, refers.routes),
            (ResourceType.SECRET, refers.secrets),
        )
        for kind, names in wanted:
            for name in sorted(names - tables[kind].keys()) if names else ():
                yield MissingReference(holder_kind, holder.name, kind, name)
