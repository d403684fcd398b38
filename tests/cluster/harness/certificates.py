"""Certificates as they stand in a Secret of the type kubernetes.io/tls."""

from __future__ import annotations

import base64

from tests.bench.certificates import new_pair
from tests.cluster.harness.objects import Json, secret


def tls_secret(name: str, host: str, serial: int = 1) -> tuple[Json, str]:
    """A Secret for the host, and its certificate as PEM text, which is its own CA."""
    pair = new_pair(host, serial)
    made = secret(name, {"tls.crt": pair.certificate_data, "tls.key": pair.key_data})
    return made, base64.b64decode(pair.certificate_data).decode()
