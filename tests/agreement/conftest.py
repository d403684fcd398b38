"""One Envoy for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.agreement.lab import Lab, running_lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with running_lab() as one:
        yield one
