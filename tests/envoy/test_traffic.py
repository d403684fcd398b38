"""Given requests through a real Envoy, then the watcher says of each route what arrived there."""

import json
from pathlib import Path
from typing import Any

import pytest
from certificates import Pair, issue
from echo_backends import EchoBackend
from gateway import Gateway, running, until
from wanted import Object, host, mapping, secret
from web_client import Tls

from tests.free_ports import free_ports

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
NAMES = {name: f"mapping/default/traffic-{name}" for name in ("web", "dead", "moved", "tls")}


@pytest.fixture(scope="module")
def pair() -> Pair:
    return issue("a.test")


def objects(blue: EchoBackend, pair: Pair) -> list[Object]:
    (nobody,) = free_ports(1)
    return [
        mapping("traffic-web", "/web/", blue.address, rewrite="/inner/", host_rewrite="inner.test"),
        mapping("traffic-dead", "/dead/", f"127.0.0.1:{nobody}"),
        mapping("traffic-moved", "/moved/", "new.test", host_redirect=True),
        mapping("traffic-tls", "/tls/", blue.address, hostname="a.test"),
        host("a", "a.test", "pair"),
        host("all", "*"),
        secret("pair", pair.certificate, pair.key),
    ]


def traffic(gateway: Gateway, query: str = "") -> dict[str, Any]:
    return gateway.json(f"/traffic?{query}")


def requests(gateway: Gateway, name: str) -> int:
    return int(traffic(gateway).get("routes", {}).get(NAMES[name], {}).get("requests", 0))


def classes(gateway: Gateway, name: str) -> dict[str, int]:
    return dict(traffic(gateway, f"name={NAMES[name]}")["routes"][NAMES[name]]["classes"])


@pytest.fixture
def served(gateway: Gateway, blue: EchoBackend, pair: Pair) -> Gateway:
    gateway.apply(*objects(blue, pair))
    until(gateway.acknowledged)
    return gateway


def test_given_requests_then_exactly_as_many_are_counted_by_route_and_class(served: Gateway) -> None:
    before = traffic(served)
    seen = {name: requests(served, name) for name in NAMES}
    with served.connect() as connection:
        for number in range(40):
            assert connection.get(f"/web/{number}").status == 200
        for _ in range(3):
            assert connection.get("/dead/x").status == 503
            assert connection.get("/moved/x").status == 301
        for _ in range(7):
            assert connection.get("/nowhere/").status == 404
    for _ in range(2):
        assert served.get("/tls/x", "a.test", Tls("a.test")).status == 200
    sent = {"web": 40, "dead": 3, "moved": 3, "tls": 2}
    # Envoy tells of requests a second later, so some that other tests sent may be told meanwhile: of no route's.
    until(lambda: all(requests(served, name) - seen[name] >= sent[name] for name in NAMES), 5)
    until(lambda: traffic(served)["unrouted"]["requests"] - before["unrouted"]["requests"] >= 7, 5)
    assert {name: requests(served, name) - seen[name] for name in NAMES} == sent
    assert [classes(served, name).keys() for name in ("dead", "moved")] == [{"5xx"}, {"3xx"}]
    found = traffic(served)
    assert (found["routes"][NAMES["dead"]]["success_percent"], found["dropped"]) == (0, 0)
    assert found["routes"][NAMES["web"]]["success_percent"] == 100
    assert found["routes"][NAMES["web"]]["per_second"] > 0
    assert found["routes"][NAMES["web"]]["last_seen"] > found["since"]


def test_given_requests_with_secrets_then_samples_show_all_but_them(served: Gateway) -> None:
    seen = requests(served, "web")
    path = f"/web/users/42/{JWT}?token=hunter2&page=3"
    served.get(path, "shop.test", authorization="Bearer hunter2", cookie="session=hunter2", user_agent="hunter2")
    until(lambda: requests(served, "web") > seen, 5)
    body = served.report(f"/traffic?route={NAMES['web']}")[1]
    (sample, *_) = json.loads(body)["samples"]
    assert sample["path"] == "/web/users/42/…?token=…&page=…"
    assert (sample["method"], sample["authority"], sample["status"], sample["flags"]) == ("GET", "shop.test", 200, "")
    assert sample["scheme"] == "http"
    assert sample["backend"].startswith("127.0.0.1:")
    assert abs(sample["time"] - traffic(served)["routes"][NAMES["web"]]["last_seen"]) < 5
    assert 0 < sample["ms"] < 5000
    assert b"hunter2" not in body
    assert b"eyJ" not in body


def test_given_a_path_that_is_longer_than_is_told_then_nothing_is_shown_of_what_was_cut(served: Gateway) -> None:
    seen = requests(served, "web")
    served.get("/web/" + "word/" * 100 + "0123456789abcdef" * 2000, "shop.test")
    until(lambda: requests(served, "web") > seen, 5)
    (sample, *_) = traffic(served, f"route={NAMES['web']}")["samples"]
    assert sample["path"] == "/web/" + "word/" * 100 + "…"


def test_given_failures_then_samples_carry_envoys_flags_and_details(served: Gateway) -> None:
    seen = requests(served, "dead"), traffic(served)["unrouted"]["requests"]
    served.get("/dead/flags", "shop.test", x_envoy_original_host="forged.test", x_envoy_original_path="/forged")
    served.get("/nowhere/flags")
    until(lambda: requests(served, "dead") > seen[0] and traffic(served)["unrouted"]["requests"] > seen[1], 5)
    (dead, *_), (lost, *_) = (traffic(served, f"route={name}")["samples"] for name in (NAMES["dead"], ""))
    assert (dead["path"], dead["status"], dead["flags"]) == ("/dead/flags", 503, "UF")
    assert dead["authority"] == "shop.test"
    assert "Connection_refused" in dead["details"]
    assert (lost["path"], lost["status"], lost["flags"]) == ("/nowhere/flags", 404, "NR")
    assert (lost["details"], lost["backend"]) == ("route_not_found", "")


def test_given_a_watcher_that_is_killed_then_traffic_goes_on_and_its_successor_counts_anew(
    own_folder: Path, blue: EchoBackend, pair: Pair
) -> None:
    with running(own_folder, *objects(blue, pair)) as gateway, gateway.connect() as connection:
        until(lambda: connection.get("/web/a").status == 200)
        until(lambda: requests(gateway, "web") >= 1, 5)
        since = traffic(gateway)["since"]
        gateway.kill_watcher()
        # More than fits into Envoy's buffer, so that it sends while nobody listens.
        assert {connection.get(f"/web/{'x' * 2000}{number}").status for number in range(300)} == {200}
        gateway.start_watcher()
        until(gateway.acknowledged)
        assert traffic(gateway)["since"] > since

        def counted() -> bool:
            return connection.get("/web/again").status == 200 and requests(gateway, "web") > 0

        until(counted, 10, every=0.1)
        # What Envoy still held back may have come too; what it sent to nobody is gone, and it says so.
        (dropped,) = gateway.stats("open_telemetry_access_log.logs_dropped").values()
        assert 0 < dropped <= 301
        assert requests(gateway, "web") < 300
        assert gateway.stats("listener_manager.listener_modified") == {"listener_manager.listener_modified": 0}


def test_given_that_live_traffic_is_off_then_envoy_tells_nothing_and_there_is_no_page(
    own_folder: Path, blue: EchoBackend, pair: Pair
) -> None:
    with running(own_folder, *objects(blue, pair), live_traffic=False) as gateway:
        assert gateway.get("/web/a").status == 200
        assert gateway.report("/traffic")[0] == 404
        assert "access_loggers.stdout" in gateway.admin("/config_dump?resource=dynamic_listeners")
        assert "open_telemetry" not in gateway.admin("/config_dump?resource=dynamic_listeners")
        assert gateway.stats("access_logs.open_telemetry") == {}
