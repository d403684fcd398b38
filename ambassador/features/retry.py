"""Retrying requests that failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from envoy_data_plane.envoy.config.route import v3 as route_v3

from ambassador.features.contract import Feature, Input, RouteFragment
from ambassador.ir.features import FeatureConfig
from ambassador.model.field_types import DURATION, choice, integer
from ambassador.model.fields import Field, FieldType, OnFault, Values, object_of
from ambassador.model.problems import Checked

_CONDITIONS = (
    "5xx",
    "gateway-error",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "reset",
)


@dataclass(frozen=True, slots=True)
class Retry(FeatureConfig):
    """`attempts` counts the tries after the first."""

    on: str
    attempts: int | None = None
    per_try_timeout: timedelta | None = None


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
    policy = route_v3.RetryPolicy(retry_on=retry.on, num_retries=retry.attempts, per_try_timeout=retry.per_try_timeout)
    return RouteFragment(action={"retry_policy": policy})


def _summary(retry: Retry) -> str:
    return f"{1 if retry.attempts is None else retry.attempts} on {retry.on}"


FEATURE = Feature(
    "retry",
    Retry,
    _summary,
    inputs={"Mapping": Input((RETRY_POLICY,), parse), "Module": Input((RETRY_POLICY,), parse)},
    on_route=on_route,
    forwards=True,
)
