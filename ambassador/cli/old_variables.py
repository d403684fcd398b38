"""Variables of earlier Ambassadors that do nothing here. Users still set them, so `run` names the ones it sees."""

from __future__ import annotations

from collections.abc import Mapping

REMOVED = (
    "AGENT_CONFIG_RESOURCE_NAME",
    "AMBASSADOR_DISABLE_FEATURES",
    "AMBASSADOR_ENABLE_ENDPOINTS",
    "AMBASSADOR_ENVOY_API_VERSION",
    "AMBASSADOR_EXIT_DELAY",
    "AMBASSADOR_FAST_VALIDATION",
    "AMBASSADOR_GRPC_METRICS_SINK",
    "AMBASSADOR_LEGACY_MODE",
    "AMBASSADOR_NO_KUBERNETES",
    "AMBASSADOR_NO_KUBEWATCH",
    "AMBASSADOR_NO_SECRETS",
    "AMBASSADOR_RESTART_TIME",
    "AMBASSADOR_SHUTDOWN_TIME",
    "AMBASSADOR_SYNC_DIR",
    "AMBASSADOR_VERIFY_SSL_FALSE",
    "SCOUT_DISABLE",
)


def warnings(environ: Mapping[str, str]) -> tuple[str, ...]:
    """One sentence for each removed variable that is set."""
    return tuple(f"{name} has no effect any more: remove it" for name in REMOVED if environ.get(name))
