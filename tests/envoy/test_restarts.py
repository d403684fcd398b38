"""Given a part that is killed, when it comes back, then requests never fail and nothing that was known is lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import issue
from echo_backends import EchoBackend
from gateway import Gateway, running, until
from wanted import Object, host, mapping, secret, service
from web_client import Closed, Tls

OPERATOR = {"x-poison": "%UNKNOWN_OPERATOR%"}


def many(backend: EchoBackend, count: int = 200) -> list[Object]:
    return [mapping(f"good-{number}", f"/good-{number}/", backend.address) for number in range(count)]


@pytest.fixture
def held(own_folder: Path, blue: EchoBackend, green: EchoBackend) -> Iterator[Gateway]:
    """A gateway with one culprit that goes on in its old form (blue) and one that never had a good one."""
    kept, new = (mapping(name, f"/{name}/", green.address, add_request_headers=OPERATOR) for name in ("kept", "new"))
    fine = mapping("fine", "/fine/", blue.address)
    with running(own_folder, mapping("kept", "/kept/", blue.address), fine, lenient=True) as gateway:
        gateway.apply(mapping("kept", "/kept/", blue.address), fine)
        gateway.write(kept, new, fine)
        until(lambda: gateway.culprits() == {"kept", "new"})
        until(gateway.acknowledged)
        yield gateway


def test_given_200_good_objects_and_a_bad_one_at_a_cold_start_then_the_good_ones_are_served_and_the_bad_one_named(
    own_folder: Path, blue: EchoBackend
) -> None:
    bad = mapping("bad", "/bad/", blue.address, add_request_headers=OPERATOR)
    good = many(blue)
    with running(own_folder, *good[:120], bad, *good[120:], lenient=True) as gateway:
        until(lambda: all(serves(gateway, f"/good-{number}/") for number in (0, 119, 120, 199)), 2)
        until(lambda: gateway.culprits() == {"bad"}, 2)
        until(gateway.acknowledged)
        with gateway.connect() as connection:
            assert {connection.get(f"/good-{number}/").status for number in range(200)} == {200}
        assert gateway.get("/bad/").status == 404


def serves(gateway: Gateway, path: str) -> bool:
    try:
        return gateway.get(path).status == 200
    except Closed:
        return False


def test_given_culprits_when_the_watcher_is_killed_then_its_successor_knows_them_without_asking_envoy(
    held: Gateway,
) -> None:
    until(lambda: "kept" in remembered(held))
    refused = rejected_updates(held)
    with held.connect() as connection:
        held.kill_watcher()
        assert connection.get("/kept/").backend == "blue"
        held.start_watcher()
        until(held.acknowledged)
        assert held.culprits() == {"kept", "new"}
        assert connection.get("/kept/").backend == "blue"
        assert connection.get("/fine/").backend == "blue"
        assert connection.get("/new/").status == 404
    assert rejected_updates(held) == refused


def remembered(gateway: Gateway) -> set[str]:
    """Names of culprits that are written down for the next watcher."""
    try:
        text = (gateway.settings.state / "accepted.json").read_text()
    except FileNotFoundError:
        return set()
    return {key[2] for key, *_ in json.loads(text)["refused"]}


def rejected_updates(gateway: Gateway) -> dict[str, int]:
    return gateway.stats("update_rejected")


def test_given_a_culprit_that_was_edited_while_no_watcher_ran_then_its_old_form_is_served_until_then(
    held: Gateway, green: EchoBackend, blue: EchoBackend
) -> None:
    until(lambda: "kept" in remembered(held))
    held.kill_watcher()
    held.write(mapping("kept", "/kept/", green.address), mapping("fine", "/fine/", blue.address))
    assert held.get("/kept/").backend == "blue"
    held.start_watcher()
    until(lambda: held.get("/kept/").backend == "green")
    until(held.acknowledged)
    assert held.problems() == []


def test_given_a_bad_edit_while_no_watcher_ran_then_no_route_is_taken_away_to_find_it(
    own_folder: Path, blue: EchoBackend
) -> None:
    good = many(blue, 50)
    with running(own_folder, *good, lenient=True) as gateway:
        until(lambda: (gateway.settings.state / "accepted.json").exists())
        gateway.kill_watcher()
        bad = mapping("good-7", "/good-7/", blue.address, add_request_headers=OPERATOR)
        gateway.write(*good[:7], bad, *good[8:])
        with gateway.connect() as connection:
            gateway.start_watcher()
            until(lambda: connection.get("/good-30/").status != 200 or gateway.culprits() == {"good-7"})
            assert connection.get("/good-30/").status == 200
            assert connection.get("/good-49/").status == 200


def test_given_culprits_when_envoy_is_killed_then_the_next_one_gets_what_was_served(held: Gateway) -> None:
    held.kill_envoy()
    held.start_envoy()
    until(lambda: serves(held, "/kept/"))
    assert held.get("/kept/").backend == "blue"
    assert held.get("/fine/").backend == "blue"
    assert held.culprits() == {"kept", "new"}
    until(held.acknowledged)
    assert rejected_updates(held) == dict.fromkeys(rejected_updates(held), 0)


def test_given_load_when_the_watcher_is_killed_and_comes_back_then_nothing_changes_for_envoy(
    own_folder: Path, blue: EchoBackend
) -> None:
    pair = issue("a.test")
    objects = [mapping("all", "/", blue.address), host("a", "a.test", "pair")]
    with running(own_folder, *objects, secret("pair", pair.certificate, pair.key)) as gateway:
        until(gateway.acknowledged)
        counts = "listener_manager\\.listener_|cluster_manager\\.cluster_(added|modified|removed)|config_reload$"
        before = gateway.stats(counts)
        with gateway.connect(Tls("a.test")) as connection:
            assert connection.get("/", "a.test").status == 200
            gateway.kill_watcher()
            gateway.start_watcher()
            until(gateway.acknowledged)
            assert connection.get("/", "a.test").status == 200
        assert gateway.stats(counts) == before
        assert gateway.problems("PortInUse") == []


def test_given_a_half_written_file_then_its_last_form_is_served_also_after_a_restart(
    own_folder: Path, blue: EchoBackend, green: EchoBackend
) -> None:
    with running(own_folder) as gateway:
        gateway.apply(mapping("other", "/other/", blue.address), file="other.yaml")
        gateway.apply(mapping("one", "/one/", blue.address))
        gateway.write_text("apiVersion: getambassador.io/v3alpha1\nkind: Mapping\nmetadata: {name: on")
        until(lambda: gateway.problems("InvalidYaml"))
        assert gateway.get("/one/").backend == "blue"
        gateway.kill_watcher()
        gateway.start_watcher()
        until(gateway.acknowledged)
        assert gateway.get("/one/").backend == "blue"
        (problem,) = gateway.problems("InvalidYaml")
        assert problem["source"]["origin"].startswith(str(gateway.config / "all.yaml"))
        gateway.apply(mapping("one", "/one/", green.address))
        assert gateway.get("/one/").backend == "green"
        assert gateway.problems() == []


def test_given_a_folder_that_goes_then_it_is_still_served_and_an_error_says_so(
    own_folder: Path, blue: EchoBackend, green: EchoBackend
) -> None:
    with running(own_folder, mapping("one", "/one/", blue.address)) as gateway:
        until(lambda: serves(gateway, "/one/"))
        gateway.config.rename(own_folder / "elsewhere")
        until(lambda: gateway.problems("SourceGone"))
        assert gateway.get("/one/").backend == "blue"
        gateway.config.mkdir()
        gateway.apply(mapping("one", "/one/", green.address), service("back"))
        assert gateway.get("/one/").backend == "green"
        assert gateway.problems() == []
