"""A fake watcher and a fake Envoy behind real sockets, and the app in front of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from callers import LOCAL, calling
from fake_report import FakeEnvoy, FakeWatcher, running
from flask.testing import FlaskClient

from diag.settings import Settings


@pytest.fixture
def state() -> Iterator[Path]:
    """Short, because a unix socket's path holds 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="diag") as folder:
        yield Path(folder)


@pytest.fixture
def watcher(state: Path) -> Iterator[FakeWatcher]:
    fake = FakeWatcher().fill(5, 3)
    with running(fake.answer, state / "report.sock", fake.etag):
        yield fake


@pytest.fixture
def envoy() -> Iterator[FakeEnvoy]:
    fake = FakeEnvoy()
    with running(fake.answer, 0) as server:
        fake.port = server.server_address[1]
        yield fake


@pytest.fixture
def settings(state: Path, envoy: FakeEnvoy) -> Settings:
    return Settings(state=state, admin_port=envoy.port, ready_port=envoy.port)


@pytest.fixture
def client(settings: Settings) -> FlaskClient:
    return calling(settings, LOCAL)
