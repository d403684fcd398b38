"""Given Mappings, when a request comes, then this backend gets it, in this form."""

from echo_backends import EchoBackend
from gateway import Gateway
from wanted import mapping


def test_given_prefixes_that_nest_then_the_longest_takes_the_request(
    gateway: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    gateway.apply(mapping("short", "/a/", blue.address), mapping("long", "/a/b/", green.address))
    assert gateway.get("/a/x").backend == "blue"
    assert gateway.get("/a/b/x").backend == "green"
    assert gateway.get("/b/").status == 404
