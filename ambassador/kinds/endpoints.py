"""Endpoints and EndpointSlice: the addresses behind a Service. Both give the same value; slices win where both are."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ambassador.kinds.contract import KindSpec
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Problem, Reason

SERVICE_NAME_LABEL = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class AddressPort:
    """One ready address under one port; `port_name` is the Service port's name."""

    address: str
    port_name: str
    port: int


@dataclass(frozen=True, slots=True)
class EndpointsSpec:
    """Addresses of one Service; `terminating` ones are used only when there are no others."""

    service: ObjectKey
    ready: tuple[AddressPort, ...]
    terminating: tuple[AddressPort, ...] = ()


def parse_endpoints(source: SourceObject) -> Checked[EndpointsSpec | None]:
    """Endpoints has the name of its Service."""
    subsets = source.content.get("subsets")
    ready: list[AddressPort] = []
    problems: list[Problem] = []
    for number, subset in enumerate(subsets if isinstance(subsets, list) else []):
        if not isinstance(subset, Mapping):
            continue
        at = Cursor(source.key, subset, ("subsets", number))
        raw = [one.get("ip") for one in _objects(subset.get("addresses"))]
        good = _addresses(at.child("addresses", raw), raw)
        problems += good.problems
        ready += _joined(good.value, _ports(subset.get("ports")))
    service = ObjectKey("Service", source.key.namespace, source.key.name)
    return Checked(EndpointsSpec(service, tuple(sorted(set(ready), key=_sort_key))), tuple(problems))


def parse_slice(source: SourceObject) -> Checked[EndpointsSpec | None]:
    """An EndpointSlice names its Service by label. Terminating but serving endpoints finish what they have begun."""
    name = source.labels.get(SERVICE_NAME_LABEL, "")
    at = Cursor(source.key, None, ("metadata", "labels"))
    if not name:
        message = f"the label {SERVICE_NAME_LABEL} must name the Service that this slice belongs to"
        return Checked(None, (at.warning(Reason.MISSING_FIELD, message),))
    ports = _ports(source.content.get("ports"))
    ready: list[AddressPort] = []
    terminating: list[AddressPort] = []
    problems: list[Problem] = []
    for number, endpoint in enumerate(_objects(source.content.get("endpoints"))):
        state = endpoint.get("conditions")
        conditions = state if isinstance(state, Mapping) else {}
        here = Cursor(source.key, endpoint, ("endpoints", number, "addresses"))
        raw = endpoint.get("addresses")
        good = _addresses(here, raw if isinstance(raw, list) else [])
        problems += good.problems
        if conditions.get("ready") is not False:
            ready += _joined(good.value, ports)
        elif conditions.get("serving") and conditions.get("terminating"):
            terminating += _joined(good.value, ports)
    spec = EndpointsSpec(
        ObjectKey("Service", source.key.namespace, name),
        tuple(sorted(set(ready), key=_sort_key)),
        tuple(sorted(set(terminating), key=_sort_key)),
    )
    return Checked(spec, tuple(problems))


def _objects(raw: object) -> Iterable[Mapping[str, object]]:
    return [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, list) else []


def _ports(raw: object) -> list[tuple[str, int]]:
    found = [(one.get("name"), one.get("port")) for one in _objects(raw)]
    return [(str(name or ""), port) for name, port in found if isinstance(port, int) and 1 <= port <= 65535]


def _addresses(at: Cursor, raw: Iterable[object]) -> Checked[tuple[str, ...]]:
    good = [(text, _is_ip(text)) for text in raw]
    problems = tuple(
        at.child(number, text).error(Reason.INVALID_VALUE, f"{text!r} is not an IP address")
        for number, (text, valid) in enumerate(good)
        if not valid
    )
    return Checked(tuple(str(text) for text, valid in good if valid), problems)


def _is_ip(text: object) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True


def _joined(addresses: Iterable[str], ports: Iterable[tuple[str, int]]) -> list[AddressPort]:
    return [AddressPort(address, name, port) for address in addresses for name, port in ports]


def _sort_key(one: AddressPort) -> tuple[str, str, int]:
    return (one.address, one.port_name, one.port)


ENDPOINTS = KindSpec("Endpoints", "addresses behind a Service", (), parse_endpoints, groups=("",))
SLICE = KindSpec("EndpointSlice", "addresses behind a Service", (), parse_slice, groups=("discovery.k8s.io",))
