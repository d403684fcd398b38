"""The whole compiled configuration, root of the IR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ambassador.ir.cluster import Assignment, Cluster
from ambassador.ir.listener import Listener
from ambassador.ir.route_table import RouteTable


@dataclass(frozen=True, slots=True)
class Gateway:
    """Tables by resource name. `listeners` are in the order of their addresses."""

    listeners: tuple[Listener, ...] = ()
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
