"""The node between filter chain and virtual host: one Envoy RouteConfiguration."""

from __future__ import annotations

from dataclasses import dataclass

from ambassador.ir.virtual_host import VirtualHost


@dataclass(frozen=True, slots=True)
class RouteTable:
    """Its name never depends on content, so that a change of routes is no change of listeners."""

    name: str
    virtual_hosts: tuple[VirtualHost, ...]
