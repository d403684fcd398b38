"""The product as a process of this machine, which reads the cluster: for what is awkward to do to a pod."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.cluster.harness.product import Page
from tests.e2e.gateway_process import ANY_PORTS, Gateway, started


class Local:
    """One `ambassador run --kubernetes`."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    @property
    def ready(self) -> bool:
        return bool(self.gateway.ready_line())

    @property
    def port(self) -> int:
        """Where it takes HTTP."""
        return urlsplit(self.gateway.url()).port or 0

    @property
    def page(self) -> Page:
        line = self.gateway.ready_line()
        return Page(next(word for word in line.split() if "/diag/" in word).partition("/ambassador/")[0])

    def log(self) -> str:
        """What it wrote on stderr up to now."""
        return self.gateway.errors.read_text()


@contextmanager
def local(folder: Path, kubeconfig: Path, *arguments: str, **environment: str) -> Iterator[Local]:
    """Started, not necessarily ready; ended with all of its programs."""
    given = {"KUBECONFIG": str(kubeconfig), "AMBASSADOR_JSON_LOGGING": "true", **environment}
    with started(folder, "run", "--kubernetes", *ANY_PORTS, "--bind=127.0.0.1", *arguments, **given) as gateway:
        yield Local(gateway)
