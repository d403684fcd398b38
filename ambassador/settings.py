"""Settings: read once from flags and environment at the edge, then passed as an argument."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ambassador.errors import UsageError

_MOST = 100_000
_SHARDS = ("0", *(str(2**bits) for bits in range(1, 9)))

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator sets for one instance. Ports are TCP ports; times are seconds.

    `config` are folders of manifests; `kubernetes` adds the cluster as a source (the default without folders).
    `service` is the Service in front of this instance, as `name` or `name.namespace`; `ingress_address` are addresses
    to tell in its stead. `live_traffic`: requests are counted by route. `bucket_size`: about how many
    routes of many go into one bucket; 0: Envoy gets one list. `host_shards`: into how many a route table may be cut by
    the host; 0: it stays whole. `instance` names this pod among its replicas.
    """

    config: tuple[Path, ...] = ()
    kubernetes: bool = False
    bind: str = "0.0.0.0"
    http_port: int = 8080
    https_port: int = 8443
    diag_port: int = 8877
    admin_port: int = 8001
    ready_port: int = 8006
    drain_timeout: float = 30.0
    state: Path = Path("/run/ambassador")
    ambassador_id: str = "default"
    namespace: str = "default"
    single_namespace: bool = False
    label_selector: str = ""
    field_selector: str = ""
    service: str = "ambassador"
    ingress_address: tuple[str, ...] = ()
    instance: str = ""
    allow_loopback_backends: bool = False
    live_traffic: bool = True
    bucket_size: int = 24
    host_shards: int = 0
    diag_allow_non_local: bool = False
    demo: bool = False
    json_logging: bool | None = None

    @property
    def ads_socket(self) -> Path:
        return self.state / "ads.sock"

    @property
    def report_socket(self) -> Path:
        return self.state / "report.sock"

    @property
    def own_ports(self) -> frozenset[int]:
        """Ports of our own endpoints, which no manifest may name as a backend."""
        return frozenset({self.admin_port, self.ready_port, self.diag_port})


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Settings from `AMBASSADOR_*` variables.

    Raises:
        UsageError: a variable holds something that cannot be used.
    """
    folders = environ.get("AMBASSADOR_CONFIG_DIR", "")
    config = tuple(Path(folder) for folder in folders.split(os.pathsep) if folder)
    diag_port = _port(environ, "AMBASSADOR_HEALTHCHECK_BIND_PORT", 8877)
    json_logging = environ.get("AMBASSADOR_JSON_LOGGING")
    return Settings(
        config=config,
        kubernetes=_flag(environ, "AMBASSADOR_KUBERNETES", not config),
        bind=environ.get("AMBASSADOR_ENVOY_BIND_ADDRESS") or "0.0.0.0",
        http_port=_port(environ, "AMBASSADOR_HTTP_PORT", 8080),
        https_port=_port(environ, "AMBASSADOR_HTTPS_PORT", 8443),
        diag_port=_port(environ, "AMBASSADOR_DIAG_PORT", diag_port),
        admin_port=_port(environ, "AMBASSADOR_ADMIN_PORT", 8001),
        ready_port=_port(environ, "AMBASSADOR_READY_PORT", 8006),
        drain_timeout=_seconds(environ, "AMBASSADOR_DRAIN_TIMEOUT", 30.0),
        state=Path(environ.get("AMBASSADOR_STATE_DIR") or "/run/ambassador"),
        ambassador_id=environ.get("AMBASSADOR_ID") or "default",
        namespace=environ.get("AMBASSADOR_NAMESPACE") or "default",
        single_namespace=bool(environ.get("AMBASSADOR_SINGLE_NAMESPACE")),
        label_selector=environ.get("AMBASSADOR_LABEL_SELECTOR", ""),
        field_selector=environ.get("AMBASSADOR_FIELD_SELECTOR", ""),
        service=environ.get("AMBASSADOR_SERVICE") or "ambassador",
        ingress_address=tuple(_listed(environ.get("AMBASSADOR_INGRESS_ADDRESS", ""))),
        instance=environ.get("AMBASSADOR_POD_NAME") or environ.get("POD_NAME") or environ.get("HOSTNAME") or "",
        allow_loopback_backends=_flag(environ, "AMBASSADOR_ALLOW_LOOPBACK_BACKENDS", False),
        live_traffic=_flag(environ, "AMBASSADOR_LIVE_TRAFFIC", True),
        bucket_size=_count(environ, "AMBASSADOR_ROUTE_BUCKET_SIZE", 24),
        host_shards=_shards(environ, "AMBASSADOR_HOST_SHARDS"),
        diag_allow_non_local=_flag(environ, "AMBASSADOR_DIAG_ALLOW_NON_LOCAL", False),
        demo=_flag(environ, "AMBASSADOR_DEMO", False),
        json_logging=None if json_logging is None else json_logging.strip().lower() in TRUE_WORDS,
    )


def to_environment(settings: Settings) -> dict[str, str]:
    """The inverse of `from_environment`, for child processes."""
    flags = {
        "AMBASSADOR_KUBERNETES": settings.kubernetes,
        "AMBASSADOR_ALLOW_LOOPBACK_BACKENDS": settings.allow_loopback_backends,
        "AMBASSADOR_LIVE_TRAFFIC": settings.live_traffic,
        "AMBASSADOR_DIAG_ALLOW_NON_LOCAL": settings.diag_allow_non_local,
        "AMBASSADOR_DEMO": settings.demo,
    }
    variables = {name: str(value).lower() for name, value in flags.items()} | {
        "AMBASSADOR_CONFIG_DIR": os.pathsep.join(str(folder) for folder in settings.config),
        "AMBASSADOR_ENVOY_BIND_ADDRESS": settings.bind,
        "AMBASSADOR_HTTP_PORT": str(settings.http_port),
        "AMBASSADOR_HTTPS_PORT": str(settings.https_port),
        "AMBASSADOR_DIAG_PORT": str(settings.diag_port),
        "AMBASSADOR_ADMIN_PORT": str(settings.admin_port),
        "AMBASSADOR_READY_PORT": str(settings.ready_port),
        "AMBASSADOR_DRAIN_TIMEOUT": str(settings.drain_timeout),
        "AMBASSADOR_STATE_DIR": str(settings.state),
        "AMBASSADOR_ROUTE_BUCKET_SIZE": str(settings.bucket_size),
        "AMBASSADOR_HOST_SHARDS": str(settings.host_shards),
        "AMBASSADOR_ID": settings.ambassador_id,
        "AMBASSADOR_NAMESPACE": settings.namespace,
        "AMBASSADOR_SINGLE_NAMESPACE": "true" if settings.single_namespace else "",
        "AMBASSADOR_LABEL_SELECTOR": settings.label_selector,
        "AMBASSADOR_FIELD_SELECTOR": settings.field_selector,
        "AMBASSADOR_SERVICE": settings.service,
        "AMBASSADOR_INGRESS_ADDRESS": ",".join(settings.ingress_address),
        "AMBASSADOR_POD_NAME": settings.instance,
    }
    if settings.json_logging is not None:
        variables["AMBASSADOR_JSON_LOGGING"] = str(settings.json_logging).lower()
    return variables


def _flag(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    return text in TRUE_WORDS if text else default


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or int(text) > _MOST:
        raise UsageError(f"{name} must be a whole number from 0 to {_MOST}, not {text!r}")
    return int(text)


def _shards(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "").strip() or "0"
    if text not in _SHARDS:
        raise UsageError(f"{name} must be 0 (off) or a power of two from 2 to {_SHARDS[-1]}, not {text!r}")
    return int(text)


def _listed(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(",") if part.strip())


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    # Kubernetes writes AMBASSADOR_ADMIN_PORT=tcp://… into pods that live beside a Service `ambassador-admin`.
    if not text or text.startswith("tcp://"):
        return default
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise UsageError(f"{name} must be a port from 0 to 65535, not {text!r}")
    return int(text)


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "").strip()
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e6:
        raise UsageError(f"{name} must be a number of seconds, not {text!r}")
    return value
