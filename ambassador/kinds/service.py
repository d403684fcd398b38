"""Service: which ports it has, and under which addresses they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ambassador.kinds.contract import KindSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Reason
from ambassador.model.values import backend_host, is_address


@dataclass(frozen=True, slots=True)
class ServicePortSpec:
    """`target` is the number or the name of the container's port; 0 when it equals `port`."""

    name: str
    port: int
    target: int | str = 0
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """`cluster_ip` is empty for headless Services; `external_name` is set for ExternalName ones."""

    key: ObjectKey
    ports: tuple[ServicePortSpec, ...] = ()
    cluster_ip: str = ""
    external_name: str = ""


def parse(source: SourceObject) -> Checked[ServiceSpec | None]:
    """Reads the few fields that routing needs; Kubernetes itself has validated the rest."""
    spec = source.content.get("spec")
    if not isinstance(spec, Mapping):
        at = Cursor(source.key, spec, ("spec",))
        return Checked(None, (at.error(Reason.INVALID_TYPE, "spec must be an object with ports"),))
    raw_ports = spec.get("ports")
    ports = [_port(raw) for raw in raw_ports] if isinstance(raw_ports, list) else []
    if None in ports:
        at = Cursor(source.key, raw_ports, ("spec", "ports", ports.index(None), "port"))
        return Checked(None, (at.error(Reason.INVALID_VALUE, "every port needs a number from 1 to 65535 in port"),))
    address = spec.get("clusterIP")
    external = spec.get("externalName") if spec.get("type") == "ExternalName" else None
    outside = backend_host(external) if isinstance(external, str) else ""
    if outside is None:
        at = Cursor(source.key, external, ("spec", "externalName"))
        return Checked(None, (at.error(Reason.INVALID_VALUE, f"externalName must be a host name, not {external!r}"),))
    found = ServiceSpec(
        source.key,
        tuple(port for port in ports if port is not None and port.protocol == "TCP"),
        address if isinstance(address, str) and is_address(address) else "",
        outside,
    )
    return Checked(found)


def _port(raw: object) -> ServicePortSpec | None:
    if not isinstance(raw, Mapping):
        return None
    port, target, name = raw.get("port"), raw.get("targetPort"), raw.get("name")
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        return None
    good = target if isinstance(target, int | str) and not isinstance(target, bool) else 0
    return ServicePortSpec(name if isinstance(name, str) else "", port, good, str(raw.get("protocol") or "TCP"))


KIND = KindSpec("Service", "ports and addresses of a backend", (), parse, groups=("",))
