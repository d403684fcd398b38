"""All cases as one Envoy configuration, so that Envoy itself judges them in one run."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from ambassador.ops.envoy_binary import envoy_path
from ambassador.watcher.dump import bootstrap
from ambassador.wire.resource import EnvoyResources

_FIRST_PORT = 10_000


def merged(configurations: list[EnvoyResources]) -> dict[str, Any]:
    """One bootstrap of many: names get the number of their configuration, and listeners ports of their own."""
    parts = [_numbered(bootstrap(one), number) for number, one in enumerate(configurations)]
    whole: dict[str, Any] = {**bootstrap(EnvoyResources()), "static_resources": {}}
    for kind in ("listeners", "clusters", "secrets"):
        whole["static_resources"][kind] = [one for part in parts for one in part["static_resources"][kind]]
    for number, listener in enumerate(whole["static_resources"]["listeners"]):
        listener["address"]["socket_address"]["port_value"] = _FIRST_PORT + number
    return whole


def _numbered(part: dict[str, Any], number: int) -> dict[str, Any]:
    resources = part["static_resources"]
    names = [one["name"] for kind in ("clusters", "secrets", "listeners") for one in resources[kind]]
    if not names:
        return part
    quoted = re.compile("|".join(re.escape(json.dumps(name)) for name in sorted(names)))
    text = quoted.sub(lambda found: json.dumps(f"{number}:{json.loads(found[0])}"), json.dumps(part))
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def refusal(configurations: list[EnvoyResources], folder: Path) -> str:
    """Envoy's words against the configurations; empty when it takes them all."""
    file = folder / "envoy.json"
    file.write_text(json.dumps(merged(configurations)))
    command = [str(envoy_path()), "--mode", "validate", "-c", str(file), "--log-level", "error"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-2000:]
