"""The compiled configuration as one static Envoy configuration: for people, and for `envoy --mode validate`."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ambassador.ops.envoy_binary import envoy_path
from ambassador.report.envoy_words import in_short
from ambassador.report.revision import Revision
from ambassador.wire.readable import parse, readable
from ambassador.wire.resource import EnvoyResources, Table
from ambassador.xds.types import ResourceType

_TIMEOUT_SECONDS = 120


def static_configuration(resources: EnvoyResources, *, show_secrets: bool) -> dict[str, Any]:
    """All resources by type, as Envoy's configuration files spell them."""
    scopes = _readable(ResourceType.SCOPE, resources.scopes, show_secrets)
    return {
        "listeners": _readable(ResourceType.LISTENER, resources.listeners, show_secrets),
        **({"scoped_route_configurations": scopes} if scopes else {}),
        "route_configurations": _readable(ResourceType.ROUTE, resources.routes, show_secrets),
        "clusters": _readable(ResourceType.CLUSTER, resources.clusters, show_secrets),
        "endpoints": _readable(ResourceType.ENDPOINT, resources.endpoints, show_secrets),
        "secrets": _readable(ResourceType.SECRET, resources.secrets, show_secrets),
    }


def _readable(kind: ResourceType, table: Table, show_secrets: bool) -> list[dict[str, Any]]:
    return [readable(parse(kind.type_url, table[name].body), redact=not show_secrets) for name in sorted(table)]


def bootstrap(resources: EnvoyResources) -> dict[str, Any]:
    """One bootstrap that holds everything inline, so that Envoy can judge it without a control plane."""
    whole = static_configuration(resources, show_secrets=True)
    routes = {one["name"]: one for one in whole["route_configurations"]}
    scopes = [_with_routes(one, routes) for one in whole.get("scoped_route_configurations", ())]
    endpoints = {one["cluster_name"]: one for one in whole["endpoints"]}
    return {
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
        "layered_runtime": {
            "layers": [{"name": "limits", "static_layer": {"re2.max_program_size.error_level": 100000}}]
        },
        "static_resources": {
            "listeners": [_inlined(one, routes, scopes) for one in whole["listeners"]],
            "clusters": [_with_endpoints(one, endpoints) for one in whole["clusters"]],
            "secrets": whole["secrets"],
        },
    }


_REMOTE = frozenset({"rds", "sds_config", "scoped_rds", "rds_config_source"})


def _inlined(value: Any, routes: dict[str, Any], scopes: list[dict[str, Any]]) -> Any:
    """Routes in place of references to RDS, scopes in place of SRDS, secrets by name in place of SDS."""
    if isinstance(value, list):
        return [_inlined(one, routes, scopes) for one in value]
    if not isinstance(value, dict):
        return value
    inner = {name: _inlined(one, routes, scopes) for name, one in value.items() if name not in _REMOTE}
    if "rds" in value:
        inner["route_config"] = routes[value["rds"]["route_config_name"]]
    if "scoped_rds" in value:
        inner["scoped_route_configurations_list"] = {"scoped_route_configurations": scopes}
    return inner


def _with_routes(scope: dict[str, Any], routes: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in scope.items() if name != "route_configuration_name"}
    return {**plain, "route_configuration": routes[scope["route_configuration_name"]]}


def _with_endpoints(cluster: dict[str, Any], endpoints: dict[str, Any]) -> dict[str, Any]:
    eds = cluster.get("eds_cluster_config")
    plain = _inlined({name: value for name, value in cluster.items() if name != "eds_cluster_config"}, {}, [])
    if not eds:
        return dict(plain)
    known = endpoints.get(eds["service_name"], {})
    return {**plain, "type": "STATIC", "load_assignment": {**known, "cluster_name": cluster["name"]}}


def validate(revision: Revision) -> Iterable[dict[str, Any]]:
    """Envoy's own word on a compiled configuration, as problems in contract JSON.

    Raises:
        StartError: there is no Envoy here.
    """
    binary = envoy_path()
    with tempfile.TemporaryDirectory(prefix="ambassador-") as folder:
        file = Path(folder) / "envoy.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(bootstrap(revision.compiled.resources)))
        command = [str(binary), "--mode", "validate", "-c", str(file), "--log-level", "error"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    if done.returncode == 0:
        return []
    message = f"Envoy refuses the configuration: {_reason(done.stdout + done.stderr)}"
    where = {"kind": "Envoy", "namespace": "", "name": "envoy", "origin": "built in"}
    return [
        {
            "severity": "error",
            "reason": "RejectedByEnvoy",
            "message": message,
            "path": "",
            "line": None,
            "source": where,
        }
    ]


def _reason(output: str) -> str:
    """The end of Envoy's last line: before it stand a log prefix and the path of a file that is gone by now."""
    lines = output.strip().splitlines()
    reason = lines[-1].rpartition("': ")[2].strip(": ") if lines else ""
    # Envoy goes from the whole to the part: the last two links say what is wrong.
    return in_short("; ".join(reason.split(" | caused by ")[-2:]))
