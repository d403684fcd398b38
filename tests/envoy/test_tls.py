"""Given Hosts with certificates, when a client greets, then this certificate, this policy and this route apply."""

import ssl
from pathlib import Path

import pytest
from certificates import Pair, issue
from echo_backends import EchoBackend
from gateway import Gateway, until
from wanted import Object, host, listener, mapping, secret, tls_context
from web_client import Closed, Tls, connect

from tests.free_ports import free_ports


def certified(name: str, pair: Pair) -> Object:
    return secret(name, pair.certificate, pair.key)


@pytest.fixture(scope="module")
def one() -> Pair:
    return issue("one.test")


@pytest.fixture(scope="module")
def two() -> Pair:
    return issue("two.test")


@pytest.fixture(scope="module")
def authority() -> Pair:
    return issue("authority", authority=True)


def shown(gateway: Gateway, sni: str | None) -> bytes:
    """The certificate that a client with this server name is shown."""
    with gateway.connect(Tls(sni)) as connection:
        return connection.tls.getpeercert(binary_form=True) or b""


def test_given_several_certificates_then_the_server_name_chooses_exact_before_wildcard(
    gateway: Gateway, blue: EchoBackend
) -> None:
    pairs = {"exact": issue("deep.wild.test"), "wild": issue("*.wild.test"), "other": issue("other.test")}
    gateway.apply(
        mapping("all", "/", blue.address),
        host("wild", "*.wild.test", "wild"),
        host("exact", "deep.wild.test", "exact"),
        host("other", "other.test", "other"),
        *(certified(name, pair) for name, pair in pairs.items()),
    )
    assert shown(gateway, "deep.wild.test") == pairs["exact"].der
    assert shown(gateway, "any.wild.test") == pairs["wild"].der
    assert shown(gateway, "other.test") == pairs["other"].der
    assert gateway.get("/", "any.wild.test", Tls("any.wild.test")).backend == "blue"
    for unknown in ("unknown.test", "wild.test", None):
        with pytest.raises(Closed):
            gateway.connect(Tls(unknown))


def test_given_a_certificate_for_any_host_then_unknown_server_names_get_it(
    gateway: Gateway, blue: EchoBackend, one: Pair
) -> None:
    gateway.apply(mapping("all", "/", blue.address), host("any", "*", "one"), certified("one", one))
    assert shown(gateway, "unknown.test") == shown(gateway, None) == one.der


def test_given_cleartext_policies_then_redirect_route_and_reject_do_what_they_say(
    gateway: Gateway, blue: EchoBackend, one: Pair
) -> None:
    hosts = {"Redirect": "redirect.test", "Route": "route.test", "Reject": "reject.test"}
    gateway.apply(
        mapping("all", "/", blue.address, hostname="*"),
        *(host(policy.lower(), name, "one", insecure=policy) for policy, name in hosts.items()),
        certified("one", one),
    )
    port = gateway.settings.https_port
    assert gateway.get("/", "route.test").backend == "blue"
    assert gateway.get("/", "reject.test").status == 400
    plain = gateway.get("/a?b=c", "redirect.test")
    assert (plain.status, plain.headers["location"]) == (301, "https://redirect.test/a?b=c")
    with_port = gateway.get("/a", f"redirect.test:{gateway.settings.http_port}")
    assert with_port.headers["location"] == f"https://redirect.test:{port}/a"
    assert gateway.get("/", "redirect.test", Tls("redirect.test")).backend == "blue"


def test_given_an_https_listener_then_cleartext_on_it_is_served_by_the_cleartext_policy(
    gateway: Gateway, blue: EchoBackend, one: Pair
) -> None:
    (port,) = free_ports(1)
    gateway.apply(
        listener("secure", port, "HTTPS"),
        mapping("all", "/", blue.address, hostname="*"),
        host("redirect", "redirect.test", "one", insecure="Redirect"),
        host("route", "route.test", "one"),
        certified("one", one),
    )
    with connect(port) as cleartext:
        assert cleartext.get("/", "route.test").backend == "blue"
        assert cleartext.get("/", f"redirect.test:{port}").headers["location"] == f"https://redirect.test:{port}/"
    with connect(port, Tls("redirect.test")) as secure:
        assert secure.get("/", "redirect.test").backend == "blue"


def test_given_a_rotated_certificate_then_new_connections_show_it_and_old_ones_go_on(
    gateway: Gateway, blue: EchoBackend, one: Pair
) -> None:
    routes = [mapping("all", "/", blue.address), host("one", "one.test", "one")]
    gateway.apply(*routes, certified("one", one))
    before = gateway.stats("listener_manager")
    with gateway.connect(Tls("one.test")) as kept:
        assert kept.get("/", "one.test").backend == "blue"
        for _ in range(3):
            renewed = issue("one.test")
            gateway.apply(*routes, certified("one", renewed))
            assert kept.get("/", "one.test").backend == "blue"
            assert shown(gateway, "one.test") == renewed.der
    assert gateway.stats("listener_manager") == before


@pytest.fixture
def members(gateway: Gateway, blue: EchoBackend, authority: Pair, one: Pair) -> Gateway:
    """members.test demands client certificates of an authority, open.test does not."""
    gateway.apply(
        mapping("all", "/", blue.address, hostname="*"),
        host("members", "members.test", "one", tls={"ca_secret": "authority", "cert_required": True}),
        host("open", "open.test", "one"),
        certified("one", one),
        secret("authority", ca=authority.certificate),
    )
    return gateway


def test_given_client_certificates_are_demanded_then_only_those_of_the_authority_get_in(
    members: Gateway, authority: Pair, tmp_path: Path
) -> None:
    known = issue("client", issuer=authority).file(tmp_path, "known")
    stranger = issue("client").file(tmp_path, "stranger")
    assert members.get("/", "members.test", Tls("members.test", known)).backend == "blue"
    for identity in (None, stranger):
        with pytest.raises((Closed, ssl.SSLError)):
            members.get("/", "members.test", Tls("members.test", identity))


def test_given_a_connection_without_client_certificate_when_it_asks_for_a_host_that_demands_one_then_421(
    members: Gateway, authority: Pair, tmp_path: Path
) -> None:
    with members.connect(Tls("open.test")) as connection:
        assert connection.get("/", "open.test").backend == "blue"
        assert connection.get("/", "members.test").status == 421
        assert connection.get("/", "MEMBERS.test.:443").status == 421
    known = issue("client", issuer=authority).file(tmp_path, "known")
    with members.connect(Tls("members.test", known)) as connection:
        assert connection.get("/", "open.test").status == 421


def test_given_a_lowest_tls_version_then_older_clients_are_refused(
    gateway: Gateway, blue: EchoBackend, one: Pair
) -> None:
    gateway.apply(
        mapping("all", "/", blue.address),
        host("one", "one.test", "one", tls={"min_tls_version": "v1.3"}),
        certified("one", one),
    )
    with pytest.raises(Closed):
        gateway.connect(Tls("one.test", highest=ssl.TLSVersion.TLSv1_2))
    assert gateway.get("/", "one.test", Tls("one.test")).backend == "blue"


def test_given_alpn_then_http2_is_spoken_to_those_who_offer_it(gateway: Gateway, blue: EchoBackend, one: Pair) -> None:
    gateway.apply(
        mapping("all", "/", blue.address),
        host("one", "one.test", "one", tls={"alpn_protocols": "h2,http/1.1"}),
        certified("one", one),
    )
    with gateway.connect(Tls("one.test", alpn=("h2", "http/1.1"))) as connection:
        assert connection.tls.selected_alpn_protocol() == "h2"
        connection.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        header = connection.stream.exactly(9)
        assert header[3:4] == b"\4", "the server's first frame is its SETTINGS"
    with gateway.connect(Tls("one.test", alpn=("http/1.1",))) as connection:
        assert connection.tls.selected_alpn_protocol() == "http/1.1"
        assert connection.get("/", "one.test").backend == "blue"


def test_given_https_backends_then_tls_is_spoken_to_them_and_their_certificate_judged_if_a_ca_is_given(
    gateway: Gateway, authority: Pair, two: Pair, tmp_path: Path
) -> None:
    identity = issue("backend.test", issuer=authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.file(tmp_path, "backend"))
    context.sni_callback = remember_name
    backend = EchoBackend("secure", context).start()
    service = f"https://{backend.address}"
    gateway.apply(
        mapping("plain", "/plain/", service),
        mapping("judged", "/judged/", service, tls="trusting"),
        mapping("doubted", "/doubted/", service, tls="doubting"),
        tls_context("trusting", ca_secret="good", sni="backend.test"),
        tls_context("doubting", ca_secret="wrong", sni="backend.test"),
        secret("good", ca=authority.certificate),
        secret("wrong", ca=two.certificate),
    )
    assert gateway.get("/plain/").backend == "secure"
    assert gateway.get("/judged/").echo["sni"] == "backend.test"
    assert gateway.get("/doubted/").status == 503
    backend.stop()


def remember_name(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
    setattr(connection, "asked_for", name)  # noqa: B010 - there is no declared place for it


def test_given_a_port_for_tls_when_nobody_has_a_certificate_then_it_is_not_open(
    gateway: Gateway, blue: EchoBackend
) -> None:
    gateway.apply(mapping("all", "/", blue.address))
    until(lambda: not gateway.listens(gateway.settings.https_port))
    assert gateway.get("/").backend == "blue"
