"""Given a Secret that can't be read after a restart, then Envoy keeps the certificate that it holds, and no other does.

The file of the Secret is broken while no watcher runs; the next one knows its certificate and not its private key.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from certificates import Pair, issue
from echo_backends import EchoBackend
from gateway import Gateway, running, until
from wanted import host, mapping, secret
from web_client import Closed, Tls

BROKEN = "apiVersion: v1\nkind: Secret\nmetadata: {name: pa"
A = Tls("a.test")


@pytest.fixture
def pair() -> Pair:
    return issue("a.test")


@pytest.fixture
def served(own_folder: Path, blue: EchoBackend, pair: Pair) -> Iterator[Gateway]:
    with running(own_folder, mapping("all", "/", blue.address), host("a", "a.test", "pair")) as gateway:
        gateway.apply(secret("pair", pair.certificate, pair.key), file="secret.yaml")
        until(lambda: is_served(gateway))
        until(lambda: remembers(gateway))
        yield gateway


def remembers(gateway: Gateway) -> bool:
    """Whether the Secret is on disk for the next watcher."""
    with closing(sqlite3.connect(gateway.settings.state / "last-good.sqlite")) as database:
        return bool(database.execute("SELECT 1 FROM object WHERE kind = 'Secret'").fetchall())


def is_served(gateway: Gateway) -> bool:
    try:
        return gateway.get("/", "a.test", A).status == 200
    except Closed:
        return False


def test_given_an_envoy_that_holds_the_certificate_then_the_watchers_restart_takes_nothing_away(
    served: Gateway, pair: Pair
) -> None:
    counts = "listener_manager\\.listener_|ssl_context_update_by_sds|config_reload$"
    before = served.stats(counts)
    with served.connect(A) as connection:
        served.kill_watcher()
        served.write_text(BROKEN, file="secret.yaml")
        served.start_watcher()
        until(served.acknowledged)
        assert connection.get("/", "a.test").status == 200
    assert is_served(served)
    assert served.stats(counts) == before
    assert [one["reason"] for one in served.problems("InvalidCertificate")] == []


def test_given_a_new_envoy_then_https_is_closed_with_a_reason_and_cleartext_served_until_the_secret_is_back(
    served: Gateway, pair: Pair
) -> None:
    served.kill_watcher()
    served.kill_envoy()
    served.write_text(BROKEN, file="secret.yaml")
    served.start_watcher()
    served.start_envoy()
    until(lambda: served.problems("InvalidCertificate"))
    until(served.acknowledged)
    assert served.get("/", "a.test").status == 200
    with pytest.raises(Closed):
        served.get("/", "a.test", A)
    (problem,) = served.problems("InvalidCertificate")
    assert "was not kept over a restart" in problem["message"]
    served.apply(secret("pair", pair.certificate, pair.key), file="secret.yaml")
    until(lambda: is_served(served))
    assert served.problems("InvalidCertificate") == []
    with served.connect(A) as connection:
        assert connection.tls.getpeercert(binary_form=True) == pair.der


def test_given_an_envoy_that_is_killed_after_the_watcher_then_https_closes_rather_than_hangs(served: Gateway) -> None:
    served.kill_watcher()
    served.write_text(BROKEN, file="secret.yaml")
    served.start_watcher()
    until(served.acknowledged)
    served.kill_envoy()
    served.start_envoy()
    until(lambda: served.problems("InvalidCertificate"))
    until(served.acknowledged)
    assert served.get("/", "a.test").status == 200
    with pytest.raises(Closed):
        served.get("/", "a.test", A)
