"""Ports are judged before anything starts, because Envoy would share a taken one without a word."""

import dataclasses
import socket
from collections.abc import Iterator

import pytest

from ambassador.cli import ports
from ambassador.errors import StartError, UsageError
from ambassador.settings import Settings

ANY = Settings(bind="127.0.0.1", http_port=0, https_port=0, diag_port=0, admin_port=0, ready_port=0)
NAMES = tuple(ports.FLAGS)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_given_zeros_then_each_port_is_another_free_one() -> None:
    settings = ports.choose(ANY)
    chosen = [getattr(settings, name) for name in NAMES]
    assert len(set(chosen)) == len(NAMES)
    assert all(chosen)


@pytest.mark.parametrize("name", NAMES)
def test_given_a_taken_port_then_the_line_names_port_and_flag(name: str, taken: int) -> None:
    with pytest.raises(StartError, match=f"^port {taken} is taken: choose another with {ports.FLAGS[name]}, or 0 "):
        ports.choose(dataclasses.replace(ANY, **{name: taken}))


def test_given_all_addresses_then_a_port_taken_on_one_of_them_is_taken(taken: int) -> None:
    with pytest.raises(StartError, match="is taken"):
        ports.choose(dataclasses.replace(ANY, bind="0.0.0.0", http_port=taken))


def test_given_a_connection_that_was_closed_a_moment_ago_then_its_port_is_free() -> None:
    with socket.socket() as server:
        # As Envoy does; without it the system itself holds the port back for a minute.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            # The side that closes first keeps the port in TIME_WAIT.
            accepted.close()
            client.recv(1)
    assert ports.choose(dataclasses.replace(ANY, http_port=port)).http_port == port


def test_given_one_port_twice_then_the_command_line_cannot_work() -> None:
    with pytest.raises(UsageError, match="--http-port and --diag-port are both 8080"):
        ports.choose(dataclasses.replace(ANY, http_port=8080, diag_port=8080))


def test_given_an_address_of_another_machine_then_the_line_names_the_flag() -> None:
    with pytest.raises(StartError, match="192.0.2.1 is no address of this machine: choose another with --bind"):
        ports.choose(dataclasses.replace(ANY, bind="192.0.2.1"))
