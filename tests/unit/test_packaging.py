"""What is delivered fits together: lock files, image, Kubernetes manifest and command line."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from ambassador.cli import live

HOME = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=~!\[; ]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


def locked(file: str) -> dict[str, str]:
    """The text of each entry of a lock file, by package."""
    entries = re.split(r"\n(?=\S)", (HOME / file).read_text().strip())
    return {names([entry]).pop(): entry for entry in entries}


@pytest.mark.parametrize("file", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_one_version_and_hashes(file: str) -> None:
    entries = locked(file)
    assert len(entries) > 40
    for entry in entries.values():
        assert re.match(r"[\w.\-]+==[\w.]+[^\n]* \\\n( +--hash=sha256:[0-9a-f]{64}( \\\n|$))+$", entry), entry


def test_everything_the_project_asks_for_is_locked() -> None:
    extras = PROJECT["optional-dependencies"]
    assert names(PROJECT["dependencies"] + extras["build"]) <= set(locked("requirements.lock"))
    assert names(PROJECT["dependencies"] + extras["build"] + extras["dev"]) <= set(locked("requirements-dev.lock"))


def test_tests_run_on_the_versions_that_users_get() -> None:
    users, tests = (
        {name: re.findall(r"==[\w.]+|sha256:\w+", entry) for name, entry in locked(file).items()}
        for file in ("requirements.lock", "requirements-dev.lock")
    )
    assert {name: tests.get(name) for name in users} == users


def test_the_image_holds_every_folder_that_the_programs_read() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", (HOME / "Dockerfile").read_text(), re.MULTILINE))
    assert copied == {"ambassador", "diag", "entrypoint", "envoy", "examples"}


def manifests() -> dict[str, dict]:
    return {one["kind"]: one for one in yaml.safe_load_all((HOME / "k8s" / "ambassador.yaml").read_text())}


def test_the_deployment_runs_this_version_with_flags_that_exist(tmp_path: Path) -> None:
    (container,) = manifests()["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"ambassador:{PROJECT['version']}"
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    command, *arguments = [str(tmp_path) if argument in mounts else argument for argument in container["args"]]
    context = live.run.make_context(command, arguments)
    assert (context.params["config"], context.params["drain_timeout"]) == ((tmp_path,), 30.0)


def test_a_pod_has_time_to_drain_before_it_is_killed() -> None:
    pod = manifests()["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    drain = int(container["args"][container["args"].index("--drain-timeout") + 1])
    assert pod["terminationGracePeriodSeconds"] >= pause + drain + 10


def test_the_manifest_in_the_config_map_is_one_that_ambassador_takes() -> None:
    (text,) = manifests()["ConfigMap"]["data"].values()
    assert yaml.safe_load(text)["kind"] == "Mapping"
