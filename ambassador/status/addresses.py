"""Under which addresses Ingresses are reached: those that are set, or those of the gateway's Service. Pure.

The rule is ingress-nginx's (`--publish-status-address`, `--publish-service`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ambassador.status.facts import Json


class Address(NamedTuple):
    """An IP address or else a host name; the other one is empty."""

    ip: str = ""
    hostname: str = ""


Addresses = tuple[Address, ...]


def address(text: str) -> Address:
    """An address as an operator or a Service writes it."""
    try:
        return Address(ip=str(ipaddress.ip_address(text)))
    except ValueError:
        return Address(hostname=text.rstrip(".").lower())


def given(texts: Iterable[str]) -> Addresses:
    """Addresses from a setting."""
    return tuple(dict.fromkeys(address(text.strip()) for text in texts if text.strip()))


def of_service(content: Mapping[str, Any], status: Mapping[str, Any]) -> Addresses:
    """Addresses of a Service, from its spec and its status. Empty while a load balancer is being made."""
    spec = content.get("spec")
    spec = spec if isinstance(spec, Mapping) else {}
    external = _texts(spec.get("externalIPs"))
    cluster_ip = [text for text in _texts([spec.get("clusterIP")]) if text != "None"]
    match spec.get("type", "ClusterIP"):
        case "LoadBalancer":
            found = [*addresses_in(status), *given(external)]
        case "NodePort":
            found = [*given(external or cluster_ip)]
        case "ExternalName":
            found = [*given(_texts([spec.get("externalName")]))]
        case _:
            found = [*given(cluster_ip)]
    return tuple(dict.fromkeys(found))


def addresses_in(status: Mapping[str, Any]) -> Addresses:
    """`status.loadBalancer.ingress` of a Service or an Ingress."""
    balancer = status.get("loadBalancer")
    entries = balancer.get("ingress") if isinstance(balancer, Mapping) else None
    return tuple(_entries(entries if isinstance(entries, list) else []))


def as_json(addresses: Addresses) -> list[Json]:
    """The entries of `status.loadBalancer.ingress`."""
    return [{"ip": one.ip} if one.ip else {"hostname": one.hostname} for one in addresses]


def _entries(entries: list[Any]) -> Iterator[Address]:
    for entry in entries:
        if isinstance(entry, Mapping):
            ip, hostname = str(entry.get("ip") or ""), str(entry.get("hostname") or "")
            if ip or hostname:
                yield Address(ip) if ip else Address(hostname=hostname)


def _texts(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str) and value] if isinstance(values, list) else []
