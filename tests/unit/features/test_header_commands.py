import json
import subprocess
from pathlib import Path

import pytest

from ambassador.features.header_commands import format_fault
from ambassador.ops.envoy_binary import envoy_path

GOOD = [
    "", "plain", "100%%", "%%%PROTOCOL%", "%PROTOCOL%", "%REQ(x-a)%", "%REQ(x-a?:path):10%", "%START_TIME%",
    "%START_TIME(%Y/%m/%dT%H:%M:%S)%", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", '%DYNAMIC_METADATA(["a", "b"])%',
    "%UPSTREAM_HOST% %HOSTNAME%", "%METADATA(ROUTE:a:b)%", "%PER_REQUEST_STATE(a)%",
]  # fmt: skip
BAD = [
    "100%", "%", "% %", "%PROTOCOL%%", "%REQ%", "%REQ()%", "%req(x-a)%", "%REQ(unfinished", "%UNKNOWN_OPERATOR%",
    "%PROTOCOL(x)%", "%DOWNSTREAM_REMOTE_ADDRESS:5%",
]  # fmt: skip

NETWORK_FILTER = "http_connection_manager.v3.HttpConnectionManager"


@pytest.mark.parametrize("text", GOOD)
def test_given_a_value_that_envoy_takes_then_there_is_no_fault(text: str) -> None:
    assert format_fault(text) == ""


@pytest.mark.parametrize("text", BAD)
def test_given_a_value_that_envoy_refuses_then_there_is_a_fault(text: str) -> None:
    assert format_fault(text)


def accepts(folder: Path, texts: list[str]) -> bool:
    """Envoy's own word on header values."""
    headers = [{"header": {"key": "x-a", "value": text}} for text in texts]
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 200}, "request_headers_to_add": headers}
    manager = {
        "@type": f"type.googleapis.com/envoy.extensions.filters.network.{NETWORK_FILTER}",
        "stat_prefix": "test",
        "route_config": {"virtual_hosts": [{"name": "any", "domains": ["*"], "routes": [route]}]},
    }
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    listener = {
        "name": "test",
        "address": address,
        "filter_chains": [{"filters": [{"name": "h", "typed_config": manager}]}],
    }
    file = folder / "envoy.json"
    file.write_text(json.dumps({"static_resources": {"listeners": [listener]}}))
    command = [str(envoy_path()), "--mode", "validate", "-c", str(file), "--log-level", "critical"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def test_envoy_agrees_on_the_good_ones(tmp_path: Path) -> None:
    assert accepts(tmp_path, [text for text in GOOD if text])


@pytest.mark.parametrize("text", ["100%", "%REQ%", "%UNKNOWN_OPERATOR%", "%PROTOCOL(x)%"])
def test_envoy_agrees_on_each_kind_of_bad_ones(tmp_path: Path, text: str) -> None:
    assert not accepts(tmp_path, [text])
