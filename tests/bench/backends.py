"""Backends that say who they are: one Envoy with a listener each, which costs little of the CPU that is measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.probe import Probe
from tests.bench.processes import settings_in, start_envoy
from tests.free_ports import free_ports

HTTP_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
ROUTER = "envoy.extensions.filters.http.router.v3.Router"


def typed(message: str, **fields: Any) -> dict[str, Any]:
    return {"@type": f"type.googleapis.com/{message}", **fields}


def _listener(name: str, address: str, port: int) -> dict[str, Any]:
    answer = {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": name}}}
    router = {"name": "envoy.filters.http.router", "typed_config": typed(ROUTER)}
    manager = typed(
        HTTP_MANAGER,
        stat_prefix=name,
        route_config={"virtual_hosts": [{"name": name, "domains": ["*"], "routes": [answer]}]},
        http_filters=[router],
    )
    return {
        "name": name,
        "address": {"socket_address": {"address": address, "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


@contextmanager
def backends(folder: Path, count: int, address: str = "127.0.0.1") -> Iterator[dict[str, int]]:
    """Ports of backends by their names, which are also the bodies of their answers. They listen on `address`."""
    settings = settings_in(folder)
    ports = {f"backend-{number}": port for number, port in enumerate(free_ports(count))}
    configuration = folder / "envoy.json"
    listeners = [_listener(name, address, port) for name, port in ports.items()]
    configuration.write_text(json.dumps({"static_resources": {"listeners": listeners}}))
    running = start_envoy(settings, configuration)
    try:
        for port in ports.values():
            probe = Probe(port, address)
            probe.until_answered("/", "any.test", 20, 0.02)
            probe.close()
        yield ports
    finally:
        running.end()
