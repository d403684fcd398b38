"""`diff` on everything but routes: hosts, certificates, listeners, backends, problems; and what OLD and NEW may be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compared import HOST, answers, changes, details, mapping, told

from ambassador.app import comparing
from ambassador.errors import UsageError
from ambassador.settings import Settings
from tests.golden.certificates import certificate, private_key

CART = mapping("cart")
LISTENER = """
apiVersion: getambassador.io/v3alpha1
kind: Listener
metadata: {name: web}
spec: {port: 8080, protocol: HTTPS, securityModel: XFP, hostBinding: {namespace: {from: ALL}}}
"""


def secret(name: str, key: str = "") -> str:
    parts = (("tls.crt", certificate(name)), ("tls.key", private_key(key or name)))
    body = "".join(f"  {part}: |\n" + "".join(f"    {line}\n" for line in pem.splitlines()) for part, pem in parts)
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: tls}}\nstringData:\n{body}"


def with_tls(text: str, name: str = "tls") -> str:
    return text.replace("spec: {", f"spec: {{tlsSecret: {{name: {name}}}, ")


def test_given_another_policy_for_cleartext_then_the_host_changed(tmp_path: Path) -> None:
    found = told(tmp_path, [HOST, CART], [HOST.replace("Route", "Reject"), CART])
    assert changes(found) == [("host", "changed", "shop.test")]
    assert details(found, "shop.test") == {"before any route": ("", "cleartext: answer 400")}
    assert answers(found) == [("GET http://shop.test/cart/", "the routes of shop.test", "answer 400")]


def test_given_a_new_host_then_it_is_told_and_its_routes_are_not_told_again(tmp_path: Path) -> None:
    other = HOST.replace("name: shop", "name: other").replace("shop.test", "other.test")
    found = told(tmp_path, [HOST, CART], [HOST, other, CART])
    assert changes(found) == [("host", "added", "other.test")]
    assert details(found, "other.test") == {"": ("", "1 route")}
    assert found["changes"][0]["source"]["name"] == "other"


def test_given_a_host_that_changes_on_one_listener_only_then_that_is_told(tmp_path: Path) -> None:
    other = LISTENER.replace("name: web", "name: other").replace("8080", "9090")
    host = HOST.replace("Route", "Reject")
    found = told(tmp_path, [LISTENER, other, host, CART], [LISTENER, other.replace("XFP", "SECURE"), host, CART])
    assert details(found, "shop.test") == {
        "before any route": ("cleartext: answer 400", ""),
        "": ("", "only on 0.0.0.0:9090"),
    }


def test_given_a_renewed_certificate_then_dates_and_fingerprints_are_told_and_no_key(tmp_path: Path) -> None:
    wild = HOST.replace("shop.test", '"*.a.test"')
    host = with_tls(wild)
    found = told(tmp_path, [host, CART, secret("*.a.test")], [host, CART, secret("x.a.test")])
    assert ("certificate", "changed", "default/tls") in changes(found)
    told_of = details(found, "default/tls")
    assert told_of["names"] == ("*.a.test", "x.a.test")
    assert len(told_of["SHA-256 fingerprint"][1]) == 64
    assert "PRIVATE" not in json.dumps(found)
    assert "BEGIN" not in json.dumps(found)


def test_given_tls_for_a_host_then_the_certificate_is_new(tmp_path: Path) -> None:
    found = told(tmp_path, [HOST, CART, secret("shop.test")], [with_tls(HOST), CART, secret("shop.test")])
    assert ("certificate", "added", "TLS for shop.test") in changes(found)
    told_of = details(found, "TLS for shop.test")
    assert (told_of["Secret"], told_of["expires"]) == (("", "default/tls"), ("", "2030-01-01"))
    [change] = [one for one in found["changes"] if one["part"] == "certificate"]
    assert change["source"]["kind"] == "Secret"


def test_given_a_listener_that_changes_then_only_what_changed_is_told(tmp_path: Path) -> None:
    old, new = ([LISTENER, with_tls(HOST), CART, secret("shop.test")] for _ in range(2))
    found = told(tmp_path, old, [LISTENER.replace("XFP", "XFP, l7Depth: 1"), *new[1:]])
    assert changes(found) == [("listener", "changed", "0.0.0.0:8080")]
    assert details(found, "0.0.0.0:8080") == {"client address trusted hops": ("0", "1")}


def test_given_another_port_then_one_listener_goes_and_one_comes(tmp_path: Path) -> None:
    found = told(tmp_path, [LISTENER, HOST, CART], [LISTENER.replace("8080", "9090"), HOST, CART])
    assert changes(found) == [("listener", "removed", "0.0.0.0:8080"), ("listener", "added", "0.0.0.0:9090")]


def test_given_other_endpoints_of_a_service_then_they_are_told(tmp_path: Path) -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{port: 80}]}\n"
    old, new = (
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: cart}\n"
        f"subsets: [{{addresses: [{{ip: {ip}}}], ports: [{{port: 80}}]}}]\n"
        for ip in ("10.0.0.7", "10.0.0.8")
    )
    route = mapping("cart", service="cart")
    found = told(tmp_path, [HOST, route, service, old], [HOST, route, service, new])
    assert changes(found) == [("backend", "changed", "default/cart/80")]
    assert details(found, "default/cart/80") == {"endpoints": ("10.0.0.7:80", "10.0.0.8:80")}


def test_given_problems_then_new_ones_and_those_that_are_gone_are_told(tmp_path: Path) -> None:
    old, new = mapping("cart", timeout_ms="soon"), mapping("cart", rewrite="b")
    found = told(tmp_path, [HOST, old], [HOST, new])
    assert [one["path"] for one in found["problems"]["new"]] == ["spec.rewrite"]
    assert [one["path"] for one in found["problems"]["gone"]] == ["spec.timeout_ms"]
    assert found["same"]


def test_given_a_problem_that_only_moved_then_it_is_not_told(tmp_path: Path) -> None:
    bad = mapping("cart", timeout_ms="soon")
    twice = [HOST, bad, bad, "a: [\n"]
    found = told(tmp_path, twice, ["# one\n# two\n" + HOST, *twice[1:]])
    assert found["problems"] == {"new": [], "gone": []}
    assert found["same"]


def test_given_the_working_folder_then_where_files_lie_is_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(tmp_path, [HOST, "a: [\n"], [HOST, "a: [\n"])
    monkeypatch.chdir(tmp_path / "old")
    for old, new in ((".", "../new"), ("all.yaml", "../new/all.yaml"), ("../old", "../new/all.yaml")):
        assert comparing.diff(Path(old), Path(new), Settings())["problems"] == {"new": [], "gone": []}


def test_given_files_folders_and_empty_folders_then_they_compare(tmp_path: Path) -> None:
    told(tmp_path, [HOST, CART], [HOST, CART])
    (tmp_path / "empty").mkdir()
    file, folder, empty = tmp_path / "old" / "all.yaml", tmp_path / "new", tmp_path / "empty"
    assert comparing.diff(file, folder, Settings())["same"]
    assert comparing.diff(empty, empty, Settings())["same"]
    there = comparing.diff(empty, folder, Settings())
    assert changes(there) == [
        ("host", "removed", "*"),
        ("host", "added", "shop.test"),
        ("route", "added", "mapping/default/cart"),
    ]
    assert ("route", "removed", "mapping/default/cart") in changes(comparing.diff(folder, empty, Settings()))


def test_given_a_path_that_is_not_there_then_it_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        comparing.diff(tmp_path / "none", tmp_path, Settings())
