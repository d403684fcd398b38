"""Listeners: an address with filter chains."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ambassador.ir.features import EMPTY, FeatureBag
from ambassador.model.keys import ObjectKey


class Transport(Enum):
    TCP = "TCP"
    UDP = "UDP"


@dataclass(frozen=True, slots=True)
class ListenerIdentity:
    """What makes two listeners the same one."""

    address: str
    port: int
    transport: Transport = Transport.TCP

    @property
    def name(self) -> str:
        """Envoy's name: of the socket, so that another object taking it over changes a listener instead of two."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class SecurityModel(Enum):
    """How a request is judged to be secure: by X-Forwarded-Proto, always, or never."""

    XFP = "XFP"
    SECURE = "SECURE"
    INSECURE = "INSECURE"


@dataclass(frozen=True, slots=True)
class FilterChain:
    """Connections that carry TLS with one of `server_names` (empty: cleartext), and the routes they get.

    `certificates` are names of secrets; `tls` are the features of the TLS side.
    """

    name: str
    server_names: tuple[str, ...]
    route_table: str
    certificates: tuple[str, ...] = ()
    tls: FeatureBag = EMPTY


@dataclass(frozen=True, slots=True)
class Listener:
    """One listening socket. `source` is None for the default listeners."""

    identity: ListenerIdentity
    source: ObjectKey | None
    chains: tuple[FilterChain, ...]
    proxy_protocol: bool = False
    inspects_tls: bool = False
    features: FeatureBag = EMPTY

    @property
    def name(self) -> str:
        return self.identity.name

    @property
    def label(self) -> str:
        """The name for people: Envoy's own is the address."""
        return f"{self.source.namespace}/{self.source.name}" if self.source else f"default-{self.identity.port}"

    @property
    def protocol(self) -> str:
        return "HTTPS" if any(chain.certificates for chain in self.chains) else "HTTP"
