"""What every end-to-end test gets: a backend that answers when told to, and manifests that route to it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_process import SlowBackend

MANIFESTS = """\
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: {{name: slow}}
spec: {{hostname: "*", prefix: /slow/, service: "127.0.0.1:{port}", timeout_ms: 60000}}
"""


@pytest.fixture
def backend() -> Iterator[SlowBackend]:
    server = SlowBackend()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path, backend: SlowBackend) -> Path:
    """A folder with `config/` that routes /slow/ to the backend."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "routes.yaml").write_text(MANIFESTS.format(port=backend.server_address[1]))
    return tmp_path
