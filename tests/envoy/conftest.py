"""One gateway and a few backends for a whole run: a test replaces the manifests, which costs milliseconds."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from echo_backends import EchoBackend
from gateway import Gateway, running


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    """Shared by all tests that neither kill a part of it nor look at its logs."""
    # Not below pytest's own folder: the path of a unix socket has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="gw-") as folder, running(Path(folder)) as shared:
        yield shared


@pytest.fixture(scope="session")
def lenient() -> Iterator[Gateway]:
    """A gateway whose watcher lets something pass that Envoy refuses."""
    with tempfile.TemporaryDirectory(prefix="gw-") as folder, running(Path(folder), lenient=True) as shared:
        yield shared


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """A short path for a gateway that a test has for itself."""
    with tempfile.TemporaryDirectory(prefix="gw-") as folder:
        yield Path(folder)


def backend(name: str) -> Iterator[EchoBackend]:
    server = EchoBackend(name).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def blue() -> Iterator[EchoBackend]:
    yield from backend("blue")


@pytest.fixture(scope="session")
def green() -> Iterator[EchoBackend]:
    yield from backend("green")
