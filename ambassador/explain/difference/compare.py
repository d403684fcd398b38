"""What changes for requests between two compiled configurations. Pure; problems are none of its business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ambassador.explain.difference.answers import ask
from ambassador.explain.difference.changes import Certificate, Change, Detail, Difference, Part, Sign
from ambassador.explain.difference.connections import certificate_changes, listener_changes
from ambassador.explain.difference.host_changes import host_changes
from ambassador.explain.difference.host_lists import ListPairs, host_pairs, listeners_by_host
from ambassador.explain.difference.route_changes import route_changes
from ambassador.explain.evaluate import Prepared
from ambassador.ir.cluster import Assignment
from ambassador.ir.gateway import Gateway
from ambassador.model.keys import ObjectKey

_ORDER = {part: number for number, part in enumerate(Part)}
_MOST_ADDRESSES = 5


@dataclass(frozen=True, slots=True)
class World:
    """One side. `certificates` are those, by SDS name, that are not the same on both sides."""

    gateway: Gateway
    prepared: Prepared
    certificates: Mapping[str, Certificate] = field(default_factory=dict)


def difference(old: World, new: World) -> Difference:
    """Everything that differs for requests, sorted by part, name and sign."""
    pairs = host_pairs(old.gateway, new.gateway)
    lists = ListPairs()
    asked = ask(old.prepared, new.prepared, pairs, lists)
    changes = [
        *listener_changes(old.gateway, new.gateway),
        *certificate_changes(old.gateway, new.gateway, old.certificates, new.certificates),
        *host_changes(pairs, lists, listeners_by_host(old.gateway, new.gateway)),
        *route_changes(old.gateway, new.gateway, pairs, lists, asked.telling),
        *_backend_changes(old.gateway, new.gateway),
    ]
    return Difference(tuple(sorted(changes, key=_place)), asked.answers, asked.harmless, asked.unasked)


def _place(one: Change) -> tuple[int, str, str, tuple[str, ...], str]:
    return _ORDER[one.part], one.name, one.sign.value, one.hosts, repr(one.details)


def _backend_changes(old: Gateway, new: Gateway) -> Iterator[Change]:
    """Addresses of backends that both sides send requests to."""
    for name in sorted(old.assignments.keys() & new.assignments.keys()):
        was, now = old.assignments[name], new.assignments[name]
        if was is not now and set(was.endpoints) != set(now.endpoints):
            detail = Detail("endpoints", _addresses(was), _addresses(now))
            yield Change(Part.BACKEND, Sign.CHANGED, name, _service(name), (detail,))


def _addresses(assignment: Assignment) -> str:
    texts = sorted(f"{one.address}:{one.port}" for one in assignment.endpoints)
    more = f" and {len(texts) - _MOST_ADDRESSES} more" if len(texts) > _MOST_ADDRESSES else ""
    return ", ".join(texts[:_MOST_ADDRESSES]) + more or "none"


def _service(name: str) -> ObjectKey | None:
    """The Service whose backend has this name; an address has none."""
    namespace, _, rest = name.partition("/")
    return None if namespace == "address" else ObjectKey("Service", namespace, rest.partition("/")[0])
