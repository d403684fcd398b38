"""How a request to the API server fails: with an answer that says no, or without any answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ambassador.errors import AmbassadorError

_LONGEST_MESSAGE = 1000


class KubeError(AmbassadorError):
    """A request that did not do what was asked. `message` is one line."""

    message: str


class ApiError(KubeError):
    """The API server answered with an error.

    `status` is the HTTP status, `reason` Kubernetes' word for it (`NotFound`, `Expired` …), `retry_after` the seconds
    that the server asks to wait.
    """

    def __init__(self, status: int, reason: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after


class Unreachable(KubeError):
    """There was no (usable) answer: refused, timed out, cut off, TLS, DNS, or something that is no API server."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def api_error(status: int, body: object, header: str | None = None) -> ApiError:
    """The error that a `Status` object (or whatever else came with the HTTP `status`) stands for.

    `header`: the Retry-After header; `details.retryAfterSeconds` counts when there is none.
    """
    told: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    details = told.get("details")
    seconds = details.get("retryAfterSeconds") if isinstance(details, Mapping) else None
    if header is not None and header.strip().isdecimal():
        seconds = int(header)
    after = float(seconds) if isinstance(seconds, int) and seconds > 0 else None
    message = " ".join(str(told.get("message") or "no message").split())
    return ApiError(status, str(told.get("reason") or "Unknown"), message[:_LONGEST_MESSAGE], after)
