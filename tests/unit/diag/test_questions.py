"""Questions on the diag port: the watcher judges them, Envoy says how the backends are."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from typing import Any

from callers import LOCAL, calling
from fake_report import FakeEnvoy, FakeWatcher
from flask.testing import FlaskClient

from diag.settings import Settings

PATH = "/ambassador/v0/api/explain"
QUESTION = f"{PATH}?url=http://shop.example.com/cart"


def first_backend(client: FlaskClient) -> dict[str, Any]:
    answer = client.get(QUESTION)
    assert answer.status_code == 200
    return dict(json.loads(answer.data)["winner"]["backends"][0])


def statuses(name: str, *health: dict[str, object]) -> bytes:
    hosts = [{"health_status": one} for one in health]
    return json.dumps({"cluster_statuses": [{"name": name, "host_statuses": hosts}]}).encode()


def test_given_envoy_knows_endpoints_then_the_healthy_ones_are_counted(
    client: FlaskClient, watcher: FakeWatcher, envoy: FakeEnvoy
) -> None:
    name = first_backend(client)["cluster"]
    envoy.clusters = statuses(
        name,
        {"eds_health_status": "HEALTHY"},
        {"eds_health_status": "UNHEALTHY"},
        {"eds_health_status": "HEALTHY", "failed_active_health_check": True},
    )
    backend = first_backend(client)
    assert (backend["healthy"], backend["endpoints"]) == (1, 3)


def test_given_envoy_is_away_or_talks_nonsense_then_the_answer_stays_without_health(
    settings: Settings, watcher: FakeWatcher, envoy: FakeEnvoy, client: FlaskClient
) -> None:
    def without_health(answer: dict[str, Any]) -> dict[str, Any]:
        for backend in answer["winner"]["backends"]:
            backend.pop("healthy", None)
        return answer

    watcher.explain = without_health
    envoy.clusters = b"<html>"
    assert "healthy" not in first_backend(client)
    # Bound and not listening: nobody else can have this port meanwhile, and nobody answers on it.
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = replace(settings, admin_port=nobody.getsockname()[1])
        assert "healthy" not in first_backend(calling(away, LOCAL))


def test_given_no_request_then_the_watchers_sentence_and_400(client: FlaskClient, watcher: FakeWatcher) -> None:
    answer = client.get(f"{PATH}?url=a b")
    assert (answer.status_code, "error" in json.loads(answer.data)) == (400, True)


def test_given_several_headers_then_all_are_asked_about(client: FlaskClient, watcher: FakeWatcher) -> None:
    client.get(f"{QUESTION}&header=a: 1&header=b: 2&other=x")
    assert watcher.asked[-1].count("header=") == 2
    assert "other" not in watcher.asked[-1]
