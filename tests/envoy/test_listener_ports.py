"""Given Listeners on ports, when ports are taken, freed or change hands, then others go on and the problem says so."""

import socket
from contextlib import closing

import web_client
from echo_backends import EchoBackend
from gateway import Gateway, until
from wanted import Object, listener, mapping

from tests.free_ports import free_ports


def answers(port: int) -> str:
    """Backend that is reached by a port; a word on what happened instead if none is."""
    try:
        return web_client.get(port, "/").backend
    except web_client.Closed:
        return "closed"


def objects(backend: EchoBackend, **ports: int) -> list[Object]:
    return [mapping("all", "/", backend.address), *(listener(name, port) for name, port in ports.items())]


def test_given_a_port_that_another_program_has_then_a_problem_says_so_and_other_listeners_are_served(
    gateway: Gateway, blue: EchoBackend
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        (fine,) = free_ports(1)
        taken = int(holder.getsockname()[1])
        gateway.apply(*objects(blue, fine=fine, taken=taken))
        assert answers(fine) == "blue"
        (problem,) = gateway.problems("PortInUse")
        assert problem["source"]["name"] == "taken"
        assert problem["path"] == "spec.port"
        assert str(taken) in problem["message"]
    until(lambda: answers(taken) == "blue", 5)
    until(lambda: gateway.problems("PortInUse") == [], 5)
    assert answers(fine) == "blue"


def test_given_a_program_that_shares_its_port_then_it_counts_as_taken_all_the_same(
    gateway: Gateway, blue: EchoBackend
) -> None:
    with closing(socket.socket()) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        gateway.apply(*objects(blue, taken=int(holder.getsockname()[1])))
        assert len(gateway.problems("PortInUse")) == 1


def test_given_a_listener_that_is_renamed_then_its_port_stays_open(gateway: Gateway, blue: EchoBackend) -> None:
    (port,) = free_ports(1)
    gateway.apply(*objects(blue, before=port))
    with web_client.connect(port) as kept:
        assert kept.get("/").backend == "blue"
        gateway.apply(*objects(blue, after=port))
        until(lambda: answers(port) == "blue", 5)
    assert gateway.problems() == []


def test_given_a_listener_on_the_default_port_then_it_takes_the_place_of_the_default_one(
    gateway: Gateway, blue: EchoBackend
) -> None:
    gateway.apply(*objects(blue))
    assert answers(gateway.settings.http_port) == "blue"
    gateway.apply(*objects(blue, own=gateway.settings.http_port))
    until(lambda: answers(gateway.settings.http_port) == "blue", 5)
    assert gateway.problems() == []
    gateway.apply(*objects(blue))
    until(lambda: answers(gateway.settings.http_port) == "blue", 5)
    assert gateway.problems() == []


def test_given_a_listener_that_moves_to_another_port_then_the_old_one_closes(
    gateway: Gateway, blue: EchoBackend
) -> None:
    first, second = free_ports(2)
    gateway.apply(*objects(blue, moving=first))
    assert answers(first) == "blue"
    gateway.apply(*objects(blue, moving=second))
    assert answers(second) == "blue"
    until(lambda: answers(first) == "closed", 5)
    gateway.apply(*objects(blue, moving=first))
    until(lambda: answers(first) == "blue", 5)
    assert gateway.problems() == []


def test_given_the_default_port_is_lost_while_envoy_is_down_then_it_is_served_as_soon_as_it_is_free(
    gateway: Gateway, blue: EchoBackend
) -> None:
    gateway.apply(*objects(blue))
    gateway.kill_envoy()
    with closing(socket.create_server(("127.0.0.1", gateway.settings.http_port))):
        gateway.start_envoy()
        until(lambda: gateway.json("/overview")["counts"]["listeners"] == 0)
    until(lambda: answers(gateway.settings.http_port) == "blue")
