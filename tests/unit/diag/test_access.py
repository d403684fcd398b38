from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from callers import STRANGER, calling
from fake_report import FakeWatcher
from flask.testing import FlaskClient

from diag.access import is_local
from diag.settings import Settings

GUARDED = ("/", "/ambassador/v0/diag/", "/ambassador/v0/diag/static/page.css", "/ambassador/v0/api/overview",
           "/ambassador/v0/api/routes", "/ambassador/v0/api/problems", "/ambassador/v0/api/objects")  # fmt: skip


def stranger(settings: Settings) -> FlaskClient:
    return calling(settings, STRANGER)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8877", "127.0.0.1:1", "[::1]:8877", "[::1]"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_given_a_loopback_peer_and_host_then_the_caller_is_local(peer: str, host: str) -> None:
    assert is_local(peer, ["Host", "Accept"], host)


@pytest.mark.parametrize("peer", ["10.0.0.1", "", "::ffff:10.0.0.1", "fe80::1", "localhost", "0.0.0.0"])
def test_given_another_peer_then_no_header_makes_it_local(peer: str) -> None:
    assert not is_local(peer, ["Host", "X-Forwarded-For", "X-Ambassador-Diag-IP"], "localhost")


@pytest.mark.parametrize(
    "name",
    ["X-Forwarded-For", "x-forwarded-proto", "X-Envoy-Internal", "x-envoy-expected-rq-timeout-ms", "Via", "Forwarded",
     "X-Request-Id", "X-Real-IP"],
)  # fmt: skip
def test_given_a_header_that_proxies_add_then_loopback_is_not_enough(name: str) -> None:
    assert not is_local("127.0.0.1", ["Host", name], "localhost")


@pytest.mark.parametrize("host", ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8877",
                                  "evil@localhost", "localhost:8877:1", "[::1", "10.0.0.1"])  # fmt: skip
def test_given_a_host_that_is_not_loopback_then_a_rebound_name_does_not_help(host: str) -> None:
    assert not is_local("127.0.0.1", ["Host"], host)


@pytest.mark.parametrize("path", GUARDED)
def test_given_a_stranger_then_page_and_api_are_refused_with_a_way_out(
    settings: Settings, watcher: FakeWatcher, path: str
) -> None:
    answer = stranger(settings).get(path)
    assert answer.status_code == 403
    assert "kubectl port-forward" in answer.text


@pytest.mark.parametrize("path", ["/ambassador/v0/check_alive", "/ambassador/v0/check_ready", "/metrics"])
def test_given_a_stranger_then_health_and_metrics_still_answer(
    settings: Settings, watcher: FakeWatcher, path: str
) -> None:
    assert stranger(settings).get(path).status_code == 200


@pytest.mark.parametrize("change", [{"demo": True}, {"allow_non_local": True}])
def test_given_the_operator_opened_it_then_a_stranger_sees_the_page(
    settings: Settings, watcher: FakeWatcher, change: dict[str, Any]
) -> None:
    assert stranger(replace(settings, **change)).get("/ambassador/v0/diag/").status_code == 200


def test_given_the_module_opened_it_then_a_stranger_sees_the_page(settings: Settings, watcher: FakeWatcher) -> None:
    watcher.health["diagnostics"] = {"enabled": True, "allow_non_local": True}
    assert stranger(settings).get("/ambassador/v0/diag/").status_code == 200


def test_given_the_module_switched_diagnostics_off_then_strangers_are_refused_and_this_machine_is_not(
    settings: Settings, watcher: FakeWatcher, client: FlaskClient
) -> None:
    watcher.health["diagnostics"] = {"enabled": False, "allow_non_local": True}
    assert stranger(replace(settings, allow_non_local=True)).get("/ambassador/v0/diag/").status_code == 403
    assert client.get("/ambassador/v0/diag/").status_code == 200


def test_given_no_watcher_then_strangers_are_refused(settings: Settings) -> None:
    assert stranger(settings).get("/ambassador/v0/diag/").status_code == 403


def test_given_a_request_through_our_envoy_then_it_is_refused(client: FlaskClient, watcher: FakeWatcher) -> None:
    assert client.get("/ambassador/v0/diag/", headers={"X-Envoy-Internal": "true"}).status_code == 403
