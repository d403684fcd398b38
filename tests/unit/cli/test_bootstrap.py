"""Envoy's bootstrap: accepted by Envoy itself, and what the rest of the product relies on in it."""

import subprocess
from pathlib import Path

import pytest
import yaml

from ambassador.cli import bootstrap, layout
from ambassador.cli.envoy_start import bootstrap_path, command, workers, write_bootstrap
from ambassador.errors import UsageError
from ambassador.ops.envoy_binary import envoy_path
from ambassador.settings import Settings


def rendered(settings: Settings, open_files: int = 1 << 20) -> dict:
    return yaml.safe_load(bootstrap.render(layout.BOOTSTRAP_TEMPLATE.read_text(), settings, open_files))


def test_given_any_state_folder_then_envoy_accepts_the_bootstrap(tmp_path: Path) -> None:
    state = tmp_path / "a folder: 'quoted' #1"
    state.mkdir()
    settings = Settings(state=Path("/tmp") / state.name, admin_port=18001, ready_port=18006)
    path = tmp_path / "envoy.yaml"
    path.write_text(bootstrap.render(layout.BOOTSTRAP_TEMPLATE.read_text(), settings, 4096))
    done = subprocess.run(
        [envoy_path(), "--mode", "validate", "-c", path, "--log-level", "warning"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    # Warnings would name fields that Envoy deprecates or does not know.
    assert done.stderr == ""


def test_everything_but_the_ready_listener_comes_over_the_socket_in_the_state_folder() -> None:
    config = rendered(Settings(state=Path("/run/x"), admin_port=1, ready_port=2))
    (cluster,) = config["static_resources"]["clusters"]
    (listener,) = config["static_resources"]["listeners"]
    endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    assert endpoint["address"]["pipe"]["path"] == "/run/x/ads.sock"
    assert listener["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 2}
    assert config["admin"]["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 1}


@pytest.mark.parametrize("kind", ["cds_config", "lds_config"])
def test_envoy_waits_for_its_first_configuration_instead_of_serving_nothing(kind: str) -> None:
    assert rendered(Settings())["dynamic_resources"][kind]["initial_fetch_timeout"] == "0s"


@pytest.mark.parametrize(("open_files", "connections"), [(1024, 312), (64, 100), (1 << 20, 50_000)])
def test_connections_are_limited_by_the_open_files_that_each_takes_two_of(open_files: int, connections: int) -> None:
    (monitor,) = rendered(Settings(), open_files)["overload_manager"]["resource_monitors"]
    assert monitor["typed_config"]["max_active_downstream_connections"] == connections


def test_the_written_bootstrap_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    write_bootstrap(settings, 4096)
    assert bootstrap_path(settings).stat().st_mode & 0o777 == 0o600


def test_the_drain_time_of_envoy_ends_when_the_listeners_close() -> None:
    arguments = command(Path("/envoy"), Settings(drain_timeout=30.0), 3)
    assert arguments[arguments.index("--drain-time-s") + 1] == "20"
    assert arguments[-2:] == ["--concurrency", "3"]


@pytest.mark.parametrize(("text", "threads"), [("", 0), ("4", 4), (" 2 ", 2)])
def test_given_a_number_of_threads_then_it_is_taken(text: str, threads: int) -> None:
    assert workers({"ENVOY_CONCURRENCY": text}) == threads


@pytest.mark.parametrize("text", ["many", "0", "-1", "1.5"])
def test_given_no_number_of_threads_then_it_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="ENVOY_CONCURRENCY"):
        workers({"ENVOY_CONCURRENCY": text})
