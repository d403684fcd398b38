"""How our kinds are called and shown by kubectl: plurals, served versions, columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ambassador.kinds import KINDS
from ambassador.kinds.contract import OUR_GROUP, AnyKind

OUR_KINDS: tuple[AnyKind, ...] = tuple(kind for kind in KINDS if OUR_GROUP in kind.groups)

CATEGORY = "ambassador-crds"
"""`kubectl get ambassador-crds` lists the objects of all our kinds."""

STORED_VERSION = "v3alpha1"
_VERSIONS = (STORED_VERSION, "v2", "v1")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`. `detail`: only with `-o wide`."""

    name: str
    path: str
    type: str = "string"
    detail: bool = False


# The first that is there is shown; `host` is the older spelling.
_HOST = Column("Source Host", ".spec['hostname','host']")
_SERVICE = Column("Dest Service", ".spec.service")

_COLUMNS: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "Mapping": (_HOST, Column("Source Prefix", ".spec.prefix"), _SERVICE),
        "Host": (Column("Hostname", ".spec.hostname"), Column("TLS Secret", ".spec.tlsSecret.name", detail=True)),
        "Listener": (
            Column("Port", ".spec.port", "integer"),
            Column("Protocol", ".spec.protocol"),
            Column("Stack", ".spec.protocolStack", detail=True),
            Column("Security", ".spec.securityModel"),
            Column("L7Depth", ".spec.l7Depth", "integer", detail=True),
        ),
        "TLSContext": (Column("Secret", ".spec.secret"), Column("Hosts", ".spec.hosts", detail=True)),
        "TCPMapping": (Column("Port", ".spec.port", "integer"), Column("Source Host", ".spec.host"), _SERVICE),
        "AuthService": (Column("Service", ".spec.auth_service"),),
        "RateLimitService": (Column("Service", ".spec.service"),),
        "TracingService": (Column("Driver", ".spec.driver"), Column("Service", ".spec.service")),
        "LogService": (Column("Driver", ".spec.driver"), Column("Service", ".spec.service")),
        "ConsulResolver": (Column("Address", ".spec.address"), Column("Datacenter", ".spec.datacenter")),
    }
)
_ALWAYS = (
    Column("State", ".status.state"),
    Column("Reason", ".status.reason"),
    Column("Age", ".metadata.creationTimestamp", "date"),
)


def plural(kind: AnyKind) -> str:
    """The name in URLs and in roles, e.g. `tlscontexts`."""
    return f"{kind.kind.lower()}s"


def versions(kind: AnyKind) -> tuple[str, ...]:
    """Those that the ancestor ever stored: the API server refuses a CRD without a version that objects may be in."""
    return (STORED_VERSION,) if kind.kind == "Listener" else _VERSIONS


def columns(kind: AnyKind) -> tuple[Column, ...]:
    return (*_COLUMNS.get(kind.kind, ()), *_ALWAYS)
