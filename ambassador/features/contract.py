"""What a feature is: one file with its IR value, its fields, how it is parsed, and what it contributes to Envoy.

A feature returns fragments; `compile/assemble.py` merges those of all features and builds each Envoy message once.
Features know neither kinds nor each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from betterproto2 import Message

from ambassador.ir.features import FeatureConfig
from ambassador.ir.route import RouteMatch
from ambassador.model.fields import Fields, Values
from ambassador.model.problems import Checked

C = TypeVar("C", bound=FeatureConfig)

MessageFields = Mapping[str, object]


def _none() -> MessageFields:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RouteFragment:
    """Fields that a feature wants set on Envoy's Route and RouteAction, and its filter's per-route configuration."""

    route: MessageFields = field(default_factory=_none)
    action: MessageFields = field(default_factory=_none)
    per_filter: Message | None = None


@dataclass(frozen=True, slots=True)
class ClusterFragment:
    """Fields of Cluster, and of the HttpProtocolOptions in it."""

    cluster: MessageFields = field(default_factory=_none)
    http: MessageFields = field(default_factory=_none)
    common_http: MessageFields = field(default_factory=_none)


@dataclass(frozen=True, slots=True)
class ListenerFragment:
    """Fields of HttpConnectionManager, and of the chain's TLS contexts."""

    hcm: MessageFields = field(default_factory=_none)
    tls: MessageFields = field(default_factory=_none)
    common_tls: MessageFields = field(default_factory=_none)


@dataclass(frozen=True, slots=True)
class HttpFilter:
    """A filter of every HTTP connection manager, there but disabled until a route's configuration enables it.

    `build` depends on nothing, so that no use of a feature changes a listener. `always`: runs without being enabled.
    """

    name: str
    build: Callable[[], Message]
    always: bool = False


@dataclass(frozen=True, slots=True)
class Input(Generic[C]):
    """How one input kind writes a feature: its fields, and how they are read together."""

    fields: Fields
    parse: Callable[[Values], Checked[C | None]]
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(one.name for one in self.fields))


@dataclass(frozen=True, slots=True)
class Feature(Generic[C]):
    """One feature.

    `inputs`: by input kind ("Mapping", "Module", "TLSContext", "Listener"), how it is written there.
    `defaults`: by input kind ("Ingress.tls": of its certificates), what applies when nothing says otherwise.
    `inherit(specific, default)`: what a specific value keeps of a default one; without it the specific value stands.
    `adapt(config, match)`: what of a configuration remains sensible for a match.
    `on_route`, `on_cluster`, `on_listener`: what it contributes where its configuration is found.
    `on_virtual_host`: fields of VirtualHost that say the same for all its routes; without it each route says it.
    `summary`: one short line for people.
    `forwards`: it acts only where requests are forwarded, not where Envoy itself answers.
    """

    name: str
    config: type[C]
    summary: Callable[[C], str]
    inputs: Mapping[str, Input[C]] = field(default_factory=dict)
    defaults: Mapping[str, C] = field(default_factory=dict)
    inherit: Callable[[C, C], C] | None = None
    adapt: Callable[[C, RouteMatch], C | None] | None = None
    http_filter: HttpFilter | None = None
    on_route: Callable[[C], RouteFragment] | None = None
    on_virtual_host: Callable[[C], MessageFields] | None = None
    on_cluster: Callable[[C], ClusterFragment] | None = None
    on_listener: Callable[[C], ListenerFragment] | None = None
    forwards: bool = False


AnyFeature = Feature[Any]
