import pytest

from ambassador.features.retry import Retry
from ambassador.features.upgrades import Upgrades
from ambassador.ir.cluster import Address, ServicePort
from ambassador.ir.features import EMPTY, FeatureBag, bag
from ambassador.ir.listener import FilterChain, Listener, ListenerIdentity
from ambassador.ir.secret import Redacted, TlsCertificate


def test_given_a_bag_then_configurations_are_found_by_their_type() -> None:
    found = bag([Retry("5xx"), Upgrades(("websocket",))])
    assert found.get(Upgrades) == Upgrades(("websocket",))
    assert bag([Retry("5xx")]).get(Upgrades) is None
    assert bag([]) is EMPTY


def test_equal_bags_are_equal_keys() -> None:
    one, other = FeatureBag((Retry("5xx"),)), FeatureBag((Retry("5xx"),))
    assert one == other
    assert hash(one) == hash(other)
    assert {one: 1}[other] == 1
    assert one != FeatureBag((Retry("5xx", 2),))


@pytest.mark.parametrize("show", [repr, str, "{}".format], ids=["repr", "str", "format"])
def test_given_a_key_then_it_never_shows(show: object) -> None:
    secret = TlsCertificate("default/cert", b"chain", Redacted(b"TOP SECRET"))
    assert callable(show)
    assert "SECRET" not in show(secret)
    assert "SECRET" not in show(Redacted(b"TOP SECRET"))
    assert bytes(secret.key) == b"TOP SECRET"


def test_backends_are_named_by_what_they_are() -> None:
    assert ServicePort("ns", "web", 80).name == "ns/web/80"
    assert Address("10.0.0.1", 80).name == "address/10.0.0.1/80"


def test_a_listener_speaks_https_when_it_has_a_certificate() -> None:
    chain = FilterChain("cleartext", (), "table")
    identity = ListenerIdentity("0.0.0.0", 80)
    assert Listener(identity, None, (chain,)).protocol == "HTTP"
    tls = FilterChain("tls", ("a.test",), "table", ("default/cert",))
    assert Listener(identity, None, (tls, chain)).protocol == "HTTPS"
