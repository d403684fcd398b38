"""Retrying requests that failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from envoy_data_plane.envoy.config.route import v3 as route_v3
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts import v3 as previous_hosts_v3

from ambassador.features.contract import Feature, Input, MessageFields, RouteFragment
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import DURATION, choice, integer
from ambassador.model.fields import Field, FieldType, OnFault, Values, object_of
from ambassador.model.problems import Checked
from ambassador.wire.encode import pack

_CONDITIONS = (
    "5xx",
    "gateway-error",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "reset",
)


_NOT_TRIED = route_v3.RetryPolicyRetryHostPredicate(
    name="envoy.retry_host_predicates.previous_hosts", typed_config=pack(previous_hosts_v3.PreviousHostsPredicate())
)
_SELECTIONS = 3
"""How often another endpoint is looked for before one that was tried is taken again."""

# What happens before a backend has seen anything of the request, so that trying again repeats no work, whatever the
# method. ingress-nginx tries requests with idempotent methods again later than that, too.
_UNSEEN = "connect-failure,refused-stream,reset-before-request"


@dataclass(frozen=True, slots=True)
class Retry(FeatureConfig):
    """`attempts` counts the tries after the first. `other_host`: each try goes to an endpoint that was not tried."""

    on: str
    attempts: int | None = None
    per_try_timeout: timedelta | None = None
    other_host: bool = False


_ON = Field("retry_on", choice(*_CONDITIONS), "what is retried", required=True, on_fault=OnFault.REJECT_OBJECT)
_ATTEMPTS = Field("num_retries", integer(0, 100), "tries after the first", default="1")
_PER_TRY = Field("per_try_timeout", DURATION, "limit of one try", default="the request's")


def _retry(values: Values) -> Checked[Retry | None]:
    return Checked(Retry(values.or_else(_ON, ""), values.get(_ATTEMPTS), values.get(_PER_TRY)))


_RETRY: FieldType[Retry] = object_of((_ON, _ATTEMPTS, _PER_TRY), _retry)
RETRY_POLICY = Field("retry_policy", _RETRY, "when and how often a failed request is tried again")


def parse(values: Values) -> Checked[Retry | None]:
    return Checked(values.get(RETRY_POLICY))


def on_route(retry: Retry) -> RouteFragment:
    return RouteFragment(action=on_virtual_host(retry))


def on_virtual_host(retry: Retry) -> MessageFields:
    policy = route_v3.RetryPolicy(
        retry_on=retry.on,
        num_retries=retry.attempts,
        per_try_timeout=retry.per_try_timeout,
        retry_host_predicate=[_NOT_TRIED] if retry.other_host else [],
        host_selection_retry_max_attempts=_SELECTIONS if retry.other_host else 0,
    )
    return {"retry_policy": policy}


def _summary(retry: Retry) -> str:
    return f"{1 if retry.attempts is None else retry.attempts} on {retry.on}"


FEATURE = Feature(
    "retry",
    Retry,
    _summary,
    inputs={"Mapping": Input((RETRY_POLICY,), parse), "Module": Input((RETRY_POLICY,), parse)},
    defaults={"Ingress": Retry(_UNSEEN, attempts=2, other_host=True)},
    on_route=on_route,
    on_virtual_host=on_virtual_host,
    forwards=True,
)
