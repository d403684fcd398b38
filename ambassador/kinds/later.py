"""Kinds that are known and not served yet. Those that protect close every route until they are built or removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ambassador.kinds.contract import KindSpec, unsupported_kind
from ambassador.model.fields import Cursor
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from ambassador.model.problems import Checked, Reason

_GATEWAY_API = ("gateway.networking.k8s.io",)


@dataclass(frozen=True, slots=True)
class Guard:
    """A service that was to be asked before requests are served. `bypassable`: Mappings may opt out by bypass_auth."""

    key: ObjectKey
    bypassable: bool


def parse_auth(source: SourceObject) -> Checked[Guard | None]:
    message = "AuthService is not supported yet: every route it would guard answers 500 until it is removed"
    problem = Cursor(source.key, None, ("kind",)).error(Reason.NOT_SUPPORTED, message)
    return Checked(Guard(source.key, bypassable=True), (replace(problem, fails_closed=True),))


def parse_ratelimit(source: SourceObject) -> Checked[Guard | None]:
    spec = source.content.get("spec")
    at = Cursor(source.key, None, ("kind",))
    # Whatever is not plainly false may have been meant to deny.
    if not isinstance(spec, Mapping) or spec.get("failure_mode_deny") in (None, False):
        # Failing open is what it does when its service is away, too.
        return Checked(None, (at.warning(Reason.NOT_SUPPORTED, "RateLimitService is not supported yet: no limits"),))
    message = (
        "RateLimitService with failure_mode_deny is not supported yet: every route answers 500 until it is removed"
    )
    problem = replace(at.error(Reason.NOT_SUPPORTED, message), fails_closed=True)
    return Checked(Guard(source.key, bypassable=False), (problem,))


def _as_it_is(guard: Guard) -> Guard:
    """What closes routes closes them also when Envoy refuses it."""
    return guard


AUTH = KindSpec(
    "AuthService", "asks a service whether a request is allowed", (), parse_auth, closed=_as_it_is, built=False
)
RATELIMIT = KindSpec(
    "RateLimitService",
    "asks a service whether a request is within limits",
    (),
    parse_ratelimit,
    closed=_as_it_is,
    built=False,
)

LATER = (
    unsupported_kind("TCPMapping", "TCP connections go to a service"),
    unsupported_kind("TracingService", "where traces are sent"),
    unsupported_kind("LogService", "where access logs are sent"),
    unsupported_kind("DevPortal", "developer portal"),
    unsupported_kind("ConsulResolver", "addresses from Consul"),
    unsupported_kind("Gateway", "Gateway API", _GATEWAY_API),
    unsupported_kind("HTTPRoute", "Gateway API", _GATEWAY_API),
    unsupported_kind("GRPCRoute", "Gateway API", _GATEWAY_API),
    unsupported_kind("TLSRoute", "Gateway API", _GATEWAY_API),
    unsupported_kind("TCPRoute", "Gateway API", _GATEWAY_API),
    unsupported_kind("UDPRoute", "Gateway API", _GATEWAY_API),
)
