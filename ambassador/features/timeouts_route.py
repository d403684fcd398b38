"""How long a request may take, and a stream may idle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ambassador.features.contract import Feature, Input, RouteFragment
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import MILLISECONDS
from ambassador.model.fields import Field, Values
from ambassador.model.problems import Checked


@dataclass(frozen=True, slots=True)
class RouteTimeouts(FeatureConfig):
    """`request`: until the whole response has arrived, 0 is no limit. None keeps the default of the layer below."""

    request: timedelta | None = None
    idle: timedelta | None = None


REQUEST = Field("timeout_ms", MILLISECONDS, "limit of a request until its whole response, 0 for none", default="3000")
IDLE = Field("idle_timeout_ms", MILLISECONDS, "limit of a stream without activity, 0 for none", default="300000")
MODULE_REQUEST = Field("cluster_request_timeout_ms", MILLISECONDS, "default of a Mapping's timeout_ms", default="3000")


def parse(values: Values) -> Checked[RouteTimeouts | None]:
    return Checked(RouteTimeouts(values.get(REQUEST), values.get(IDLE)))


def parse_module(values: Values) -> Checked[RouteTimeouts | None]:
    return Checked(RouteTimeouts(values.get(MODULE_REQUEST)))


def inherit(specific: RouteTimeouts, default: RouteTimeouts) -> RouteTimeouts:
    return RouteTimeouts(
        default.request if specific.request is None else specific.request,
        default.idle if specific.idle is None else specific.idle,
    )


def on_route(timeouts: RouteTimeouts) -> RouteFragment:
    action = {"timeout": timeouts.request, "idle_timeout": timeouts.idle}
    return RouteFragment(action={name: value for name, value in action.items() if value is not None})


def _summary(timeouts: RouteTimeouts) -> str:
    named = ((timeouts.request, "a request", "of a request"), (timeouts.idle, "idle", "while idle"))
    found = (_limit(value, some, none) for value, some, none in named if value is not None)
    return ", ".join(found)


def _limit(value: timedelta, some: str, none: str) -> str:
    return f"{value.total_seconds():g} s {some}" if value else f"no limit {none}"


FEATURE = Feature(
    "timeouts",
    RouteTimeouts,
    _summary,
    inputs={"Mapping": Input((REQUEST, IDLE), parse), "Module": Input((MODULE_REQUEST,), parse_module)},
    # As with ingress-nginx: no limit of the whole, 60 s between two reads or writes.
    defaults={
        "Mapping": RouteTimeouts(timedelta(seconds=3)),
        "Ingress": RouteTimeouts(timedelta(0), timedelta(seconds=60)),
    },
    inherit=inherit,
    on_route=on_route,
    forwards=True,
)
