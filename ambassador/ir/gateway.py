"""The whole compiled configuration, root of the IR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ambassador.ir.cluster import Assignment, Cluster
from ambassador.ir.listener import Listener
from ambassador.ir.route_table import RouteTable
from ambassador.ir.virtual_host import Layout


@dataclass(frozen=True, slots=True)
class Gateway:
    """Tables by resource name. `listeners` are in the order of their addresses."""

    listeners: tuple[Listener, ...] = ()
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    assignments: Mapping[str, Assignment] = field(default_factory=dict)

    @property
    def layout(self) -> Layout:
        """How all virtual hosts together are laid out."""
        found = [host.layout for table in self.route_tables.values() for host in table.virtual_hosts]
        return Layout(
            sum(one.buckets for one in found),
            max((one.longest for one in found), default=0),
            sum(one.copies for one in found),
        )
