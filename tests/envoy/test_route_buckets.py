"""Given a host with hundreds of routes, when it is edited under load, then buckets answer as the list would."""

import re
from pathlib import Path

import pytest
from echo_backends import EchoBackend
from gateway import Gateway, running
from wanted import Object, mapping
from web_client import Connection

MANY = 400


def _objects(blue: EchoBackend, green: EchoBackend, edited: int = -1) -> list[Object]:
    """Routes that go to one backend, but for the edited one, before a catch-all that goes to another."""
    one, other = f"127.0.0.1:{blue.port}", f"127.0.0.1:{green.port}"
    usual = [
        mapping(f"m{number}", f"/service-{number:03}/", other if number == edited else one) for number in range(MANY)
    ]
    return [*usual, mapping("rest", "/", other), mapping("exact", "/service-007/health", other, prefix_exact=True)]


def _asked(connection: Connection, *paths: str) -> list[str]:
    return [connection.get(path).backend for path in paths]


def _metric(gateway: Gateway, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", gateway.report("/metrics")[1].decode(), re.MULTILINE)
    assert found is not None
    return float(found[1])


def test_given_hundreds_of_routes_when_asked_then_paths_inside_between_and_beside_buckets_find_their_route(
    own_folder: Path, blue: EchoBackend, green: EchoBackend
) -> None:
    with running(own_folder, *_objects(blue, green)) as gateway, gateway.connect() as connection:
        assert "prefix_match_map" in gateway.admin("/config_dump?resource=dynamic_route_configs")
        paths = ("/service-000/", "/service-399/x?y=/service-000/", "/service-007/healthy")
        assert _asked(connection, *paths) == ["blue"] * 3
        beside = (
            "/",
            "/service-",
            "/service-400/",
            "/service-00",
            "/service-007/health",
            "/service-007/health?a",
            "/s%2f",
        )
        assert _asked(connection, *beside) == ["green"] * 7
        assert _metric(gateway, "ambassador_route_buckets") >= 4
        assert _metric(gateway, "ambassador_route_longest_list") < 140
        assert 0 < _metric(gateway, "ambassador_route_copies") <= MANY / 4


def test_given_hundreds_of_routes_when_edited_one_after_the_other_then_each_shows_and_no_request_fails(
    own_folder: Path, blue: EchoBackend, green: EchoBackend
) -> None:
    with running(own_folder, *_objects(blue, green)) as gateway, gateway.connect() as connection:
        for number in range(5, MANY, 40):
            gateway.apply(*_objects(blue, green, number))
            steady = f"/service-{(number + 1) % MANY:03}/"
            assert _asked(connection, f"/service-{number:03}/a", steady) == ["green", "blue"]
        assert gateway.stats("listener_manager.listener_modified") == {"listener_manager.listener_modified": 0}


@pytest.mark.parametrize("size", [0, 1])
def test_given_another_bucket_size_then_the_answers_are_the_same(
    own_folder: Path, blue: EchoBackend, green: EchoBackend, size: int
) -> None:
    with running(own_folder, *_objects(blue, green), bucket_size=size) as gateway, gateway.connect() as connection:
        dumped = gateway.admin("/config_dump?resource=dynamic_route_configs")
        assert ("prefix_match_map" in dumped) == bool(size)
        assert _asked(connection, "/service-000/", "/service-399/", "/service-400/") == ["blue", "blue", "green"]
