"""What is in the image and what is not: packages as locked, no tools to build or install with, no foreign settings."""

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from container import IMAGE, docker, in_image

HOME = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
MOST_BYTES = 280_000_000

DISTRIBUTIONS = """
from importlib.metadata import distributions
print(*sorted(f"{one.name.lower().replace('_', '-')}=={one.version}" for one in distributions()))
"""
IMPORTS = """
import importlib, pkgutil, ambassador, diag
found = [one.name for top in (ambassador, diag) for one in pkgutil.walk_packages(top.__path__, top.__name__ + ".")]
for name in found:
    importlib.import_module(name)
print(len(found))
"""
UNCOMPILED = """
import importlib.util, pathlib
for glob in ("opt/**/*.py", "usr/lib/python3*/**/*.py"):
    for path in pathlib.Path("/").glob(glob):
        cached = pathlib.Path(importlib.util.cache_from_source(str(path)))
        if not cached.exists() or cached.read_bytes()[4] != 1:
            print(path)
"""
WALK = """
import os, stat
for top, folders, names in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(top, name) not in ("/proc", "/sys", "/dev")]
    if os.access(top, os.W_OK):
        print(0, "writable", top)
    for path in (os.path.join(top, name) for name in names):
        found = os.lstat(path)
        print(found.st_size, stat.filemode(found.st_mode), path)
"""


@pytest.fixture(scope="module")
def files() -> list[tuple[int, str, str]]:
    """Size, mode as ls shows it, and path of every file; and each folder that the image's user may write in."""
    listed = [line.split(" ", 2) for line in in_image("python3", "-c", WALK).splitlines()]
    assert len(listed) > 3000
    return [(int(size), mode, path) for size, mode, path in listed]


@pytest.fixture(scope="module")
def config() -> dict[str, object]:
    found = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", IMAGE))
    assert isinstance(found, dict)
    return found


def test_the_image_is_small_and_holds_envoy_once(files: list[tuple[int, str, str]]) -> None:
    assert int(docker("image", "inspect", "--format", "{{.Size}}", IMAGE)) < MOST_BYTES
    assert [Path(path).name for size, _, path in files if size > 50_000_000] == ["envoy"]


def test_there_is_nothing_to_build_or_to_install_with(files: list[tuple[int, str, str]]) -> None:
    tools = r"pip3?|gcc|cc|g\+\+|ld|make|apt|apt-get|dpkg|perl|su|mount|curl|wget|setuptools|_distutils_hack|ensurepip"
    found = [path for _, _, path in files if re.search(rf"/({tools})(/|$|-[\d.]+)", path)]
    # Licences, and Debian's list of what is installed, for scanners.
    allowed = ("/usr/share/doc/", "/etc/dpkg/", "/var/lib/dpkg/status")
    assert [path for path in found if not path.startswith(allowed)] == []
    caches = [path for _, _, path in files if re.match(r"/(var/(cache|log|lib/apt)|root)/", path)]
    assert caches == []


def test_no_program_takes_the_rights_of_its_owner(files: list[tuple[int, str, str]]) -> None:
    assert [path for _, mode, path in files if mode[:1] == "-" and "s" in mode.lower()] == []


def test_only_the_state_folder_and_the_folders_for_all_can_be_written(files: list[tuple[int, str, str]]) -> None:
    assert {path for _, mode, path in files if mode == "writable"} == {"/run/ambassador", "/tmp", "/var/tmp"}


def test_every_python_file_is_compiled_in_a_form_that_needs_no_check() -> None:
    assert in_image("python3", "-c", UNCOMPILED) == ""


def left_out() -> list[str]:
    lines = (HOME / "image" / "unused.txt").read_text().splitlines()
    return [line.removesuffix("-*") for line in lines if line.endswith("-*")]


def test_the_packages_are_those_of_the_lock_file() -> None:
    locked = re.findall(r"^([\w.-]+)==([\w.]+)", (HOME / "requirements.lock").read_text(), re.MULTILINE)
    missing = {"setuptools", *(name.replace("_", "-") for name in left_out())}
    expected = {f"{name.lower()}=={version}" for name, version in locked if name.lower() not in missing}
    assert set(in_image("python3", "-c", DISTRIBUTIONS).split()) == expected | {f"ambassador=={PROJECT['version']}"}


def test_nothing_that_the_product_imports_was_left_out() -> None:
    assert int(in_image("python3", "-c", IMPORTS)) > 100


def test_the_labels_say_what_it_is(config: dict[str, object]) -> None:
    labels = config["Labels"]
    assert isinstance(labels, dict)
    found = {name.removeprefix("org.opencontainers.image."): value for name, value in labels.items()}
    assert found["title"] == "Ambassador"
    assert (found["description"], found["licenses"]) == (PROJECT["description"], PROJECT["license"])
    assert found["version"] == PROJECT["version"]
    assert found["base.name"]
    assert re.fullmatch(r"[0-9a-f]{40}|unknown", found["revision"])


def test_it_starts_the_product_as_a_user_who_is_not_root(config: dict[str, object]) -> None:
    assert (config["Entrypoint"], config["Cmd"], config["User"]) == (["ambassador"], ["run"], "8888:0")


def test_no_setting_of_the_machine_that_built_it_is_in_it(config: dict[str, object]) -> None:
    names = [line.partition("=")[0] for line in config["Env"]] if isinstance(config["Env"], list) else []
    assert set(names) == {"PATH", "HOME", "TMPDIR", "AMBASSADOR_STATE_DIR", "PYTHONDONTWRITEBYTECODE"}
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", IMAGE)
    index = [value for name, value in os.environ.items() if name.startswith("PIP_") and "://" in value]
    assert [value for value in index if value in history] == []
    # Debian's certificates, and none that this machine trusts besides.
    ours = in_image("python3", "-c", "print(open('/etc/ssl/certs/ca-certificates.crt').read().count('BEGIN CERT'))")
    listed = in_image("python3", "-c", "print(sum(l[:1] not in '#!\\n' for l in open('/etc/ca-certificates.conf')))")
    assert ours == listed
