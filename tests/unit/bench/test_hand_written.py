"""The hand-written configuration that the data plane is measured beside: all features of the product, and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import betterproto2
import pytest
from envoy_data_plane.envoy.config.listener import v3 as listener_v3
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3

from ambassador.app import compilers
from ambassador.compile.inputs import OPTIONS
from ambassador.compile.pipeline import Compiler
from ambassador.settings import Settings
from ambassador.sources.folder import load
from tests.bench import hand_written
from tests.bench.layouts import Layout, ManyFiles

LAYOUT = Layout(3, 0, ("127.0.0.1:9001", "127.0.0.1:9002"))
SNAKE = betterproto2.Casing.SNAKE


@pytest.fixture
def product(tmp_path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The product's listener, and its HTTP connection manager."""
    ManyFiles(tmp_path).fill(LAYOUT.texts())
    compiler = Compiler()
    compiler.set(OPTIONS, {None: compilers.options(Settings())})
    [found] = compiler.compile(load([tmp_path]).objects).resources.listeners.values()
    listener = listener_v3.Listener.parse(found.body)
    config = listener.filter_chains[0].filters[0].typed_config
    assert config is not None
    manager = hcm_v3.HttpConnectionManager.parse(config.value)
    return listener.to_dict(casing=SNAKE), manager.to_dict(casing=SNAKE)


@pytest.fixture
def by_hand(tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "envoy.json"
    hand_written.write(LAYOUT, Settings(), file)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_given_the_products_listener_when_it_is_compared_then_the_hand_written_one_has_the_same_features(
    product: tuple[dict[str, Any], dict[str, Any]], by_hand: dict[str, Any]
) -> None:
    listener, manager = product
    [own] = by_hand["static_resources"]["listeners"]
    of_listener = listener.keys() - {"stat_prefix"}
    assert own.keys() == of_listener
    assert own["per_connection_buffer_limit_bytes"] == listener["per_connection_buffer_limit_bytes"]
    mine = own["filter_chains"][0]["filters"][0]["typed_config"]
    # Where routes come from, and what says "envoy" in either case.
    only_product, only_hand = {"rds", "server_name"}, {"@type", "route_config"}
    compared = manager.keys() - only_product - {"http_filters", "access_log"}
    assert mine.keys() - only_hand - {"http_filters", "access_log"} == compared
    assert {name: mine[name] for name in compared} == {name: manager[name] for name in compared}


def test_given_the_products_filters_and_logs_when_they_are_compared_then_only_what_is_off_or_for_the_watcher_is_missing(
    product: tuple[dict[str, Any], dict[str, Any]], by_hand: dict[str, Any]
) -> None:
    _, manager = product
    mine = by_hand["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    assert mine["http_filters"] == [one for one in manager["http_filters"] if not one.get("disabled")]
    [log, for_watcher] = manager["access_log"]
    assert "OpenTelemetry" in for_watcher["typed_config"]["@type"]
    assert [one["typed_config"] for one in mine["access_log"]] == [log["typed_config"]]
