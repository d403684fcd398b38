"""Headers that a request has once at most when routes look at it. Of all others each line stands for itself."""

from __future__ import annotations

# Envoy puts repeated lines of these together with commas (its inline headers). The list was asked of Envoy 1.40.
_JOINED = """
accept accept-encoding access-control-request-headers access-control-request-method
access-control-request-private-network authorization cache-control cdn-loop connection content-encoding content-type
expect grpc-accept-encoding grpc-timeout if-match if-modified-since if-none-match if-range if-unmodified-since origin
pragma referer te upgrade user-agent via x-client-trace-id x-envoy-attempt-count x-envoy-decorator-operation
x-envoy-downstream-service-cluster x-envoy-downstream-service-node x-envoy-external-address x-envoy-is-timeout-retry
x-envoy-original-path x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-request-id
"""
JOINED = frozenset(_JOINED.split())


def occurs_once(name: str) -> bool:
    """Whether a header (in lower case) has one value only: a pseudo-header, or one whose lines are put together."""
    return name.startswith(":") or name in JOINED
