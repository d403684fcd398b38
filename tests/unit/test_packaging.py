"""What is delivered fits together: lock files, image, Kubernetes manifest and command line."""

import re
import tomllib
from pathlib import Path

import pytest

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
    assert copied == {"ambassador", "diag", "entrypoint", "envoy", "examples", "k8s"}
