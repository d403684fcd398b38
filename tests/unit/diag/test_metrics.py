from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from callers import LOCAL, STRANGER, calling
from fake_report import FakeEnvoy, FakeWatcher, running
from flask.testing import FlaskClient

from diag.settings import Settings
from tests.free_ports import free_port


def samples(text: str) -> dict[str, str]:
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def test_given_both_parts_then_both_are_there_and_up(client: FlaskClient, watcher: FakeWatcher) -> None:
    answer = client.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert samples(answer.text) == {
        "ambassador_revision": "7",
        "envoy_server_live{}": "1",
        'ambassador_up{part="watcher"}': "1",
        'ambassador_up{part="envoy"}': "1",
    }


def test_given_no_watcher_then_envoys_metrics_stay(client: FlaskClient) -> None:
    found = samples(client.get("/metrics").text)
    assert found['ambassador_up{part="watcher"}'] == "0"
    assert found["envoy_server_live{}"] == "1"


def test_given_no_envoy_then_the_watchers_metrics_stay(settings: Settings, watcher: FakeWatcher) -> None:
    found = samples(calling(replace(settings, admin_port=free_port()), LOCAL).get("/metrics").text)
    assert found['ambassador_up{part="envoy"}'] == "0"
    assert found["ambassador_revision"] == "7"


def test_given_text_without_a_last_newline_then_the_next_line_is_not_glued_to_it(
    client: FlaskClient, watcher: FakeWatcher, envoy: FakeEnvoy
) -> None:
    envoy.stats = b"envoy_a 1\nenvoy_b 2"
    assert samples(client.get("/metrics").text)["envoy_b"] == "2"


@pytest.fixture
def breaking_off() -> Iterator[int]:
    """A port that promises 1,000 bytes and goes in the middle of a number."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nenvoy_whole 12\nenvoy_cut 34")

        thread = threading.Thread(target=answer_once)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join(5)


def test_given_envoy_dies_in_the_middle_then_half_a_number_is_never_shown(
    settings: Settings, watcher: FakeWatcher, breaking_off: int
) -> None:
    found = samples(calling(replace(settings, admin_port=breaking_off), LOCAL).get("/metrics").text)
    assert found["envoy_whole"] == "12"
    assert "envoy_cut" not in found
    assert found['ambassador_up{part="envoy"}'] == "0"


def test_given_a_scraper_that_wants_less_then_envoy_is_asked_for_less(settings: Settings, watcher: FakeWatcher) -> None:
    asked: list[str] = []

    def answer(target: str) -> tuple[int, str, bytes]:
        asked.append(target)
        return 200, "text/plain", b"envoy_some 1\n"

    with running(answer, 0) as admin:
        client = calling(replace(settings, admin_port=admin.server_address[1]), STRANGER)
        text = client.get("/metrics?usedonly=true&filter=^http\\.").text
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics?filter=a&filter=b").status_code == 400
    assert asked == ["/stats/prometheus?usedonly=true&filter=%5Ehttp%5C.", "/stats/prometheus"]
    assert "envoy_some 1" in text
    assert "ambassador_revision 7" in text
    assert watcher.asked == ["/metrics", "/metrics"]
