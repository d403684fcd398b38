"""Given objects that pass our checks and that Envoy refuses, then they alone are held back, with Envoy's words."""

import pytest
import wanted
from certificates import issue
from echo_backends import EchoBackend
from gateway import Gateway, until
from wanted import Object, host, mapping, module, secret, service
from web_client import Tls

OPERATOR = {"x-poison": "%UNKNOWN_OPERATOR%"}
WORDS = "UNKNOWN_OPERATOR"


def poisoned(name: str, prefix: str, backend: EchoBackend) -> Object:
    """A Mapping with a header that Envoy can't make."""
    return mapping(name, prefix, backend.address, add_request_headers=OPERATOR)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"add_request_headers": OPERATOR}, "UNKNOWN_OPERATOR"),
        ({"add_response_headers": {"x-poison": "%REQ(unfinished"}}, "unfinished"),
        ({"service": "https://" + ".".join(["a" * 60] * 5) + "."}, "at most 255 bytes"),
    ],
    ids=["route", "response", "cluster"],
)
def test_given_a_new_object_that_envoy_refuses_then_it_has_envoys_words_and_its_line_and_others_are_served(
    lenient: Gateway, blue: EchoBackend, spec: Object, words: str
) -> None:
    lenient.apply(mapping("kept", "/kept/", blue.address))
    bad = wanted.ours("Mapping", "poison", {"hostname": "*", "prefix": "/poison/", "service": blue.address, **spec})
    lenient.write(mapping("kept", "/kept/", blue.address), bad, mapping("new", "/new/", blue.address))
    until(lambda: lenient.get("/new/").status == 200)
    until(lambda: lenient.culprits() == {"poison"})
    (problem,) = lenient.problems("RejectedByEnvoy")
    assert words in problem["message"]
    assert "goo.gle" not in problem["message"]
    assert problem["severity"] == "error"
    assert problem["source"]["kind"] == "Mapping"
    lines = (lenient.config / "all.yaml").read_text().splitlines()
    assert problem["source"]["origin"] == f"{lenient.config / 'all.yaml'}:{problem['line']}"
    assert problem["line"] <= lines.index("  name: poison") + 1 < lines.index("  name: new")
    until(lenient.acknowledged)
    assert lenient.get("/kept/").status == 200
    assert lenient.get("/poison/").status == 404


def test_given_a_good_version_when_edited_to_one_that_envoy_refuses_then_the_good_one_stays_until_it_is_fixed(
    lenient: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    lenient.apply(mapping("edited", "/edited/", blue.address))
    assert lenient.get("/edited/").backend == "blue"
    lenient.write(poisoned("edited", "/edited/", green))
    until(lambda: lenient.culprits() == {"edited"})
    (problem,) = lenient.problems("RejectedByEnvoy")
    assert "the last accepted one stays in use" in problem["message"]
    assert WORDS in problem["message"]
    assert lenient.get("/edited/").backend == "blue"
    (shown,) = lenient.json("/objects?q=edited")["objects"]
    assert (shown["state"], shown["programmed"], shown["why"]) == ("partial", False, problem["message"])
    lenient.apply(mapping("edited", "/edited/", green.address))
    assert lenient.get("/edited/").backend == "green"
    assert lenient.problems() == []


def test_given_a_culprit_when_it_is_deleted_then_its_problem_and_its_last_form_go(
    lenient: Gateway, blue: EchoBackend
) -> None:
    lenient.apply(mapping("kept", "/kept/", blue.address), mapping("edited", "/edited/", blue.address))
    lenient.write(mapping("kept", "/kept/", blue.address), poisoned("edited", "/edited/", blue))
    until(lambda: lenient.culprits() == {"edited"})
    lenient.apply(mapping("kept", "/kept/", blue.address))
    assert lenient.problems() == []
    assert lenient.get("/edited/").status == 404
    assert lenient.get("/kept/").status == 200


def test_given_two_culprits_in_one_batch_then_each_has_its_own_words_and_the_rest_is_live(
    lenient: Gateway, blue: EchoBackend
) -> None:
    lenient.apply()
    good = [mapping(f"good-{number}", f"/good-{number}/", blue.address) for number in range(8)]
    other = mapping("other", "/other/", blue.address, add_response_headers={"x-poison": "%REQ(unfinished"})
    lenient.write(*good[:4], poisoned("first", "/first/", blue), *good[4:], other)
    until(lambda: lenient.culprits() == {"first", "other"})
    messages = {one["source"]["name"]: one["message"] for one in lenient.problems("RejectedByEnvoy")}
    assert WORDS in messages["first"]
    assert "unfinished" not in messages["first"]
    assert "unfinished" in messages["other"]
    until(lenient.acknowledged)
    assert {lenient.get(f"/good-{number}/").status for number in range(8)} == {200}


def test_given_every_object_of_a_kind_is_refused_then_all_are_named_and_edits_still_work(
    lenient: Gateway, blue: EchoBackend
) -> None:
    lenient.apply()
    names = {f"bad-{number}" for number in range(6)}
    lenient.write(*(poisoned(name, f"/{name}/", blue) for name in sorted(names)))
    until(lambda: lenient.culprits() == names)
    until(lenient.acknowledged)
    bad = [poisoned(name, f"/{name}/", blue) for name in sorted(names)]
    lenient.write(*bad, mapping("good", "/good/", blue.address))
    until(lambda: lenient.get("/good/").status == 200)
    assert lenient.culprits() == names


def test_given_edits_while_the_search_runs_then_good_ones_get_live_and_bad_ones_are_found(
    lenient: Gateway, blue: EchoBackend, green: EchoBackend
) -> None:
    base = [mapping(f"base-{number}", f"/base-{number}/", blue.address) for number in range(40)]
    lenient.apply(*base)
    bad = poisoned("bad", "/bad/", blue)
    fresh = [mapping(f"fresh-{number}", f"/fresh-{number}/", blue.address) for number in range(20)]
    lenient.write(*base, *fresh[:10], bad, *fresh[10:])
    lenient.write(*base, *fresh, bad, mapping("late", "/late/", green.address))
    lenient.write(*base, *fresh, bad, mapping("late", "/late/", green.address), poisoned("worse", "/worse/", blue))
    until(lambda: lenient.culprits() == {"bad", "worse"})
    until(lenient.acknowledged)
    assert lenient.get("/late/").backend == "green"
    assert {lenient.get(f"/fresh-{number}/").status for number in range(20)} == {200}


@pytest.mark.parametrize("kind", ["Host", "TLSContext", "Secret"])
def test_given_a_host_that_can_only_be_refused_with_its_certificate_then_other_hosts_keep_their_tls(
    lenient: Gateway, blue: EchoBackend, kind: str
) -> None:
    # A name of its own: contexts of a listener that drains judge a new certificate too, by their own options.
    shared = f"shared-{kind.lower()}"
    fine, weak = issue("a.test", "b.test"), issue("b.test", weak=True)
    options = {"alpn_protocols": "h" * 300}
    bad = host("b", "b.test", shared, **({"tls": options} if kind == "Host" else {}))
    objects = [
        secret(shared, fine.certificate, fine.key),
        host("a", "a.test", shared),
        mapping("all", "/", blue.address, hostname="*"),
    ]
    if kind == "TLSContext":
        objects.append(wanted.tls_context("options", **options))
        bad["spec"]["tlsContext"] = {"name": "options"}
    if kind == "Secret":
        objects.append(secret("weak", weak.certificate, weak.key))
        bad["spec"]["tlsSecret"] = {"name": "weak"}
    lenient.apply()
    lenient.write(*objects, bad)
    until(lambda: lenient.culprits() == {"b"})
    until(lenient.acknowledged)
    assert lenient.get("/", "a.test", Tls("a.test")).status == 200


def test_given_a_host_held_back_for_its_context_when_the_context_is_fixed_then_the_host_is_served(
    lenient: Gateway, blue: EchoBackend
) -> None:
    pair = issue("a.test")
    objects = [
        secret("pair", pair.certificate, pair.key),
        host("a", "a.test", "pair", tlsContext={"name": "options"}),
        mapping("all", "/", blue.address, hostname="*"),
    ]
    lenient.apply()
    lenient.write(*objects, wanted.tls_context("options", alpn_protocols="h" * 300))
    until(lenient.culprits)
    lenient.apply(*objects, wanted.tls_context("options", alpn_protocols="http/1.1"))
    until(lambda: not lenient.culprits())
    until(lenient.acknowledged)
    assert lenient.get("/", "a.test", Tls("a.test")).status == 200


def test_given_a_host_held_back_for_its_certificate_when_the_secret_gets_a_good_one_then_the_host_is_served(
    lenient: Gateway, blue: EchoBackend
) -> None:
    fine, weak = issue("a.test"), issue("a.test", weak=True)
    objects = [host("a", "a.test", "renewed"), mapping("all", "/", blue.address, hostname="*")]
    lenient.apply()
    lenient.write(*objects, secret("renewed", weak.certificate, weak.key))
    until(lambda: lenient.culprits() == {"a"})
    assert "2048-bit" in lenient.problems("RejectedByEnvoy")[0]["message"]
    lenient.apply(*objects, secret("renewed", fine.certificate, fine.key))
    until(lambda: not lenient.culprits())
    until(lenient.acknowledged)
    assert lenient.get("/", "a.test", Tls("a.test")).status == 200


def test_given_a_good_certificate_when_it_is_replaced_by_one_that_envoy_refuses_then_the_good_one_stays(
    lenient: Gateway, blue: EchoBackend
) -> None:
    fine, weak = issue("a.test"), issue("a.test", weak=True)
    objects = [host("a", "a.test", "rotated"), mapping("all", "/", blue.address, hostname="*")]
    lenient.apply(*objects, secret("rotated", fine.certificate, fine.key))
    lenient.write(*objects, secret("rotated", weak.certificate, weak.key))
    until(lambda: lenient.culprits() == {"rotated"})
    until(lenient.acknowledged)
    with lenient.connect(Tls("a.test")) as connection:
        shown = connection.tls.getpeercert(binary_form=True)
    assert (shown == weak.der, shown == fine.der) == (False, True)
    lenient.apply(*objects, secret("rotated", fine.certificate, fine.key))
    assert lenient.problems() == []


def test_given_a_module_that_envoy_refuses_then_it_is_blamed_and_not_the_mappings(
    lenient: Gateway, blue: EchoBackend
) -> None:
    lenient.apply()
    mappings = [mapping(f"m-{number}", f"/m-{number}/", blue.address) for number in range(12)]
    lenient.write(*mappings, module(defaults={"httpmapping": {"add_request_headers": OPERATOR}}))
    until(lambda: lenient.culprits() == {"ambassador"})
    until(lenient.acknowledged)
    assert {lenient.get(f"/m-{number}/").status for number in range(12)} == {200}


def test_given_a_deletion_that_brings_out_what_envoy_refuses_then_the_object_stays_in_use_until_that_is_fixed(
    lenient: Gateway, blue: EchoBackend
) -> None:
    # The Host takes no Mapping without its label, so the bad one is not seen until the Host has gone.
    chosen = mapping("chosen", "/", blue.address)
    chosen["metadata"]["labels"] = {"group": "chosen"}
    shield = host("shield", "*", mappingSelector={"matchLabels": {"group": "chosen"}})
    lenient.apply(chosen, shield, poisoned("hidden", "/hidden/", blue))
    assert lenient.culprits() == set()
    lenient.write(chosen, poisoned("hidden", "/hidden/", blue))
    until(lambda: lenient.culprits() == {"shield"})
    assert lenient.get("/").status == 200
    lenient.apply(chosen, mapping("hidden", "/hidden/", blue.address), service("unrelated"))
    assert lenient.culprits() == set()
    assert lenient.get("/hidden/").status == 200
