"""Protocol upgrades such as WebSocket."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envoy_data_plane.envoy.config.route import v3 as route_v3

from ambassador.features.contract import Feature, Input, RouteFragment
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import BOOLEAN, TEXTS
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked, Problem, Reason

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z/-]+")


@dataclass(frozen=True, slots=True)
class Upgrades(FeatureConfig):
    """Values of the Upgrade header that are let through, in lower case."""

    kinds: tuple[str, ...]


ALLOW = Field("allow_upgrade", TEXTS, "Upgrade header values that are let through, e.g. websocket")
WEBSOCKET = Field("use_websocket", BOOLEAN, "older spelling of allow_upgrade: [websocket]", default="false")


def parse(values: Values) -> Checked[Upgrades | None]:
    problems: list[Problem] = []
    kinds = {"websocket"} if values.or_else(WEBSOCKET, False) else set()
    for number, kind in enumerate(values.or_else(ALLOW, ())):
        if _TOKEN.fullmatch(kind):
            kinds.add(kind.lower())
        else:
            at = values.on(ALLOW).child(number, kind)
            problems.append(at.error(Reason.INVALID_VALUE, f"{kind!r} is not a protocol name such as websocket"))
    return Checked(Upgrades(tuple(sorted(kinds))) if kinds else None, tuple(problems))


def on_route(upgrades: Upgrades) -> RouteFragment:
    configs = [_config(kind) for kind in upgrades.kinds]
    return RouteFragment(action={"upgrade_configs": configs})


def _config(kind: str) -> route_v3.RouteActionUpgradeConfig:
    # Envoy knows the CONNECT method under this one name in capitals, and asks what to do with its payload.
    if kind == "connect":
        return route_v3.RouteActionUpgradeConfig(
            upgrade_type="CONNECT", connect_config=route_v3.RouteActionUpgradeConfigConnectConfig()
        )
    return route_v3.RouteActionUpgradeConfig(upgrade_type=kind)


FEATURE = Feature(
    "upgrades",
    Upgrades,
    lambda upgrades: ", ".join(upgrades.kinds),
    inputs={"Mapping": Input((ALLOW, WEBSOCKET), parse)},
    defaults={"Ingress": Upgrades(("websocket",))},
    on_route=on_route,
    forwards=True,
)
