"""What an Ingress's requests get without asking for it, as with ingress-nginx."""

from echo_backends import EchoBackend
from gateway import Gateway
from wanted import backends, endpoint_slice, ingress, mapping, path, rule, service

from tests.free_ports import free_ports

ALONE, MIXED = "alone.test", "mixed.test"


def test_given_an_ingress_then_backends_are_told_of_the_client_and_clients_can_not_pretend(
    gateway: Gateway, blue: EchoBackend
) -> None:
    given = [ingress("web", rule(ALONE, path("/", "blue")), rule(MIXED, path("/", "blue")))]
    gateway.apply(*given, mapping("beside", "/m", "blue", hostname=MIXED), *backends(blue=blue.port))
    # The first host says what its routes have in common once, the other one on each route.
    for host in (ALONE, MIXED):
        answer = gateway.get("/", host, x_forwarded_for="6.6.6.6", x_real_ip="6.6.6.6", x_forwarded_host="evil.test")
        told = answer.echo["headers"]
        assert (told["x-real-ip"], told["x-forwarded-for"], told["x-forwarded-host"]) == (
            "127.0.0.1",
            "127.0.0.1",
            host,
        )
        assert (told["x-forwarded-proto"], told["x-forwarded-scheme"], told["x-scheme"]) == ("http", "http", "http")
        assert told["host"] == host
    assert "x-real-ip" not in gateway.get("/m", MIXED).echo["headers"]


def test_given_an_endpoint_that_nobody_listens_on_then_another_one_answers(gateway: Gateway, blue: EchoBackend) -> None:
    dead = [endpoint_slice(f"web-{port}", "web", port) for port in free_ports(2)]
    given = [ingress("web", rule(ALONE, path("/", "web")), rule(MIXED, path("/", "web")))]
    beside = mapping("beside", "/m", "web", hostname=MIXED)
    gateway.apply(*given, beside, service("web"), endpoint_slice("web-1", "web", blue.port), *dead)
    for host in (ALONE, MIXED):
        with gateway.connect() as connection:
            assert {connection.get("/", host, "POST", content_length="0").backend for _ in range(30)} == {"blue"}


def test_given_an_upgrade_to_websocket_then_it_goes_through(gateway: Gateway, blue: EchoBackend) -> None:
    gateway.apply(ingress("web", rule(ALONE, path("/", "blue"))), *backends(blue=blue.port))
    with gateway.connect() as connection:
        assert connection.get("/", ALONE, connection="Upgrade", upgrade="websocket").status == 101
        connection.socket.sendall(b"ping")
        assert connection.stream.exactly(4) == b"gnip"


def test_given_a_name_outside_the_cluster_then_envoy_looks_it_up(gateway: Gateway, blue: EchoBackend) -> None:
    # Names below localhost need no network (RFC 6761); localhost itself would be an address to us.
    outside = service("outside", blue.port, type="ExternalName", externalName="localhost")
    gateway.apply(ingress("web", rule(ALONE, path("/", "outside", blue.port))), outside)
    assert gateway.get("/", ALONE).backend == "blue"
