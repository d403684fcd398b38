"""Secrets that are odd: what of them is kept, shown and judged."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ambassador.kinds import secret
from ambassador.model.keys import ObjectKey
from ambassador.model.objects import SourceObject
from tests.golden.certificates import certificate, private_key

CHAIN, KEY = certificate("odd.test").encode(), private_key("odd.test").encode()


def tls(chain: bytes, key: bytes = KEY, **more: bytes) -> SourceObject:
    data = {"tls.crt": chain, "tls.key": key, **{name.replace("_", "."): pem for name, pem in more.items()}}
    encoded = {name: base64.b64encode(pem).decode() for name, pem in data.items()}
    content = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": encoded}
    return SourceObject(ObjectKey("Secret", "default", "s"), "1", content)


def damaged(old: bytes, new: bytes) -> bytes:
    """A certificate with other bytes in it."""
    der = x509.load_pem_x509_certificate(CHAIN).public_bytes(Encoding.DER)
    assert old in der
    text = base64.encodebytes(der.replace(old, new))
    return b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n"


ID_EC_KEY = bytes.fromhex("06072a8648ce3d0201")
UNKNOWN_KIND = damaged(ID_EC_KEY, bytes.fromhex("06072a8648ce3d0263"))
ODD_VERSION = damaged(bytes.fromhex("a003020102"), bytes.fromhex("a003020144"))


@pytest.mark.parametrize(
    "bundle", [CHAIN + KEY, KEY + CHAIN, b"Private-Key: 1\n" + CHAIN + b"prime1: 2\n" + KEY], ids=["", "first", "text"]
)
def test_given_a_bundle_with_its_private_key_then_only_the_certificate_is_public(bundle: bytes) -> None:
    source = tls(bundle, ca_crt=bundle)
    spec, kept = secret.parse(source).value, secret.sealed(source)
    assert spec is not None and kept is not None
    assert (spec.chain, spec.ca) == (CHAIN, CHAIN)
    assert all(b"KEY" not in base64.b64decode(pem) for pem in dict(kept.content["data"]).values())
    again = secret.parse(kept).value
    assert again is not None
    assert (again.chain, again.ca, again.fingerprint) == (spec.chain, spec.ca, spec.fingerprint)


def test_given_a_key_where_a_certificate_should_be_then_nothing_is_kept() -> None:
    assert secret.sealed(tls(KEY)) is None
    between = CHAIN.replace(b"-----END", KEY + b"-----END")
    assert secret.sealed(tls(between)) is None


@pytest.mark.parametrize("chain", [UNKNOWN_KIND, ODD_VERSION, b"nonsense"], ids=["kind of key", "version", "no PEM"])
def test_given_a_certificate_that_no_library_knows_then_it_is_a_problem_and_no_failure(chain: bytes) -> None:
    checked = secret.parse(tls(chain))
    assert checked.value is None
    assert [problem.path for problem in checked.problems] == [("data", "tls.crt")]
    kept = secret.sealed(tls(chain))
    assert kept is None or secret.parse(kept).value is None or not secret.parse(kept).value.private_key


def test_given_a_subject_that_can_not_be_read_then_the_certificate_is_used_all_the_same() -> None:
    name = x509.load_pem_x509_certificate(CHAIN).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    spec = secret.parse(tls(damaged(str(name).encode(), b"\xff" * len(name)))).value
    assert spec is not None and spec.private_key and spec.info is not None
    assert spec.info.subject == ""
