"""Clusters and their endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ambassador.ir.features import EMPTY, FeatureBag


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a backend."""

    address: str
    port: int


class Routing(Enum):
    """Who spreads requests over a Service's pods: Envoy, which knows their addresses, or the cluster's network."""

    ENDPOINTS = "endpoints"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """A Kubernetes Service's port: the addresses of its pods come by EDS under `name`."""

    namespace: str
    service: str
    port: int

    @property
    def name(self) -> str:
        return f"{self.namespace}/{self.service}/{self.port}"


@dataclass(frozen=True, slots=True)
class ServiceAddress(ServicePort):
    """A Kubernetes Service's port, reached by the Service's own address, which also comes by EDS."""

    @property
    def name(self) -> str:
        return f"{self.namespace}/{self.service}/{self.port}/service"


@dataclass(frozen=True, slots=True)
class Address:
    """A literal IP address and port."""

    address: str
    port: int

    @property
    def name(self) -> str:
        return f"address/{self.address}/{self.port}"


@dataclass(frozen=True, slots=True)
class DnsName:
    """A name that Envoy itself resolves."""

    hostname: str
    port: int


Backend = ServicePort | Address | DnsName


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where requests go and how connections are made. Equal clusters are one cluster, whoever asks for them."""

    backend: Backend
    features: FeatureBag = EMPTY


@dataclass(frozen=True, slots=True)
class Assignment:
    """The endpoints of one backend."""

    name: str
    endpoints: tuple[Endpoint, ...]
